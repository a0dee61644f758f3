"""The records' tables: the policy, and what of the registry records are about, as both hosts read them."""

from __future__ import annotations

import hashlib

from decision_engine.hosts.python.records import FieldTable, RecordsTable, WatchedFeature
from decision_engine.operators import SIGNATURES
from feature_registry import Feature, Registry
from feature_registry.compatibility.graph import Graph
from feature_registry.documents.records_policy import FIELDS, Records, treatment_of
from feature_registry.values import FeatureType

_NUMBERS = (FeatureType.NUMBER, FeatureType.TIMESTAMP, FeatureType.TAGS)
_COUNTED = ("anonymous", "pseudonymous")
"""Data classes whose values are counted in histograms; of others there are statuses and ages only."""


def records_table(registry: Registry) -> RecordsTable | None:
    """The table; None without the policy. Everything in it goes by name: an artefact may leave decisions out."""
    records = registry.policies.records
    if records is None:
        return None
    digests = {name: f"sha256:{hashlib.sha256(file).hexdigest()}" for name, file in registry.model_files.items()}
    return {
        "purpose": records.purpose,
        "tenant": records.tenant,
        "fields": [_field(records, name) for name in FIELDS if treatment_of(records, name) != "drop"],
        "dropped": [name for name in FIELDS if treatment_of(records, name) == "drop"],
        "rate": records.sampling.decisions,
        "readings": records.sampling.readings,
        "minimum_cell": registry.policies.privacy.minimum_cell,
        "sensitive_decisions": list(records.sensitive.decisions),
        "sensitive_experiments": list(records.sensitive.experiments),
        "repeat_after": records.repeat_after,
        "queue": records.queue,
        "batch": records.batch,
        "flush_after": records.flush_after,
        "trace": records.trace,
        "features": [_watched(name, feature) for name, feature in _watched_features(registry)],
        "models": _models(registry, digests),
        "digests": digests,
    }


def _field(records: Records, name: str) -> FieldTable:
    rule = FIELDS[name]
    return {
        "name": name,
        "treatment": treatment_of(records, name),
        "form": rule.form,
        "values": list(rule.values),
        "bounds": list(rule.bounds),
    }


def _watched_features(registry: Registry) -> list[tuple[str, Feature]]:
    """Features that age, and those that models read."""
    read = {source.feature for model in registry.models.values() for source in model.inputs.values()}
    features = registry.features.items()
    return [(name, one) for name, one in features if one.path and (one.max_age is not None or name in read)]


def _watched(name: str, feature: Feature) -> WatchedFeature:
    scale = "number" if feature.type in _NUMBERS else "category"
    return {
        "name": name,
        "type": str(feature.type),
        "version": feature.version,
        "max_age": feature.max_age,
        "scale": scale if feature.data_class in _COUNTED else None,
        "labels": list(feature.values or ()) if scale == "category" else [],
    }


def _models(registry: Registry, digests: dict[str, str]) -> dict[str, list[str]]:
    """The models that each decision reads, in whatever way, as `NAME@DIGEST`."""
    if not registry.models:
        return {}
    graph = Graph(registry, SIGNATURES)
    found = {}
    for decision in registry.decisions:
        reached = graph.reached([("decisions", decision)])
        names = sorted(name for kind, name in reached if kind == "models")
        if names:
            found[decision] = [f"{name}@{digests[name]}" for name in names]
    return found
