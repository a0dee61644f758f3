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
    Unsure,
)
from feature_registry.documents.delivery_policy import Delivery, Edit, Preview, Route, Segment, Slot
from feature_registry.documents.experiments import Experiment, Guardrail, Layer
from feature_registry.documents.features import Feature
from feature_registry.documents.hybrid_policy import Breaker, Degrade, Hybrid, Hysteresis, ModePolicy, Modes
from feature_registry.documents.models import Calibration, ModelDocument, ModelInput, Training
from feature_registry.documents.policies import (
    Consent,
    ConsentGate,
    CookieGroups,
    Environment,
    Identity,
    Policies,
    Privacy,
    Retention,
)
from feature_registry.documents.profile_policy import Profile, ProfileGroup, ProfileStore, Sticky
from feature_registry.documents.records_policy import Records

__all__ = [
    "CANDIDATES",
    "Breaker",
    "Calibration",
    "Cohort",
    "Consent",
    "ConsentGate",
    "CookieGroups",
    "DecisionDocument",
    "Degrade",
    "Delivery",
    "Edit",
    "Environment",
    "Experiment",
    "ExperimentRule",
    "Feature",
    "Guardrail",
    "Hybrid",
    "Hysteresis",
    "Identity",
    "Layer",
    "ModePolicy",
    "ModelDocument",
    "ModelInput",
    "Modes",
    "Needs",
    "Payload",
    "Policies",
    "Preview",
    "Privacy",
    "Profile",
    "ProfileGroup",
    "ProfileStore",
    "RankRule",
    "Records",
    "Retention",
    "Route",
    "Rule",
    "Segment",
    "ShowRule",
    "Slot",
    "Sticky",
    "Training",
    "Unsure",
]
