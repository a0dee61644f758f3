"""Fitting: a model made smaller until its artefact keeps to a budget, with what that costs in quality."""

from __future__ import annotations

from decision_engine.budget.fit.distil import Meaning, Recipe, TrainerMissingError, retrain, train_student
from decision_engine.budget.fit.leaves import Quantised, quantise_leaves
from decision_engine.budget.fit.metrics import Bin, Quality, auc, log_loss, quality, reliability
from decision_engine.budget.fit.problem import Candidate, ChangedShare, Changes, Figures, Limits, Problem, Sample
from decision_engine.budget.fit.scoring import Views, exit_leaves, margins
from decision_engine.budget.fit.search import BITS, Outcome, distilled, first_trees, search, truncated
from decision_engine.budget.fit.thresholds import count_thresholds, merge_thresholds, shortest_between

__all__ = [
    "BITS",
    "Bin",
    "Candidate",
    "ChangedShare",
    "Changes",
    "Figures",
    "Limits",
    "Meaning",
    "Outcome",
    "Problem",
    "Quality",
    "Quantised",
    "Recipe",
    "Sample",
    "TrainerMissingError",
    "Views",
    "auc",
    "count_thresholds",
    "distilled",
    "exit_leaves",
    "first_trees",
    "log_loss",
    "margins",
    "merge_thresholds",
    "quality",
    "quantise_leaves",
    "reliability",
    "retrain",
    "search",
    "shortest_between",
    "train_student",
    "truncated",
]
