"""LightGBM's text models."""

from __future__ import annotations

from decision_engine.trees.loaders.lightgbm.load import load_lightgbm, read_lightgbm

__all__ = ["load_lightgbm", "read_lightgbm"]
