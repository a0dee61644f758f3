"""What `edgewise diff` tells: for people as tables and sentences, for programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from decision_engine.moves import ExperimentMoves, Move, ShareMoves
from feature_registry.compatibility import NOTHING, AttributeChange, Comparison, Finding, Key, RuleEffect, named
from infra.cli.output import print_note, print_table

_LONGEST = 48
_ROWS = 100
"""How many rows of a table people are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two registries compared, with what the rules found and which units move. `allowed` names accepted rules."""

    comparison: Comparison
    findings: tuple[Finding, ...]
    experiments: tuple[ExperimentMoves, ...]
    shares: tuple[ShareMoves, ...]
    allowed: tuple[str, ...]

    @property
    def breaking(self) -> tuple[Finding, ...]:
        """The findings that refuse the change."""
        return tuple(one for one in self.findings if one.breaks)

    def to_json(self) -> dict[str, Any]:
        """Everything, as one JSON object."""
        both = self.comparison
        changes, affected = both.changes, both.affected
        return {
            "ok": not self.breaking,
            "old": both.old.digest,
            "new": both.new.digest,
            "at": both.at,
            "objects": {
                "added": [_object(key) for key in changes.added],
                "removed": [_object(key) for key in changes.removed],
                "changed": [
                    {**_object(key), "attributes": [one.to_json() for one in found]}
                    for key, found in changes.changed.items()
                ],
            },
            "decisions": {
                "added": list(affected.added),
                "removed": list(affected.removed),
                "changed": [
                    {"decision": name, "rules": [one.to_json() for one in effects]}
                    for name, effects in affected.changed.items()
                ],
                "unchanged": list(affected.unchanged),
            },
            "cohorts": {"changed": list(affected.cohorts)},
            "experiments": {"changed": list(affected.experiments)},
            "units": {
                "experiments": [_experiment(one) for one in self.experiments],
                "shares": [_share(one) for one in self.shares],
            },
            "findings": [one.to_json() for one in self.findings],
            "breaking": len(self.breaking),
            "allowed": list(self.allowed),
        }


def print_difference(found: Difference) -> None:
    """Print all for people."""
    both = found.comparison
    if not (both.changes.added or both.changes.removed or both.changes.changed or both.affected.changed):
        print_note("the two registries mean the same", "green")
        return
    _table("Objects", ("change", "object", "attribute", "old", "new"), list(_object_rows(both)))
    _table("Decisions", ("decision", "rule", "what", "for whom", "because"), list(_decision_rows(both)))
    sentences = [*_experiment_sentences(found.experiments), *_share_sentences(found.shares)]
    if sentences:
        print_note("Units that move", "bold")
        for sentence in sentences[:_ROWS]:
            print_note(f"  {sentence}")
        _more(len(sentences))
        print_note("")
    for finding in sorted(found.findings, key=lambda one: not one.breaks):
        _print_finding(finding)
    _print_summary(found)


def _object(key: Key) -> dict[str, str]:
    return {"kind": key[0], "name": key[1]}


def _experiment(found: ExperimentMoves) -> dict[str, Any]:
    return {
        "experiment": found.experiment,
        "unit": found.unit,
        "enrolled": {"old": float(found.before), "new": float(found.after)},
        "moves": [
            {"from": one.origin, "to": one.target, "share": float(one.share), "of_enrolled": float(one.of_enrolled)}
            for one in found.moves
        ],
    }


def _share(found: ShareMoves) -> dict[str, Any]:
    return {**_object(found.key), "unit": found.unit, "enter": float(found.enter), "leave": float(found.leave)}


def _table(title: str, columns: Sequence[str], rows: list[tuple[str, ...]]) -> None:
    if rows:
        print_note(title, "bold")
        print_table(columns, rows[:_ROWS], numbers=())
        _more(len(rows))
        print_note("")


def _more(count: int) -> None:
    if count > _ROWS:
        print_note(f"  ... and {count - _ROWS:,} more; `--json` gives all")


def _object_rows(both: Comparison) -> Iterator[tuple[str, ...]]:
    for what, keys in (("added", both.changes.added), ("removed", both.changes.removed)):
        for key in keys:
            yield what, _short_name(key), "", "", ""
    for key, changes in both.changes.changed.items():
        for one in changes:
            yield "changed", _short_name(key), one.at or "/", *_sides(one)


def _decision_rows(both: Comparison) -> Iterator[tuple[str, ...]]:
    affected = both.affected
    for what, names in (("added", affected.added), ("removed", affected.removed)):
        for name in names:
            yield name, "", what, "all visitors", ""
    for name, effects in affected.changed.items():
        for one in effects:
            yield name, _place(one), str(one.effect), one.whom, "; ".join(one.because)


def _place(effect: RuleEffect) -> str:
    if effect.old is None and effect.new is None:
        return ""
    if effect.old == effect.new or effect.old is None:
        return str(effect.new)
    return str(effect.old) if effect.new is None else f"{effect.old} -> {effect.new}"


def _experiment_sentences(found: Sequence[ExperimentMoves]) -> Iterator[str]:
    for one in found:
        for move in one.moves:
            yield _sentence(one, move)


def _sentence(found: ExperimentMoves, move: Move) -> str:
    units, name = f"of the units of `{found.unit}`", f"`{found.experiment}`"
    if move.origin is None:
        return f"{percent(move.share)} {units} enter {name}, as `{move.target}`"
    enrolled = f"{percent(move.of_enrolled)} {units} that are in {name}"
    if move.target is None:
        return f"{enrolled} leave it, from `{move.origin}`"
    return f"{enrolled} move from `{move.origin}` to `{move.target}`"


def _share_sentences(found: Sequence[ShareMoves]) -> Iterator[str]:
    for one in found:
        where = f"of the units of `{one.unit}`"
        if one.enter:
            yield f"{percent(one.enter)} {where} enter a share of {named(one.key)}"
        if one.leave:
            yield f"{percent(one.leave)} {where} leave a share of {named(one.key)}"


def percent(share: Fraction) -> str:
    """A share in per cent, to four digits."""
    return f"{float(100 * share):.4g} %"


def _print_finding(finding: Finding) -> None:
    weight = "allowed" if finding.is_allowed else str(finding.rule.weight)
    style = "bold red" if finding.breaks else "bold yellow"
    file = (
        f"{'OLD' if finding.is_gone else 'NEW'} {finding.place.file}:{finding.place.line}" if finding.place.file else ""
    )
    where = " ".join(part for part in (file, named(finding.key)) if part)
    print_note(f"{weight}[{finding.rule.name}] {where}: {finding.message}", style)
    print_note(f"  why: {finding.rule.reason}")
    if finding.breaks:
        print_note(f"  help: {finding.rule.advice}")


def _print_summary(found: Difference) -> None:
    both = found.comparison
    changes, affected = both.changes, both.affected
    objects = f"{len(changes.added)} added, {len(changes.removed)} removed, {len(changes.changed)} changed"
    decisions = f"{len(affected.changed)} of {len(both.old.decisions)} decisions can change"
    count = len(found.breaking)
    breaks = f"{count} breaking change{'' if count == 1 else 's'}" if count else "nothing breaks"
    print_note(f"{objects}; {decisions}; {breaks}", "red" if count else "green")


def _short_name(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _sides(change: AttributeChange) -> tuple[str, str]:
    return _value(change.old), _value(change.new)


def _value(value: object) -> str:
    if value is NOTHING:
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
