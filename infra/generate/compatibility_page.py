"""The reference page of the rules of compatibility, from their declarations."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.compatibility import RULES, SUBJECTS, CompatibilityRule, Weight


def compatibility_page() -> str:
    """Markdown: an overview, then a section for each rule, by subject."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    breaking = sum(rule.weight is Weight.BREAKING for rule in RULES.values())
    yield "# Rules of compatibility"
    yield ""
    yield "`edgewise diff OLD NEW` compares the registry of the live release with the one that is to follow it. What it"
    yield "finds by a rule that breaks ends the command with exit code 1, unless the rule is allowed by name:"
    yield "`--allow RULE`. A notice is told, and refuses nothing. How to change things without breaking them is told in"
    yield "[compatibility](../compatibility.md)."
    yield ""
    yield "An object that no decision of the old registry reaches is not read by a live release. An experiment runs"
    yield "when a decision uses it, it has traffic, and the time (`--at`, now by default) lies between its start and"
    yield "its end."
    yield ""
    yield f"There are {len(RULES)} rules, of which {breaking} break. Cases of each: tests/conformance/compatibility."
    for subject, rules in SUBJECTS.items():
        yield ""
        yield f"## {subject}"
        yield ""
        yield "| rule | weight | what changes |"
        yield "|---|---|---|"
        for rule in rules:
            yield f"| [{rule.name}](#{rule.name}) | {rule.weight} | {rule.summary} |"
        for rule in rules:
            yield from _section(rule)


def _section(rule: CompatibilityRule) -> Iterator[str]:
    yield ""
    yield f"### {rule.name}"
    yield ""
    yield f"{rule.summary} {rule.reason}"
    yield ""
    yield f"What to do: {rule.advice}."
