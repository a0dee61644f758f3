"""What the registry and the compiler know of a decision: what it reads, needs, costs and fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from decision_engine.budget import count_operations
from decision_engine.models import Models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import Registry
from feature_registry.compatibility.graph import Graph
from feature_registry.privacy import Destination, privacy_score, reasons

_LOCAL_CLASSES = ("personal", "sensitive")
_CLOUD_TIER, _SYNCED_TIER = 3, 2


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """One feature that a decision reads: what decides where it may go.

    `group` is the first part of its path, None of a derived feature, whose sources stand beside it.
    """

    name: str
    tier: int
    data_class: str
    destination: Destination
    privacy: str
    group: str | None
    max_age: int | None

    @property
    def is_cloud_only(self) -> bool:
        """Whether an edge may not read it."""
        return self.tier == _CLOUD_TIER or self.destination is not Destination.EDGE

    @property
    def is_sensitive_here(self) -> bool:
        """Whether it says much about a person and is known at the edge without any store."""
        return self.tier == 1 and self.data_class in _LOCAL_CLASSES

    @property
    def is_synced(self) -> bool:
        """Whether it has to be synced to the edge."""
        return self.tier == _SYNCED_TIER


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a decision fits a platform: bytes of the code, and the limit that it passes.

    The code holds `decisions` of them: where all fit together, none is built alone.
    """

    platform: str
    code: int
    decisions: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one decision. `latency` is in ms, None without a budget; `fits` has a line a platform."""

    decision: str
    runs: str
    latency: int | None
    offline: bool
    features: tuple[FeatureFacts, ...]
    models: Mapping[str, int]
    operations: int
    far_units: tuple[str, ...]
    fits: tuple[Fit, ...]

    @property
    def synced_groups(self) -> tuple[str, ...]:
        """The groups of synced features: what the edge's store is read for."""
        return tuple(sorted({one.group for one in self.features if one.is_synced and one.group is not None}))


def graph_of(registry: Registry) -> Graph:
    """What refers to what in a registry: made once for the facts of all its decisions."""
    return Graph(registry, SIGNATURES)


def decision_facts(graph: Graph, models: Models, decision: str, fits: tuple[Fit, ...]) -> Facts:
    """The facts of a decision; `fits` says what platforms take, as only builders of artefacts know."""
    registry = graph.registry
    document = registry.decisions[decision]
    reached = graph.reached([("decisions", decision)])
    of_kind = {kind: [name for one, name in reached if one == kind] for kind in ("features", "models", "experiments")}
    alone = replace(registry, decisions={decision: document})
    return Facts(
        decision=decision,
        runs=document.runs,
        latency=document.needs.latency,
        offline=document.needs.offline,
        features=tuple(_feature(registry, name) for name in of_kind["features"]),
        models={name: len(registry.model_files[name]) for name in of_kind["models"]},
        operations=count_operations(compile_program(alone, models)).total,
        far_units=_far_units(registry, of_kind["experiments"]),
        fits=fits,
    )


def _feature(registry: Registry, name: str) -> FeatureFacts:
    feature = registry.features[name]
    score = privacy_score(feature)
    return FeatureFacts(
        name,
        feature.tier,
        feature.data_class,
        score.destination,
        f"{score.total}: {reasons(feature)}",
        feature.path[0] if feature.path else None,
        feature.max_age,
    )


def _far_units(registry: Registry, experiments: list[str]) -> tuple[str, ...]:
    """Experiments whose unit is not the one that the cookie names: an edge knows it only when it is told."""
    near = registry.policies.identity.unit
    return tuple(name for name in experiments if registry.experiments[name].unit != near)
