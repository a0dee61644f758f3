"""From a pattern's tree to its positions: a nondeterministic automaton without empty moves.

V. M. Glushkov's construction ("The abstract theory of automata", 1961). Each character of the pattern, with repetitions
written out, is a position; after position p come the positions `follow[p]`. Position 0 stands before the text.
Sets of positions are integers used as bit sets.

Optional copies of a repetition would make many sets of positions that mean the same: in `x{0,40}`, to be in copy 3
allows all that to be in copy 7 does. So each position lists the later ones that it `covers`, which a set that holds it
can drop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from decision_engine.patterns.code_points import CodePoints
from decision_engine.patterns.errors import PatternError
from decision_engine.patterns.tree import Character, Choice, Pattern, Repeat, Sequence

MAX_POSITIONS = 4_096
MAX_WORK = 500_000


@dataclass(frozen=True, slots=True)
class Positions:
    """The positions of a pattern: by position, the code points that lead to it, what follows it, and what it covers."""

    points: tuple[CodePoints, ...]
    follow: tuple[int, ...]
    covers: tuple[int, ...]
    accepting: int


class Work:
    """A count of elementary steps, so that a hostile pattern is refused after a fraction of a second on any machine."""

    def __init__(self) -> None:
        self.left = MAX_WORK

    def spend(self, steps: int) -> None:
        """Take `steps` off; `PatternError` when none are left."""
        self.left -= steps
        if self.left < 0:
            raise too_large("more work than patterns may cost")


def too_large(needs: str) -> PatternError:
    """The error for a pattern that `needs` too much."""
    return PatternError(
        f"the pattern needs {needs}",
        0,
        "repeat fewer times, or split it into several conditions, joined with `any` or `all`",
    )


def find_positions(tree: Pattern, work: Work) -> Positions:
    """The positions of `tree`; `PatternError` when there are more than 4,096."""
    count = _size(tree)
    if count > MAX_POSITIONS:
        raise too_large(f"{count:,} characters with its repetitions written out, more than {MAX_POSITIONS:,}")
    builder = _Builder(work)
    whole = builder.build(tree)
    builder.follow[0] = whole.first
    return Positions(
        tuple(builder.points),
        tuple(builder.follow),
        tuple(builder.covers),
        whole.last | (1 if whole.may_be_empty else 0),
    )


def members(positions: int) -> list[int]:
    """The positions of a set, ascending."""
    found = []
    while positions:
        lowest = positions & -positions
        found.append(lowest.bit_length() - 1)
        positions ^= lowest
    return found


def _size(tree: Pattern) -> int:
    match tree:
        case Character():
            return 1
        case Sequence(items) | Choice(items):
            return sum(map(_size, items))
        case Repeat(item, low, high):
            return _size(item) * _copies(low, high)
    assert_never(tree)


def _copies(low: int, high: int | None) -> int:
    return max(low, 1) if high is None else high


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the pattern: the positions that its texts begin and end with, and whether the empty text is one."""

    first: int
    last: int
    may_be_empty: bool


_EMPTY = _Part(0, 0, True)


class _Builder:
    """Numbers the positions from left to right, and fills in what follows and covers what."""

    def __init__(self, work: Work) -> None:
        self.points: list[CodePoints] = [()]
        self.follow: list[int] = [0]
        self.covers: list[int] = [0]
        self.work = work

    def build(self, tree: Pattern) -> _Part:
        match tree:
            case Character(points):
                return self.character(points)
            case Sequence(items):
                return self.sequence(items)
            case Choice(items):
                return self.choice(items)
            case Repeat(item, low, high):
                return self.repeat(item, low, high)
        assert_never(tree)

    def character(self, points: CodePoints) -> _Part:
        self.points.append(points)
        self.follow.append(0)
        self.covers.append(0)
        position = 1 << (len(self.points) - 1)
        return _Part(position, position, False)

    def sequence(self, items: tuple[Pattern, ...]) -> _Part:
        whole = _EMPTY
        for item in items:
            part = self.build(item)
            self.connect(whole.last, part.first)
            whole = _Part(
                whole.first | part.first if whole.may_be_empty else whole.first,
                whole.last | part.last if part.may_be_empty else part.last,
                whole.may_be_empty and part.may_be_empty,
            )
        return whole

    def choice(self, items: tuple[Pattern, ...]) -> _Part:
        first = last = 0
        may_be_empty = False
        for item in items:
            part = self.build(item)
            first |= part.first
            last |= part.last
            may_be_empty |= part.may_be_empty
        return _Part(first, last, may_be_empty)

    def repeat(self, item: Pattern, low: int, high: int | None) -> _Part:
        """One copy after another, from number `low` on each a possible end; without `high` the last copy loops.

        A copy takes part only with a text that is not empty. An item that may be empty thus needs no copy at all.
        """
        starts = [len(self.points)]
        copies = []
        for number in range(_copies(low, high)):
            copies.append(self.build(item))
            starts.append(len(self.points))
            if number:
                self.connect(copies[-2].last, copies[-1].first)
        if high is None:
            self.connect(copies[-1].last, copies[-1].first)
        needed = 0 if copies[0].may_be_empty else low
        self.cover(starts[max(needed, 1) - 1 :])
        last = 0
        for copy in copies[max(needed, 1) - 1 :]:
            last |= copy.last
        return _Part(copies[0].first, last, needed == 0)

    def cover(self, starts: list[int]) -> None:
        """Let each position in the copies that begin at `starts` cover its own like in all later ones."""
        size = starts[1] - starts[0]
        for position in range(starts[-1] - size - 1, starts[0] - 1, -1):
            self.work.spend(1)
            later = position + size
            self.covers[position] |= 1 << later | self.covers[later]

    def connect(self, last: int, first: int) -> None:
        for position in members(last):
            self.work.spend(1)
            self.follow[position] |= first
