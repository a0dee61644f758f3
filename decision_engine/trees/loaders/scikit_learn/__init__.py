"""scikit-learn's trees, forests and gradient boosting."""

from __future__ import annotations

from decision_engine.trees.loaders.loaded import LoadedModel

__all__ = ["from_estimator", "read_scikit_learn"]


def read_scikit_learn(content: bytes, name: str) -> LoadedModel:
    """The model in the bytes of a file that `skops.io.dump` wrote, called `name` in the registry.

    Raw scores equal the sum before division of forests, `decision_function` of gradient boosting classifiers and
    `predict` of regressions before their link, bit for bit. Raises ModelError for a damaged or unsupported file, and
    for a pickle, which is never loaded.
    """
    # Here, so that programs without such a model start without numpy.
    from decision_engine.trees.loaders.scikit_learn.load import load_file

    return load_file(content, name)


def from_estimator(estimator: object, name: str) -> LoadedModel:
    """The model of a fitted estimator, in the process that trained it. Raises ModelError when it is unsupported."""
    from decision_engine.trees.loaders.scikit_learn.load import load_estimator

    return load_estimator(estimator, name)
