"""From positions to a deterministic automaton, by the subset construction.

The code points are cut into intervals that no set of the pattern tells apart, and intervals that belong to the same
sets share a letter; so `[aeiou]` costs two letters, not eleven.
"""

from __future__ import annotations

from dataclasses import dataclass

from decision_engine.patterns.code_points import cuts, holds
from decision_engine.patterns.positions import Positions, Work, members, too_large

MAX_SUBSETS = 8_192
MAX_MOVES = 131_072


@dataclass(frozen=True, slots=True)
class Machine:
    """A deterministic automaton over letters; state 0 is the start.

    Interval i of code points begins at `bounds[i - 1]` (the first one at 0), and `letters[i]` is its letter.
    `moves[state]` maps a letter to the next state; where there is none, no match follows. From every state some
    accepting one is reached.
    """

    bounds: tuple[int, ...]
    letters: tuple[int, ...]
    moves: tuple[dict[int, int], ...]
    accepting: tuple[bool, ...]


def determinise(positions: Positions, work: Work) -> Machine:
    """The automaton whose states are the sets of positions that some text leads to."""
    bounds, letters, holders = _letters(positions)
    covering = sum(1 << position for position, covered in enumerate(positions.covers) if covered)
    states = {1: 0}
    moves: list[dict[int, int]] = []
    edges = 0
    queue = [1]
    for here in queue:  # grows while it is read
        following = 0
        for position in members(here):
            following |= positions.follow[position]
        work.spend(here.bit_count() + len(holders))
        move: dict[int, int] = {}
        for letter, holder in enumerate(holders):
            there = following & holder
            if there == 0:
                continue
            if there & covering:
                work.spend(there.bit_count())
                there = _uncovered(there, covering, positions.covers)
            if there not in states:
                states[there] = len(states)
                queue.append(there)
            move[letter] = states[there]
        moves.append(move)
        edges += len(move)
        if len(states) > MAX_SUBSETS or edges > MAX_MOVES:
            raise too_large(
                f"an automaton of more than {MAX_SUBSETS:,} states or {MAX_MOVES:,} moves while it is built"
            )
    return Machine(bounds, letters, tuple(moves), tuple(state & positions.accepting != 0 for state in queue))


def _letters(positions: Positions) -> tuple[tuple[int, ...], tuple[int, ...], list[int]]:
    """The intervals' bounds, the letter of each interval, and for each letter the positions that it leads to."""
    distinct: dict[tuple[tuple[int, int], ...], int] = {}
    for position, points in enumerate(positions.points):
        distinct[points] = distinct.get(points, 0) | 1 << position
    bounds = cuts(distinct)
    numbers: dict[int, int] = {}
    letters = []
    for begin in (0, *bounds):
        holder = 0
        for points, those in distinct.items():
            if holds(points, begin):
                holder |= those
        letters.append(numbers.setdefault(holder, len(numbers)))
    return bounds, tuple(letters), list(numbers)


def _uncovered(there: int, covering: int, covers: tuple[int, ...]) -> int:
    """`there` without the positions that others of it cover, which allow nothing more."""
    for position in members(there & covering):
        if there >> position & 1:
            there &= ~covers[position]
    return there
