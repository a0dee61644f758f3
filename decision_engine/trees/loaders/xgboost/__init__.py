"""XGBoost's JSON and UBJSON models."""

from __future__ import annotations

from decision_engine.trees.loaders.xgboost.load import read_xgboost

__all__ = ["read_xgboost"]
