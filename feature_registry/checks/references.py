"""References between documents: each name that one document gives of another, and those that name nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from feature_registry.asking import HYBRID
from feature_registry.checks.draft import Draft, Reference, Spot
from feature_registry.conditions import CohortRef, FeatureTest, ModelTest, Share
from feature_registry.derivations import BoolDerivation, sources
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import ConsentGate, ExperimentRule, RankRule, ShowRule
from feature_registry.documents.records_policy import Records
from feature_registry.findings import short
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import suggestion
from feature_registry.scores import DaysSinceScore, FeatureScore, ModelScore, walk_score

_NOUNS = {
    "features": "feature",
    "cohorts": "cohort",
    "models": "model",
    "layers": "layer",
    "experiments": "experiment",
    "decisions": "decision",
    "payloads": "payload",
    "groups": "group",
    "units": "unit",
    "purposes": "purpose",
}


def references(draft: Draft) -> Sequence[Reference]:
    """Every reference of the registry; looked for once."""
    if not draft.references:
        draft.references.extend(_found(draft))
    return draft.references


def unknown_references(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for names that nothing has."""
    if not draft.is_complete:
        return
    known: dict[str, Collection[str]] = {
        kind: draft.names(kind) for kind in _NOUNS if kind not in ("groups", "units", "purposes")
    }
    known["groups"] = {payload.group for payload in draft.registry.payloads.values() if payload.group is not None}
    known["units"] = draft.registry.policies.identity.units
    broken_payloads = any(kind == "payloads" for kind, _ in draft.broken)
    for reference in references(draft):
        if reference.kind == "groups" and broken_payloads:
            continue
        if reference.kind == "units" and not draft.is_sound("policies", "identity"):
            continue
        if reference.name not in known[reference.kind]:
            yield _unknown(draft, reference, known[reference.kind])


