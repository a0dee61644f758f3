"""JSON to documents: each document is read for itself, and every problem in it is reported with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from feature_registry.condition_reader import ConditionReader
from feature_registry.derivation_reader import DerivationReader
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import (
    Cohort,
    Consent,
    DecisionDocument,
    Degrade,
    Delivery,
    Environment,
    Experiment,
    ExperimentRule,
    Feature,
    Hybrid,
    Identity,
    Layer,
    ModelDocument,
    Payload,
    Privacy,
    Profile,
    RankRule,
    Records,
    Retention,
    Rule,
    ShowRule,
    Unsure,
)
from feature_registry.documents.base import CARE, Document, name_problem
from feature_registry.faults import report
from feature_registry.findings import Findings, described, short
from feature_registry.json_reader import JsonFile, pointer_to
from feature_registry.nearest import did_you_mean, listed
from feature_registry.operators import OperatorSignature
from feature_registry.score_reader import ScoreReader
from feature_registry.scores import NumberScore
from feature_registry.unsure_reader import read_unsure
from feature_registry.values import FeatureType

D = TypeVar("D", bound=BaseModel)

POLICIES: Mapping[str, type[Document]] = MappingProxyType(
    {
        "identity": Identity,
        "consent": Consent,
        "degrade": Degrade,
        "delivery": Delivery,
        "hybrid": Hybrid,
        "privacy": Privacy,
        "profile": Profile,
        "records": Records,
        "retention": Retention,
    }
)
KINDS: Mapping[str, type[Document] | None] = MappingProxyType(
    {
        "features": Feature,
        "cohorts": Cohort,
        "models": ModelDocument,
        "layers": Layer,
        "experiments": Experiment,
        "decisions": DecisionDocument,
        "payloads": Payload,
        "policies": None,  # each policy has a class of its own: POLICIES
        "environments": Environment,
    }
)
"""The kinds of objects: the keys at the top of a file."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document as far as it could be read, and its problems. `document` is None when nothing is left of it."""

    document: Document | None
    diagnostics: tuple[Diagnostic, ...]


def read_document(
    kind: str, name: str, json: object, file: JsonFile, operators: Mapping[str, OperatorSignature]
) -> ReadDocument:
    """Read the object `name` of a kind. A document with problems may come back without the parts that have them."""
    findings = Findings(file, kind, name)
    if kind == "policies" and name not in POLICIES:
        help_line = did_you_mean(name, POLICIES) or f"the policies are {listed(POLICIES)}"
        findings.add("unknown-key", f"unknown policy `{short(name)}`", "", help_line, key=True)
        return ReadDocument(None, tuple(findings.diagnostics))
    problem = name_problem(name, is_payload=kind == "payloads")
    if problem is not None:
        findings.add("bad-name", f"expected {problem[0]}, found `{short(name)}`", "", problem[1], key=True)
    if isinstance(json, dict):
        reader = _DocumentReader(findings, ConditionReader(findings, operators))
        if kind in _SPECIAL:
            document = _SPECIAL[kind](reader, json)
        elif (kind, name) == ("policies", "hybrid"):
            document = reader.hybrid(json)
        else:
            document = reader.validate(_class_of(kind, name), json)
    else:
        findings.add("wrong-type", f"expected an object, found {described(json)}", "")
        document = None
    return ReadDocument(document, tuple(findings.diagnostics))


def _class_of(kind: str, name: str) -> type[Document]:
    document = POLICIES[name] if kind == "policies" else KINDS[kind]
    assert document is not None, "policies have classes of their own"
    return document


