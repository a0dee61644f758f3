"""Fitting a model of a registry into the budget of a target, by recorded sessions with their outcomes."""

from __future__ import annotations

from decision_engine.budget.fit import Limits
from infra.fitting.errors import FittingError
from infra.fitting.run import MAX_AUC_LOSS, Fitted, Request, candidate_json, curve, fit

__all__ = ["MAX_AUC_LOSS", "Fitted", "FittingError", "Limits", "Request", "candidate_json", "curve", "fit"]
