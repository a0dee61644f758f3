"""Reads the rules of a map from JSON, and notes every problem with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from feature_registry import Diagnostic, Place, error
from feature_registry.findings import described, short
from feature_registry.json_reader import JsonFile, pointer_to
from feature_registry.nearest import listed, nearest
from feature_registry.values import BadValueError
from infra.replay.cells import READERS, Json, read_shift, read_time
from infra.replay.rules import Column, Constant, First, Pick, Rule, Template, Time, When

_HOLE = re.compile(r"\{\{|\}\}|\{([^{}:]+)(?::0([1-9]|1[0-9]))?\}|[{}]")

_Object: TypeAlias = dict[str, Json]


class MapReader:
    """Reads the rules of one file. `columns` collects the columns that they name, each with its first place."""

    def __init__(self, file: JsonFile) -> None:
        self.problems: list[Diagnostic] = []
        self.columns: dict[str, Place] = {}
        self.has_session_time = False
        self._file = file
        self._in_session_time = False

    def rule(self, json: Json, at: str, *, salt: str, is_time_of_session: bool = False) -> Rule | None:
        """The rule at the pointer `at`; None when it is broken. `salt` is the default of its picks."""
        self._in_session_time = is_time_of_session
        rule = self._rule(json, at, salt)
        if rule is not None and is_time_of_session:
            self._check_constants(rule, read_time, at)
        return rule

    def problem(self, code: str, message: str, at: str, help: str | None = None, *, key: bool = False) -> None:
        """Note an error at the value at `at`, or at its key."""
        self.problems.append(error(code, message, self._file.place(at, key=key), help))

    def wrong_type(self, expected: str, json: Json, at: str) -> None:
        """Note that the value is not what is expected."""
        self.problem("wrong-type", f"expected {expected}, found {described(json)}", at)

    def check_keys(self, json: Iterable[str], known: Iterable[str], at: str) -> None:
        """Note each key that is not among the known ones."""
        allowed = tuple(known)
        for key in json:
            if key not in allowed:
                match = nearest(key, allowed)
                help_line = f"did you mean `{match}`?" if match else f"the keys are {listed(allowed)}"
                self.problem("unknown-key", f"unknown key `{short(key)}`", at + pointer_to(key), help_line, key=True)

    def _rule(self, json: Json, at: str, salt: str) -> Rule | None:
        if isinstance(json, str):
            self._note_column(json, at)
            return Column(json)
        if not isinstance(json, dict):
            self.wrong_type("a column's name or a rule", json, at)
            return None
        heads = [key for key in json if key in _READERS]
        if "time" in heads and "plus" in heads:
            heads.remove("plus")
        if len(heads) != 1:
            found = listed(heads) if heads else "none"
            message = f"expected one of the keys {listed(_READERS)}, found {found}"
            typo = next((match for key in json if not heads and (match := nearest(key, _READERS))), None)
            self.problem("bad-rule", message, at, f"did you mean `{typo}`?" if typo else None)
            return None
        read, keys = _READERS[heads[0]]
        self.check_keys(json, (heads[0], *keys, "when"), at)
        rule = read(self, json, at, salt)
        return self._when(json, at, rule) if "when" in json else rule

    def _column(self, json: _Object, at: str, _: str) -> Rule | None:
        column = json["column"]
        if not isinstance(column, str):
            self.wrong_type("a column's name", column, f"{at}/column")
            return None
        self._note_column(column, f"{at}/column")
        kind, values = json.get("as", "text"), json.get("values")
        if not isinstance(kind, str) or kind not in READERS:
            self.problem("bad-rule", f"expected one of {listed(READERS)}, found {described(kind)}", f"{at}/as")
            return None
        if values is not None and not isinstance(values, dict):
            self.wrong_type("an object of cell texts and values", values, f"{at}/values")
            return None
        if values is not None and "as" in json:
            self.problem("bad-rule", "expected `as` or `values`, found both", at, "the values are used as they stand")
        if values is None and "otherwise" in json:
            self.problem("bad-rule", "expected `values` beside `otherwise`", at)
        return Column(column, kind, values, json.get("otherwise"), "otherwise" in json)

    def _constant(self, json: _Object, at: str, _: str) -> Rule | None:
        if json["const"] is None:
            self.problem(
                "bad-rule", "expected a value, found `null`", f"{at}/const", "leave the path out: it is absent then"
            )
        return Constant(json["const"])

    def _template(self, json: _Object, at: str, _: str) -> Rule | None:
        text = json["template"]
        at = f"{at}/template"
        if not isinstance(text, str):
            self.wrong_type("text", text, at)
            return None
        parts: list[str | tuple[str | None, int]] = []
        end = 0
        for match in _HOLE.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            name, width = match.group(1), match.group(2)
            if name is None:
                if match.group() in {"{", "}"}:
                    help_line = "write a brace twice when it is meant as such"
                    self.problem(
                        "bad-template", "expected `{row}`, `{row:05}` or `{Column}`, found a lone brace", at, help_line
                    )
                parts.append(match.group()[0])
            elif name == "row":
                parts.append((None, int(width or 0)))
            else:
                if width is not None:
                    self.problem(
                        "bad-template",
                        f"expected no width in the hole of column `{short(name)}`",
                        at,
                        "only `row` takes one",
                    )
                self._note_column(name, at)
                parts.append((name, 0))
        parts.append(text[end:])
        return Template(tuple(part for part in parts if part != ""))

    def _pick(self, json: _Object, at: str, salt: str) -> Rule | None:
        items, weights = json["pick"], json.get("weights")
        by, given_salt = json.get("by", []), json.get("salt", salt)
        by = [by] if isinstance(by, str) else by
        if not isinstance(items, list) or not items:
            self.wrong_type("a list of at least one value", items, f"{at}/pick")
            return None
        if weights is None:
            weights = [1] * len(items)
        if (
            not isinstance(weights, list)
            or len(weights) != len(items)
            or not all(map(_is_weight, weights))
            or not any(weights)
        ):
            message = (
                f"expected {len(items)} whole numbers from 0 to 1,000,000, not all 0: one for each value of `pick`"
            )
            self.problem("bad-weights", message, f"{at}/weights")
            return None
        if not isinstance(by, list) or not all(isinstance(name, str) for name in by):
            self.wrong_type("a column's name or a list of them", by, f"{at}/by")
            return None
        if not isinstance(given_salt, str):
            self.wrong_type("text", given_salt, f"{at}/salt")
            return None
        names = [str(name) for name in by]
        for name in names:
            self._note_column(name, f"{at}/by")
        return Pick(tuple(items), tuple(_weight(weight) for weight in weights), tuple(names), given_salt)

    def _first(self, json: _Object, at: str, salt: str) -> Rule | None:
        rules = self._rules(json["first"], f"{at}/first", salt)
        return None if rules is None else First(rules)

    def _time(self, json: _Object, at: str, salt: str) -> Rule | None:
        base = self._rule(json["time"], f"{at}/time", f"{salt}/time") if "time" in json else None
        if "time" not in json:
            self._check_session_time(at)
        plus = self._rules(json["plus"], f"{at}/plus", f"{salt}/plus") if "plus" in json else ()
        if plus is None or (base is None and "time" in json):
            return None
        for index, part in enumerate(plus):
            self._check_constants(part, read_shift, f"{at}/plus/{index}")
        if base is not None:
            self._check_constants(base, read_time, f"{at}/time")
        return Time(base, plus)

    def _rules(self, json: Json, at: str, salt: str) -> tuple[Rule, ...] | None:
        if not isinstance(json, list) or not json:
            self.wrong_type("a list of at least one rule", json, at)
            return None
        read = [self._rule(item, f"{at}/{index}", f"{salt}/{index}") for index, item in enumerate(json)]
        rules = tuple(rule for rule in read if rule is not None)
        return rules if len(rules) == len(read) else None

    def _when(self, json: _Object, at: str, rule: Rule | None) -> Rule | None:
        cells = json["when"]
        at = f"{at}/when"
        if not isinstance(cells, dict) or not cells:
            self.wrong_type("an object of columns and cell texts", cells, at)
            return None
        texts: dict[str, tuple[str, ...]] = {}
        for column, given in cells.items():
            self._note_column(column, at + pointer_to(column))
            wanted = [given] if isinstance(given, str) else given
            if isinstance(wanted, list) and wanted and all(isinstance(text, str) for text in wanted):
                texts[column] = tuple(map(str, wanted))
            else:
                self.wrong_type("a cell's text or a list of them", given, at + pointer_to(column))
        return None if rule is None else When(texts, rule)

    def _check_session_time(self, at: str) -> None:
        if self._in_session_time:
            help_line = 'give it a start: {"time": ..., "plus": [...]}'
            self.problem(
                "bad-rule", "expected `time`: the time of the session cannot be built on itself", at, help_line
            )
        elif not self.has_session_time:
            self.problem(
                "bad-rule",
                "expected `time`, since the map has no `at`",
                at,
                "give the map an `at`, the time of a session",
            )

    def _check_constants(self, rule: Rule, read: Callable[[Json], int], at: str) -> None:
        """What is written out in the map is checked when the map is read, not once a row."""
        match rule:
            case Constant(value):
                values: tuple[Json, ...] = (value,)
            case Pick(items):
                values = items
            case Column(_, _, dict() as listed_values):
                values = tuple(listed_values.values())
            case First(rules):
                for inner in rules:
                    self._check_constants(inner, read, at)
                return
            case When(_, inner):
                self._check_constants(inner, read, at)
                return
            case _:
                return
        for value in values:
            try:
                if value is not None:
                    read(value)
            except BadValueError as fault:
                self.problem(fault.code, f"expected {fault.expected}, found {described(value)}", at, fault.help)

    def _note_column(self, name: str, at: str) -> None:
        self.columns.setdefault(name, self._file.place(at))


def _is_weight(json: object) -> bool:
    return isinstance(json, int) and not isinstance(json, bool) and 0 <= json <= 1_000_000


def _weight(json: object) -> int:
    assert isinstance(json, int), "weights were checked"
    return json


_READERS: dict[str, tuple[Callable[[MapReader, _Object, str, str], Rule | None], tuple[str, ...]]] = {
    "column": (MapReader._column, ("as", "values", "otherwise")),
    "const": (MapReader._constant, ()),
    "template": (MapReader._template, ()),
    "pick": (MapReader._pick, ("weights", "by", "salt")),
    "first": (MapReader._first, ()),
    "time": (MapReader._time, ("plus",)),
    "plus": (MapReader._time, ()),
}
"""The key that a rule is known by, how it is read, and what may stand beside that key."""
