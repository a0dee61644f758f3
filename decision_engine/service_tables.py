"""The service's tables: what each stage around `decide` is configured by, from the registry's policies.

A stage without a policy has no table, does not exist at run time, and is in no artefact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from decision_engine.compact_json import Json, compact
from decision_engine.consent_tables import gate_table
from decision_engine.delivery_tables import delivery_table
from decision_engine.hybrid_tables import hybrid_table, modes_table
from decision_engine.profile_tables import profile_table
from decision_engine.records_tables import records_table
from feature_registry import Registry


def service_text(registry: Registry) -> str | None:
    """The service's tables as JSON text: an entry for every stage, null without a policy; None without any policy."""
    stages = {name: table(registry) for name, table in STAGES.items()}
    return None if all(found is None for found in stages.values()) else compact(stages)


def _gate(registry: Registry) -> Json:
    consent = registry.policies.consent
    return None if consent is None or consent.gate is None else gate_table(consent, consent.gate)


STAGES: Mapping[str, Callable[[Registry], Json]] = {
    "gate": _gate,
    "delivery": delivery_table,
    "profile": profile_table,
    "modes": modes_table,
    "hybrid": hybrid_table,
    "records": records_table,
}
"""What makes each stage's table, in the order of a request's way."""
