"""Loaders: one folder a trainer, each a function from a file's bytes to the canonical forest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from decision_engine.trees.loaders.lightgbm import read_lightgbm
from decision_engine.trees.loaders.loaded import LoadedModel
from decision_engine.trees.loaders.onnx import read_onnx
from decision_engine.trees.loaders.scikit_learn import read_scikit_learn
from decision_engine.trees.loaders.xgboost import read_xgboost

Loader: TypeAlias = Callable[[bytes, str], LoadedModel]
"""The model in a file's bytes, under its name in the registry. Raises ModelError for a damaged or unsupported file."""

LOADERS: Mapping[str, Loader] = MappingProxyType(
    {
        "lightgbm": read_lightgbm,
        "xgboost": read_xgboost,
        "scikit-learn": read_scikit_learn,
        "onnx": read_onnx,
    }
)
"""The `format` of a model's document -> its loader; a test compares the names with those of the document."""

__all__ = ["LOADERS", "LoadedModel", "Loader"]
