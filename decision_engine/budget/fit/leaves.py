"""Quantised leaves: whole multiples of one power of two, so that a target can write them in two characters or bytes.

Each tree is centred first, its middle going into the base of its output, so that the step is as small as it can be.
The products are exact, and so are the sums of so few small multiples: no target can round them differently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from decision_engine.trees import Forest


@dataclass(frozen=True, slots=True)
class Quantised:
    """Leaf j of tree i is `forest.trees[i].leaves[j]` = k * step with |k| < 2^(bits - 1); it stood for that plus
    `centres[i]`, to within half a step."""

    forest: Forest
    bits: int
    step: float
    centres: tuple[float, ...]


def quantise_leaves(forest: Forest, bits: int) -> Quantised:
    """The forest with leaves of `bits` bits, the sign included."""
    centres = tuple((max(tree.leaves) + min(tree.leaves)) / 2 for tree in forest.trees)
    reach = max((max(tree.leaves) - centre for tree, centre in zip(forest.trees, centres, strict=True)), default=0.0)
    step = power_of_two_step(reach, 2 ** (bits - 1) - 1)
    starts = list(forest.starts)
    trees = []
    for number, (tree, centre) in enumerate(zip(forest.trees, centres, strict=True)):
        starts[number % forest.outputs] += centre
        trees.append(replace(tree, leaves=tuple(round((leaf - centre) / step) * step for leaf in tree.leaves)))
    base = tuple(round(start / step) * step for start in starts)
    return Quantised(replace(forest, trees=tuple(trees), base=base), bits, step, centres)


def power_of_two_step(reach: float, most: int) -> float:
    """The smallest power of two of which `reach` is at most `most` times as large."""
    if reach == 0.0:
        return 2.0**-40
    exponent = math.frexp(reach / most)[1]
    while math.ldexp(float(most), exponent - 1) >= reach:
        exponent -= 1
    return math.ldexp(1.0, exponent)