def unknown_policies_names(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for purposes and units that the policies do not list."""
    policies = draft.registry.policies
    consent = policies.consent
    if consent is not None and draft.is_sound("policies", "consent"):
        for name, feature in draft.registry.features.items():
            for index, purpose in enumerate(feature.purposes):
                if purpose not in consent.purposes:
                    spot = Spot("features", name, f"/purposes/{index}")
                    yield _unknown(draft, Reference(spot, "purposes", purpose), consent.purposes)
        for spot, purpose in _gate_purposes(consent.gate):
            if purpose not in ("storage", *consent.purposes):
                yield _unknown(draft, Reference(spot, "purposes", purpose), ("storage", *consent.purposes))
        records = policies.records
        if records is not None and records.purpose not in consent.purposes:
            at = "/purpose" if "purpose" in records.model_fields_set else ""
            spot = Spot("policies", "records", at)
            yield _unknown(draft, Reference(spot, "purposes", records.purpose), consent.purposes)
    if policies.identity.unit not in policies.identity.units and draft.is_sound("policies", "identity"):
        spot = Spot("policies", "identity", "/unit")
        if ("policies", "identity") in draft.registry.files:
            yield _unknown(draft, Reference(spot, "units", policies.identity.unit), policies.identity.units)


def _gate_purposes(gate: ConsentGate | None) -> Iterator[tuple[Spot, str]]:
    """The purposes that the consent gate names, where it names any itself."""
    if gate is not None and "tcf" in gate.model_fields_set:
        yield from ((Spot("policies", "consent", pointer_to("gate", "tcf", purpose)), purpose) for purpose in gate.tcf)
    if gate is not None and gate.groups is not None:
        named = gate.groups.purposes
        at = pointer_to("gate", "groups", "purposes")
        yield from ((Spot("policies", "consent", at + pointer_to(purpose)), purpose) for purpose in named)


def _found(draft: Draft) -> Iterator[Reference]:
    yield from _in_conditions(draft)
    yield from _in_features(draft)
    yield from _in_models(draft)
    yield from _in_experiments(draft)
    yield from _in_decisions(draft)
    yield from _in_policies(draft)


def _unknown(draft: Draft, reference: Reference, known: Collection[str]) -> Diagnostic:
    noun = _NOUNS[reference.kind]
    help_line = suggestion(reference.name, known, reference.kind)
    if reference.kind in ("units", "purposes") and help_line is not None and not help_line.startswith("did"):
        policy = "identity.units" if reference.kind == "units" else "consent.purposes"
        help_line += f"; the policy `{policy}` lists them"
    return draft.error(f"unknown-{noun}", reference.spot, f"unknown {noun} `{short(reference.name)}`", help_line)


def _in_conditions(draft: Draft) -> Iterator[Reference]:
    for spot, condition in draft.conditions:
        match condition:
            case CohortRef(name):
                yield Reference(_inside(spot, "/cohort"), "cohorts", name)
            case ModelTest(name):
                yield Reference(_inside(spot, "/model"), "models", name)
            case FeatureTest(name):
                yield Reference(_inside(spot, "/feature"), "features", name)
            case Share(_, unit):
                yield Reference(_inside(spot, "/of"), "units", unit)
            case _:
                pass


def _in_features(draft: Draft) -> Iterator[Reference]:
    for name, feature in draft.registry.features.items():
        if feature.derivation is not None and not isinstance(feature.derivation, BoolDerivation):
            for source in sources(feature.derivation):
                yield Reference(Spot("features", name, source.at), "features", source.feature)


def _in_models(draft: Draft) -> Iterator[Reference]:
    for name, model in draft.registry.models.items():
        for column, source in model.inputs.items():
            if source.feature is not None:
                spot = Spot("models", name, pointer_to("inputs", column, "feature"))
                yield Reference(spot, "features", source.feature)


def _in_experiments(draft: Draft) -> Iterator[Reference]:
    for name, layer in draft.registry.layers.items():
        yield Reference(Spot("layers", name, "/unit"), "units", layer.unit)
    for name, experiment in draft.registry.experiments.items():
        yield Reference(Spot("experiments", name, "/unit"), "units", experiment.unit)
        if experiment.layer is not None:
            yield Reference(Spot("experiments", name, "/layer"), "layers", experiment.layer)
        if experiment.cohort is not None:
            yield Reference(Spot("experiments", name, "/cohort"), "cohorts", experiment.cohort)


def _in_decisions(draft: Draft) -> Iterator[Reference]:
    for name, decision in draft.registry.decisions.items():
        yield Reference(Spot("decisions", name, "/otherwise"), "payloads", decision.otherwise)
        for rule in decision.rules:
            match rule:
                case ShowRule():
                    yield Reference(Spot("decisions", name, f"{rule.at}/show"), "payloads", rule.show)
                case ExperimentRule():
                    yield Reference(Spot("decisions", name, f"{rule.at}/experiment"), "experiments", rule.experiment)
                    for variation, payload in rule.show.items():
                        spot = Spot("decisions", name, rule.at + pointer_to("show", variation))
                        yield Reference(spot, "payloads", payload)
                case RankRule():
                    yield Reference(Spot("decisions", name, f"{rule.at}/rank"), "groups", rule.rank)
                    yield from _in_score(name, rule)


def _in_policies(draft: Draft) -> Iterator[Reference]:
    if draft.registry.policies.records is not None:
        yield from _in_records(draft.registry.policies.records)
    hybrid = draft.registry.policies.hybrid
    if hybrid is not None:
        for index, name in enumerate(hybrid.decisions or ()):
            yield Reference(Spot("policies", HYBRID, f"/decisions/{index}"), "decisions", name)
        for index, unit in enumerate(hybrid.units):
            yield Reference(Spot("policies", HYBRID, f"/units/{index}"), "units", unit)


def _in_records(records: Records) -> Iterator[Reference]:
    for index, name in enumerate(records.sensitive.decisions):
        yield Reference(Spot("policies", "records", f"/sensitive/decisions/{index}"), "decisions", name)
    for index, name in enumerate(records.sensitive.experiments):
        yield Reference(Spot("policies", "records", f"/sensitive/experiments/{index}"), "experiments", name)


def _in_score(decision: str, rule: RankRule) -> Iterator[Reference]:
    for score in walk_score(rule.by):
        match score:
            case FeatureScore(feature, at):
                yield Reference(Spot("decisions", decision, f"{at}/feature"), "features", feature)
            case DaysSinceScore(feature, at):
                yield Reference(Spot("decisions", decision, f"{at}/days_since"), "features", feature)
            case ModelScore(model, at):
                yield Reference(Spot("decisions", decision, f"{at}/model"), "models", model)
            case _:
                pass


def _inside(spot: Spot, pointer: str) -> Spot:
    return Spot(spot.kind, spot.name, spot.at + pointer)