@dataclass(frozen=True, slots=True)
class _DocumentReader:
    findings: Findings
    conditions: ConditionReader

    def validate(self, document: type[D], json: dict[str, object], at: str = "") -> D | None:
        """The document; with problems, what is left of it without the keys that have them, or None."""
        given, json = json, self._without_null(json, at)
        try:
            return document.model_validate(json)
        except ValidationError as faults:
            details = faults.errors(include_url=False)
        for detail in details:
            if not (detail["type"] == "missing" and _holds(given, detail["loc"])):  # null was reported already
                report(self.findings, document, detail, at)
        spoilt = {detail["loc"][0] for detail in details if detail["loc"]}
        try:
            return document.model_validate({key: value for key, value in json.items() if key not in spoilt})
        except ValidationError:
            return None

    def _without_null(self, json: dict[str, object], at: str) -> dict[str, object]:
        """The object without keys that are null, each of them reported. Payloads and schemas may hold any JSON."""
        rest: dict[str, object] = {}
        for key, value in json.items():
            if value is None:
                help_line = "leave the key out, if you mean that there is none"
                self.findings.add("wrong-type", "expected a value, found `null`", at + pointer_to(key), help_line)
            elif isinstance(value, dict) and key not in ("value", "schema"):
                rest[key] = self._without_null(value, at + pointer_to(key))
            else:
                rest[key] = value
        return rest

    def feature(self, json: dict[str, object]) -> Feature | None:
        """A feature: read from the request, or derived from others."""
        if "derive" not in json:
            if "from" not in json:
                self.findings.add("missing-key", "missing key `from`", "", 'for instance "from": "geo.country"')
            found = self.validate(Feature, json if "from" in json else {**json, "from": _ANY_PATH})
            return found if found is not None and found.source is not None and "from" in json else None
        rest = {key: value for key, value in json.items() if key != "derive"}
        for key, message, help_line in _NOT_DERIVED:
            if rest.pop(key, None) is not None:
                self.findings.add("bad-derivation", message, f"/{key}", help_line, key=True)
        derivation = None
        if json["derive"] is None:
            rest["derive"] = None  # reported as every null is
        elif json.get("type") in tuple(FeatureType):
            kind = FeatureType(str(json["type"]))
            derivation = DerivationReader(self.findings, self.conditions).read(json["derive"], kind)
        if derivation is None:
            self.validate(Feature, rest)
            return None
        return self.validate(Feature, {**rest, "derive": derivation})

    def cohort(self, json: dict[str, object]) -> Cohort | None:
        """A cohort: the condition's keys stand beside its description."""
        care = {key: value for key, value in json.items() if key in CARE}
        condition = self.conditions.read({key: value for key, value in json.items() if key not in care}, "")
        if condition is None:
            return None
        return self.validate(Cohort, {**care, "condition": condition})

    def payload(self, json: dict[str, object]) -> Payload | None:
        """A payload, with its condition."""
        return self.validate(Payload, self._with_condition(json, ""))

    def hybrid(self, json: dict[str, object]) -> Hybrid | None:
        """The hybrid policy, with its condition."""
        return self.validate(Hybrid, self._with_condition(json, ""))

    def decision(self, json: dict[str, object]) -> DecisionDocument | None:
        """A decision, rule by rule."""
        rules = json.get("rules", ())
        if not isinstance(rules, list | tuple):
            self.findings.add("wrong-type", f"expected a list of rules, found {described(rules)}", "/rules")
            rules = ()
        read = (self._rule(rule, f"/rules/{index}") for index, rule in enumerate(rules))
        known = tuple(rule for rule in read if rule is not None)
        return self.validate(DecisionDocument, {**json, "rules": known} if "rules" in json else json)

    def _rule(self, json: object, at: str) -> Rule | None:
        if not isinstance(json, dict):
            self.findings.add(
                "wrong-type", f"expected a rule, found {described(json)}", at, 'for instance {"show": "..."}'
            )
            return None
        parts = self._with_condition(json, at)
        if parts.get("unsure") is not None:
            unsure = self._unsure(json, f"{at}/unsure")
            parts = {key: value for key, value in parts.items() if key != "unsure"}
            parts |= {} if unsure is None else {"unsure": unsure}
        rule: Rule | None
        if "experiment" in json:
            rule = self.validate(ExperimentRule, parts, at)
        elif "rank" in json:
            if "by" in json:
                score = ScoreReader(self.findings).read(json["by"], f"{at}/by")
                if score is None:
                    self.validate(RankRule, {**parts, "by": _ANY_SCORE}, at)
                    return None
                parts["by"] = score
            rule = self.validate(RankRule, parts, at)
        else:
            rule = self.validate(ShowRule, parts, at)
        return None if rule is None else rule.placed(at)

    def _unsure(self, rule: dict[str, object], at: str) -> Unsure | None:
        members = read_unsure(self.conditions, rule, at)
        return None if members is None else self.validate(Unsure, members, at)

    def _with_condition(self, json: dict[str, object], at: str) -> dict[str, object]:
        """The object with its condition read, or without it where it is broken."""
        if "if" not in json:
            return dict(json)
        condition = self.conditions.read(json["if"], f"{at}/if")
        rest = {key: value for key, value in json.items() if key != "if"}
        return rest if condition is None else {**rest, "if": condition}


def _holds(json: object, location: tuple[int | str, ...]) -> bool:
    for part in location:
        if not isinstance(json, dict) or part not in json:
            return False
        json = json[part]
    return True


_ANY_SCORE = NumberScore(0.0)  # stands in for a broken one while the rest of the rule is checked
_ANY_PATH = "geo.country"  # likewise, of a feature
_NOT_DERIVED = (
    ("from", "expected one of `from` and `derive`, found both", "a feature is read from the request, or derived"),
    ("max_age", "a derived feature is as old as the oldest that it reads", "give the features it reads a `max_age`"),
    ("reading", "a derived feature has no raw value to read", "give the features it reads a `reading`"),
)

_SPECIAL: Mapping[str, Callable[[_DocumentReader, dict[str, object]], Document | None]] = MappingProxyType(
    {
        "features": _DocumentReader.feature,
        "cohorts": _DocumentReader.cohort,
        "payloads": _DocumentReader.payload,
        "decisions": _DocumentReader.decision,
    }
)
