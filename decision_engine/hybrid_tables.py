"""The tables of hybrid decisions and of degrade modes: the policies as both hosts read them."""

from __future__ import annotations

from decision_engine.hosts.python.hybrid import BreakerTable, HybridTable
from decision_engine.hosts.python.modes import ModesTable, ModeTable, PairTable
from decision_engine.operators import SIGNATURES
from feature_registry import Registry
from feature_registry.asking import may_ask
from feature_registry.compatibility.graph import Graph
from feature_registry.documents import Hybrid, Hysteresis, ModePolicy, Modes


def hybrid_table(registry: Registry) -> HybridTable | None:
    """The hybrid stage; None without the policy. Decisions go by name: an artefact may leave some out."""
    hybrid = registry.policies.hybrid
    if hybrid is None:
        return None
    latencies = {
        name: decision.needs.latency
        for name, decision in registry.decisions.items()
        if decision.needs.latency is not None and decision.runs == "edge"
    }
    return {
        "latency": hybrid.latency,
        "latencies": latencies,
        "within": hybrid.within,
        "reserve": hybrid.reserve,
        "answer_bytes": hybrid.answer_bytes,
        "units": list(hybrid.units),
        "breaker": _breaker(hybrid),
    }


def modes_table(registry: Registry) -> ModesTable | None:
    """The degrade modes; None where neither the policy `degrade` says what happens in them, nor anybody asks."""
    degrade, hybrid = registry.policies.degrade, registry.policies.hybrid
    if degrade.modes is None and hybrid is None:
        return None
    modes = degrade.modes or Modes()
    return {
        "soft": degrade.soft_max_age,
        "hard": degrade.hard_max_age,
        "features": degrade.features_max_age,
        "errors": _pair(degrade.errors),
        "latency": _pair(degrade.latency),
        "hold": degrade.hold,
        "within": hybrid.within if hybrid is not None else None,
        "modes": {
            "full": _mode(modes.full),
            "cloud-assisted": _mode(modes.cloud_assisted),
            "local-only": _mode(modes.local_only),
            "emergency": {"models": "skip", "log": modes.emergency_log},
        },
        "model_decisions": _model_decisions(registry),
        "asking": [name for name in registry.decisions if hybrid is not None and may_ask(hybrid, name)],
    }


def _breaker(hybrid: Hybrid) -> BreakerTable:
    breaker = hybrid.breaker
    return {
        "failures": breaker.failures,
        "rate": breaker.rate,
        "calls": breaker.calls,
        "window": breaker.window,
        "pause": breaker.pause,
        "longest_pause": breaker.longest_pause,
        "trials": breaker.trials,
    }


def _pair(pair: Hysteresis | None) -> PairTable | None:
    return None if pair is None else {"bad": pair.bad, "good": pair.good}


def _mode(mode: ModePolicy) -> ModeTable:
    return {"models": mode.models, "log": mode.log}


def _model_decisions(registry: Registry) -> dict[str, int]:
    """The first rule that reads a model, in whatever way, by decision."""
    if not registry.models:
        return {}
    graph = Graph(registry, SIGNATURES)
    found: dict[str, int] = {}
    for name, decision in registry.decisions.items():
        reads = [
            any(kind == "models" for kind, _ in graph.reached(graph.targets_at(name, rule.at)))
            for rule in decision.rules
        ]
        if decision.runs == "edge" and any(reads):
            found[name] = reads.index(True)
    return found
