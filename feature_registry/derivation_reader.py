"""Reads derivations of features from JSON; what is broken is reported, and the result is then None."""

from __future__ import annotations

from dataclasses import dataclass

from feature_registry.condition_reader import ConditionReader
from feature_registry.conditions import CohortRef, ModelTest, Share, walk
from feature_registry.derivations import BandDerivation, BoolDerivation, Derivation, NumberDerivation
from feature_registry.findings import Findings, described
from feature_registry.score_reader import ScoreReader
from feature_registry.values import BadValueError, FeatureType, read_number

DERIVED_TYPES = (FeatureType.NUMBER, FeatureType.BOOL, FeatureType.CATEGORY)
_AT = "/derive"
_NOT_IN_FEATURES = {
    CohortRef: ("cohort", "write the cohort's condition here, or test this feature in the cohort"),
    ModelTest: ("model", "test the model in a cohort"),
    Share: ("share", "take the share in a cohort"),
}


@dataclass(frozen=True, slots=True)
class DerivationReader:
    """Reads the derivation of one feature; its problems go to `findings`."""

    findings: Findings
    conditions: ConditionReader

    def read(self, json: object, kind: FeatureType) -> Derivation | None:
        """The derivation of a feature of this type."""
        match kind:
            case FeatureType.NUMBER:
                score = ScoreReader(self.findings, of_feature=True).read(json, _AT)
                return None if score is None else NumberDerivation(score)
            case FeatureType.BOOL:
                return self._bool(json)
            case FeatureType.CATEGORY:
                return self._band(json)
            case _:
                message = f"expected a number, a bool or a category to derive, found a feature of type {kind}"
                help_line = "read it from the request, or derive a number, a bool or a category from it"
                self.findings.add("not-for-type", message, _AT, help_line, key=True)
                return None

    def _bool(self, json: object) -> Derivation | None:
        condition = self.conditions.read(json, _AT)
        if condition is None:
            return None
        is_sound = True
        for inner in walk(condition):
            if isinstance(inner, CohortRef | ModelTest | Share):
                head, help_line = _NOT_IN_FEATURES[type(inner)]
                message = f"expected tests of features, found `{head}`"
                self.findings.add("bad-derivation", message, f"{inner.at}/{head}", help_line, key=True)
                is_sound = False
        return BoolDerivation(condition) if is_sound else None

    def _band(self, json: object) -> Derivation | None:
        if not isinstance(json, dict) or "band" not in json:
            found = described(json) if not isinstance(json, dict) or not json else "an object without `band`"
            help_line = 'for instance {"band": {"feature": "basket_value"}, "limits": [50, 200]}'
            self.findings.add("bad-derivation", f"expected the band of a number, found {found}", _AT, help_line)
            return None
        self.findings.unknown_keys(json, ("band", "limits"), _AT)
        score = ScoreReader(self.findings, of_feature=True).read(json["band"], f"{_AT}/band")
        if "limits" not in json:
            message = "missing key `limits`: where one band ends and the next one begins"
            self.findings.add("missing-key", message, _AT, 'for instance "limits": [50, 200]')
            return None
        limits = self.findings.read_key(json, "limits", _AT, _read_limits)
        return None if score is None or limits is None else BandDerivation(score, limits, _AT)


def _read_limits(json: object) -> tuple[float, ...]:
    if not isinstance(json, list) or not json:
        raise BadValueError("a list of numbers, growing", "wrong-type", "two limits make three bands")
    limits = tuple(read_number(limit) for limit in json)
    if any(low >= high for low, high in zip(limits, limits[1:], strict=False)):
        raise BadValueError("limits that grow", "empty-range", "a band holds its lower limit, and not its upper one")
    return limits
