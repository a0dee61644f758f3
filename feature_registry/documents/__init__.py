"""The documents of a registry, one class for each kind of object."""

from feature_registry.documents.cohorts import Cohort
from feature_registry.documents.decisions import (
    CANDIDATES,
    DecisionDocument,
    ExperimentRule,
    Needs,
    Payload,
    RankRule,
    Rule,
    ShowRule,
)
from feature_registry.documents.experiments import Experiment, Guardrail, Layer
from feature_registry.documents.features import Feature
from feature_registry.documents.models import Calibration, ModelDocument, ModelInput, Training
from feature_registry.documents.policies import (
    Consent,
    ConsentGate,
    CookieGroups,
    Degrade,
    Environment,
    Identity,
    Policies,
    Privacy,
    Retention,
)

__all__ = [
    "CANDIDATES",
    "Calibration",
    "Cohort",
    "Consent",
    "ConsentGate",
    "CookieGroups",
    "DecisionDocument",
    "Degrade",
    "Environment",
    "Experiment",
    "ExperimentRule",
    "Feature",
    "Guardrail",
    "Identity",
    "Layer",
    "ModelDocument",
    "ModelInput",
    "Needs",
    "Payload",
    "Policies",
    "Privacy",
    "RankRule",
    "Retention",
    "Rule",
    "ShowRule",
    "Training",
]
