"""Budgets: what platforms allow, what an artefact costs, part by part, and whether the one holds the other."""

from __future__ import annotations

from decision_engine.budget.breakdown import Breakdown, Size, deployed_size, measure, weigh
from decision_engine.budget.check import Excess, check_budget
from decision_engine.budget.limits import HELD, PLATFORM_OF_TARGET, PLATFORMS, Limit, Platform, Quantity, platform_of
from decision_engine.budget.operations import Operations, count_operations

__all__ = [
    "HELD",
    "PLATFORMS",
    "PLATFORM_OF_TARGET",
    "Breakdown",
    "Excess",
    "Limit",
    "Operations",
    "Platform",
    "Quantity",
    "Size",
    "check_budget",
    "count_operations",
    "deployed_size",
    "measure",
    "platform_of",
    "weigh",
]
