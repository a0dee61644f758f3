"""The cases of this folder: groups of requests to one registry, with the outcomes expected (README.md)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

FOLDER = Path(__file__).resolve().parent
EXCEPTIONS = FOLDER / "exceptions.json"

OTHER_FOLDERS = frozenset(
    {
        "bucketing",
        "compatibility",
        "consent",
        "delivery",
        "errors",
        "hosts",
        "hybrid",
        "models",
        "modes",
        "origins",
        "profile",
        "records",
        "trees",
        "visitor",
    }
)
"""Folders whose files have forms and runners of their own."""

Json: TypeAlias = Any


@dataclass(frozen=True)
class Case:
    """One request at one time. `expect` maps decisions to an outcome, or to members of the decision's answer."""

    name: str
    request: Json
    at: int
    expect: Mapping[str, Json]


@dataclass(frozen=True)
class Group:
    """Cases of one registry; `file` is the file's path within this folder, `number` counts all groups."""

    number: int
    file: str
    name: str
    registry: Json
    cases: tuple[Case, ...]

    def case_name(self, case: Case) -> str:
        """The full name of one of its cases, as in exceptions.json."""
        return f"{self.file}: {self.name}: {case.name}"


@dataclass(frozen=True)
class KnownGap:
    """A case that an engine gets wrong, for a reason. It has to be taken out as soon as the case passes."""

    case: str
    runtime: str
    reason: str


@functools.cache
def groups() -> tuple[Group, ...]:
    """All groups, by file."""
    return tuple(Group(number, *group) for number, group in enumerate(_read_groups()))


def files() -> list[str]:
    """All files with cases, as paths within this folder."""
    return list(dict.fromkeys(group.file for group in groups()))


def known_gaps() -> list[KnownGap]:
    """The entries of exceptions.json."""
    return [KnownGap(**entry) for entry in json.loads(EXCEPTIONS.read_text(encoding="utf-8"))["exceptions"]]


def fault(case: Case, text: str, reference: str) -> str | None:
    """What is wrong with an answer; None when it is as expected and has the very bytes of the reference evaluator's."""
    try:
        decisions = json.loads(text)["decisions"]
    except (ValueError, TypeError, KeyError):
        return f"expected an answer, found {text}"
    for name, expected in case.expect.items():
        found = decisions.get(name)
        members = expected if isinstance(expected, dict) else {"outcome": expected}
        if found is None or any(not _has(found, key, members[key]) for key in members):
            return f"expected of {name} {expected}, found {found}"
    return None if text == reference else f"expected the reference's {reference}, found {text}"


def _read_groups() -> Iterator[tuple[str, str, Json, tuple[Case, ...]]]:
    for path in sorted(FOLDER.glob("*/*.json")):
        if path.parent.name in OTHER_FOLDERS:
            continue
        file = f"{path.parent.name}/{path.name}"
        for group in json.loads(path.read_text(encoding="utf-8"), parse_int=_integer)["groups"]:
            cases = tuple(Case(one["name"], one["request"], one["at"], one["expect"]) for one in group["cases"])
            yield file, group["description"], group["registry"], cases


def _has(found: Json, key: str, expected: Json) -> bool:
    """Whether an answer has a member; `ask` is not there where nobody asks."""
    if key == "ask" and expected is None:
        return key not in found
    return key in found and _equal(found[key], expected)


def _equal(found: Json, expected: Json) -> bool:
    """Equal as JSON: true is not 1, and objects keep their order."""
    return json.dumps(found) == json.dumps(expected)


def _integer(digits: str) -> int | float:
    """The number as other languages read it: -0 keeps its sign."""
    return -0.0 if digits == "-0" else int(digits)
