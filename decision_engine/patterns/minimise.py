"""From a deterministic automaton to the one with the fewest states, in its one canonical form.

J. E. Hopcroft's partition refinement ("An n log n algorithm for minimizing states in a finite automaton", 1971), on an
automaton whose missing moves stay missing. States are numbered breadth first, lower code points first, and neighbouring
intervals that behave alike are joined: so equal languages give equal automata.
"""

from __future__ import annotations

from collections import defaultdict

from decision_engine.ir.nodes import Automaton
from decision_engine.patterns.positions import too_large
from decision_engine.patterns.subsets import Machine

MAX_STATES = 2_048
MAX_ENTRIES = 65_536


def minimise(machine: Machine) -> Automaton:
    """The least automaton of the same language; `PatternError` when it has too many states or table entries."""
    blocks = _equivalent_states(machine)
    representative: dict[int, int] = {}
    for state, block in enumerate(blocks):
        representative.setdefault(block, state)
    if len(representative) > MAX_STATES:
        raise too_large(f"an automaton of {len(representative):,} states, more than {MAX_STATES:,}")
    order = _breadth_first(machine, blocks, representative)
    number = {block: index for index, block in enumerate(order)}
    columns = [
        tuple(_target(machine, representative[block], letter, blocks, number) for block in order)
        for letter in range(max(machine.letters) + 1)
    ]
    kept = [
        (begin, columns[letter])
        for begin, letter, before in zip((0, *machine.bounds), machine.letters, (None, *machine.letters), strict=False)
        if before is None or columns[letter] != columns[before]
    ]
    if len(order) * len(kept) > MAX_ENTRIES:
        raise too_large(f"a table of {len(order):,} states by {len(kept):,} classes, more than {MAX_ENTRIES:,} entries")
    return Automaton(
        tuple(begin for begin, _ in kept[1:]),
        tuple(column[state] for state in range(len(order)) for _, column in kept),
        tuple(machine.accepting[representative[block]] for block in order),
    )


def _equivalent_states(machine: Machine) -> list[int]:
    """The number of each state's block: two states share one when the same texts lead from both to a match."""
    sources: list[list[tuple[int, int]]] = [[] for _ in machine.moves]
    for state, move in enumerate(machine.moves):
        for letter, target in move.items():
            sources[target].append((letter, state))
    members: list[set[int]] = [set(), set()]
    for state, accepts in enumerate(machine.accepting):
        members[accepts].add(state)
    members = [block for block in members if block]
    block_of = [0] * len(machine.moves)
    for number, block in enumerate(members):
        for state in block:
            block_of[state] = number
    waiting = set(range(len(members)))
    while waiting:
        by_letter: defaultdict[int, list[int]] = defaultdict(list)
        for target in members[waiting.pop()]:
            for letter, state in sources[target]:
                by_letter[letter].append(state)
        for states in by_letter.values():
            _split(states, members, block_of, waiting)
    return block_of


def _split(states: list[int], members: list[set[int]], block_of: list[int], waiting: set[int]) -> None:
    """Split each block that holds some but not all of its states among `states`; number the smaller part anew."""
    touched: defaultdict[int, set[int]] = defaultdict(set)
    for state in states:
        touched[block_of[state]].add(state)
    for block, inside in touched.items():
        if len(inside) == len(members[block]):
            continue
        outside_is_smaller = 2 * len(inside) > len(members[block])
        moved = members[block] - inside if outside_is_smaller else inside
        number = len(members)
        members[block] -= moved
        members.append(moved)
        for state in moved:
            block_of[state] = number
        waiting.add(number)  # if the old number waits, both parts do; else the smaller part is enough


def _breadth_first(machine: Machine, blocks: list[int], representative: dict[int, int]) -> list[int]:
    order = [blocks[0]]
    seen = set(order)
    letters = tuple(dict.fromkeys(machine.letters))
    for block in order:  # grows while it is read
        move = machine.moves[representative[block]]
        for letter in letters:
            if letter in move and (target := blocks[move[letter]]) not in seen:
                seen.add(target)
                order.append(target)
    return order


def _target(machine: Machine, state: int, letter: int, blocks: list[int], number: dict[int, int]) -> int:
    target = machine.moves[state].get(letter)
    return -1 if target is None else number[blocks[target]]
