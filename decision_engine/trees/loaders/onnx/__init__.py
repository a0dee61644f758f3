"""Tree ensembles in ONNX."""

from __future__ import annotations

from decision_engine.trees.loaders.loaded import LoadedModel

__all__ = ["read_onnx"]


def read_onnx(content: bytes, name: str) -> LoadedModel:
    """The model in the bytes of an ONNX file, called `name` in the registry; its inputs are x0, x1, ...

    Raw scores equal those of ONNX Runtime's CPU provider on one thread before the post transform, bit for bit, for
    inputs in the type of the model. Raises ModelError for a damaged or unsupported file.
    """
    # Here, so that programs without such a model start without numpy.
    from decision_engine.trees.loaders.onnx.load import load_file

    return load_file(content, name)
