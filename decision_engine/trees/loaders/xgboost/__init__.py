"""XGBoost's JSON and UBJSON models."""

from __future__ import annotations

from decision_engine.trees.loaders.loaded import LoadedModel

__all__ = ["read_xgboost"]


def read_xgboost(content: bytes, name: str) -> LoadedModel:
    """The model in the bytes of a file that `Booster.save_model` wrote, called `name` in the registry.

    Raw scores equal those of `Booster.predict` with `output_margin`, bit for bit. Raises ModelError for a damaged or
    unsupported file.
    """
    # Here, so that programs without such a model start without numpy.
    from decision_engine.trees.loaders.xgboost.load import load_file

    return load_file(content, name)
