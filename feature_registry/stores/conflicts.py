"""Conflicts: what two people made of the same object, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from feature_registry.json_reader import pointer_to
from feature_registry.stores.text import line

_LONGEST = 120


class Absence(Enum):
    """Stands where a side has no value."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """A place of an object where not all sides agree: JSON values, or ABSENT."""

    pointer: str
    base: object
    theirs: object
    yours: object

    @property
    def told(self) -> str:
        """The three values as a message."""
        return f"it was {_shown(self.base)}, theirs is {_shown(self.theirs)}, yours is {_shown(self.yours)}"

    def to_json(self) -> dict[str, object]:
        """The place as JSON; a side that has no value has no key."""
        sides = {"base": self.base, "theirs": self.theirs, "yours": self.yours}
        return {"pointer": self.pointer, **{name: value for name, value in sides.items() if value is not ABSENT}}


@dataclass(frozen=True, slots=True)
class Clash:
    """An object (`cohorts/loyal`), a file, or an order that both sides changed, and not alike."""

    subject: str
    differences: tuple[Difference, ...]

    @property
    def pointer(self) -> str:
        """The subject as the beginning of a JSON pointer."""
        return f"/{self.subject}"

    def to_json(self) -> dict[str, object]:
        """The clash as JSON."""
        return {"subject": self.subject, "differences": [one.to_json() for one in self.differences]}


@dataclass(frozen=True, slots=True)
class Conflict:
    """What was changed meanwhile. Without clashes, merging is possible: the two sides changed different objects.

    `theirs` and `yours` list the objects and files that each side changed since the state that both began with.
    """

    etag: str
    changed_by: str | None
    theirs: tuple[str, ...]
    yours: tuple[str, ...]
    clashes: tuple[Clash, ...]

    @property
    def can_merge(self) -> bool:
        """Whether the two sides changed different things."""
        return not self.clashes

    def to_json(self) -> dict[str, object]:
        """The conflict as JSON."""
        return {
            "etag": self.etag,
            "changed_by": self.changed_by,
            "theirs": list(self.theirs),
            "yours": list(self.yours),
            "can_merge": self.can_merge,
            "clashes": [one.to_json() for one in self.clashes],
        }


def clash(subject: str, base: object, theirs: object, yours: object) -> Clash:
    """The clash of an object: every place where one of the sides is not as it was."""
    return Clash(subject, tuple(_differences("", base, theirs, yours)))


def same(left: object, right: object) -> bool:
    """Whether two sides have the same JSON, the order of keys and the form of numbers included."""
    if left is ABSENT or right is ABSENT:
        return left is right
    return repr(left) == repr(right)  # unlike `==`, it tells 1 from 1.0 and from true, and the order of keys


def _differences(pointer: str, base: object, theirs: object, yours: object) -> Iterator[Difference]:
    if same(base, theirs) and same(base, yours):
        return
    parts = _parts(base, theirs, yours)
    for inner, *sides in parts:
        yield from _differences(pointer + inner, *sides)
    if not parts:  # not one shape, or the same parts in another order
        yield Difference(pointer, base, theirs, yours)


def _parts(base: object, theirs: object, yours: object) -> list[tuple[str, object, object, object]]:
    """The parts of three objects, or of three lists of one length; nothing where the sides have not one shape."""
    sides = (base, theirs, yours)
    if all(isinstance(one, dict) for one in sides):
        objects = [one for one in sides if isinstance(one, dict)]
        keys = dict.fromkeys(key for one in objects for key in one)
        found = [(pointer_to(key), *(one.get(key, ABSENT) for one in objects)) for key in keys]
    else:
        lists = [one for one in sides if isinstance(one, list)]
        if len(lists) < len(sides) or len({len(one) for one in lists}) != 1:
            return []
        found = [(pointer_to(index), *items) for index, items in enumerate(zip(*lists, strict=True))]
    return [
        (inner, first, second, third)
        for inner, first, second, third in found
        if not (same(first, second) and same(first, third))
    ]


def _shown(value: object) -> str:
    if value is ABSENT:
        return "absent"
    text = line(value)
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[: _LONGEST - 3]}...`"
