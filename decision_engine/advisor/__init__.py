"""The advisor: whether a decision should run at the edge, in the cloud or in both, what it takes and what it costs."""

from __future__ import annotations

from decision_engine.advisor.advise import Advice, Placement, Scored, advise
from decision_engine.advisor.assumptions import Assumed, Assumptions, OfDecision, Spread, shown
from decision_engine.advisor.costs import Cost, Line, cheapest, cloud_usage, costs, edge_usage, price
from decision_engine.advisor.facts import Facts, FeatureFacts, Fit, decision_facts, graph_of
from decision_engine.advisor.latency import PERCENTILES, Part, Way, ways
from decision_engine.advisor.prices import (
    CHARGED,
    CLOUD_PLATFORM,
    EDGE_PLATFORMS,
    INCLUDED,
    PRICES,
    Meter,
    Price,
    PriceList,
)
from decision_engine.advisor.questions import Question, ask, forced_to_cloud

__all__ = [
    "CHARGED",
    "CLOUD_PLATFORM",
    "EDGE_PLATFORMS",
    "INCLUDED",
    "PERCENTILES",
    "PRICES",
    "Advice",
    "Assumed",
    "Assumptions",
    "Cost",
    "Facts",
    "FeatureFacts",
    "Fit",
    "Line",
    "Meter",
    "OfDecision",
    "Part",
    "Placement",
    "Price",
    "PriceList",
    "Question",
    "Scored",
    "Spread",
    "Way",
    "advise",
    "ask",
    "cheapest",
    "cloud_usage",
    "costs",
    "decision_facts",
    "edge_usage",
    "forced_to_cloud",
    "graph_of",
    "price",
    "shown",
    "ways",
]
