"""The registry: features, cohorts, models, experiments, decisions and payloads as JSON, loaded and checked.

The first stage of Edgewise. It imports nothing of later stages: what it must know of operators is passed in as a value.
"""

from feature_registry.codes import CODES
from feature_registry.diagnostics import Diagnostic, Place, Severity, error, has_errors, in_order, render, warning
from feature_registry.documents import (
    Cohort,
    DecisionDocument,
    Environment,
    Experiment,
    ExperimentRule,
    Feature,
    Layer,
    ModelDocument,
    ModelInput,
    Payload,
    Policies,
    RankRule,
    Rule,
    ShowRule,
)
from feature_registry.errors import RegistryError
from feature_registry.loader import inspect, load
from feature_registry.operators import ArgumentKind, OperatorSignature
from feature_registry.registry import Registry
from feature_registry.schema import json_schema

__all__ = [
    "CODES",
    "ArgumentKind",
    "Cohort",
    "DecisionDocument",
    "Diagnostic",
    "Environment",
    "Experiment",
    "ExperimentRule",
    "Feature",
    "Layer",
    "ModelDocument",
    "ModelInput",
    "OperatorSignature",
    "Payload",
    "Place",
    "Policies",
    "RankRule",
    "Registry",
    "RegistryError",
    "Rule",
    "Severity",
    "ShowRule",
    "error",
    "has_errors",
    "in_order",
    "inspect",
    "json_schema",
    "load",
    "render",
    "warning",
]
