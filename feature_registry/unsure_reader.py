"""Reads when a rule is unsure: its condition, or a model's band that stands beside `ask`."""

from __future__ import annotations

from collections.abc import Mapping

from feature_registry.condition_reader import ConditionReader
from feature_registry.conditions import ModelComparison
from feature_registry.findings import described
from feature_registry.json_reader import escape

BAND_KEYS = ("model", "class", *ModelComparison)
"""The keys of a model's band, which stand for a condition on the model."""


def read_unsure(conditions: ConditionReader, json: Mapping[str, object], at: str) -> dict[str, object] | None:
    """The members of an `unsure` at the pointer `at`, with its condition read; None where it is no object."""
    findings = conditions.findings
    if "experiment" in json:
        message = "a rule of an experiment takes no `unsure`"
        help_line = "its variation says what is shown: nobody may show something else"
        findings.add("unknown-key", message, at, help_line, key=True)
        return None
    unsure = json["unsure"]
    if not isinstance(unsure, dict):
        help_line = 'for instance {"ask": "cloud", "within": "80ms"}'
        findings.add("wrong-type", f"expected an object, found {described(unsure)}", at, help_line)
        return None
    rest = {key: value for key, value in unsure.items() if key not in (*BAND_KEYS, "if")}
    band = {key: value for key, value in unsure.items() if key in BAND_KEYS}
    if band and "if" in unsure:
        first = next(iter(band))
        message = f"expected a model's band or `if`, found `{first}` beside `if`"
        findings.add("bad-condition", message, f"{at}/{escape(first)}", 'put both into a list: {"if": {"all": [...]}}')
    elif band and "model" not in band:
        message = "missing key `model`: whose score is meant"
        findings.add("missing-key", message, at, 'for instance "model": "purchase_intent"')
    elif band or "if" in unsure:
        condition = conditions.read(band, at) if band else conditions.read(unsure["if"], f"{at}/if")
        if condition is not None:
            rest["if"] = condition
    if "margin" in rest and "rank" not in json:
        message = "only a ranking has a `margin`: the first score's lead over the second"
        findings.add("unknown-key", message, f"{at}/margin", "give a model's band, or a condition", key=True)
        del rest["margin"]
    return rest


__all__ = ["BAND_KEYS", "read_unsure"]
