"""The search for the smaller model that loses least, of those that fit the budget.

Rungs, from the truest to the smallest: thresholds merged and leaves quantised; besides, the first trees alone; smaller
ensembles distilled from the model. Of each kind the largest that fits is taken, by building the artefact, and measured.
The candidate with the smallest loss of AUC wins, then the one that changes fewest decisions, then log loss and bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from decision_engine.budget.fit.distil import Recipe, input_gains, train_student
from decision_engine.budget.fit.leaves import quantise_leaves
from decision_engine.budget.fit.metrics import Quality, quality
from decision_engine.budget.fit.problem import Candidate, Figures, Part, Problem
from decision_engine.budget.fit.scoring import Floats, Places, margins
from decision_engine.budget.fit.thresholds import count_thresholds, merge_thresholds
from decision_engine.trees import CategorySplit, Forest, Link, Split, Tree, TreeNode

BITS = (16, 12)
_GROWTH = (32, 64, 128, 256)
_LEAVES = (6, 12, 20, 31)
"""Leaves of a tree."""
_PACES = (55.0, 140.0)
"""The learning rate times the number of all leaves: fewer leaves have to learn faster."""
_RATES = (0.02, 0.8)
_BINS = 63
_PARTS = (3 / 4, 2 / 3, 3 / 5)
_TEST_BYTES = 8  # what a test of an input takes at least, however cheap it is to read
_SHARES = (0.0, 0.5, 1.0)
"""Of the label in what is learned; the rest is what the model says."""
_PROBABILITIES = (Link.LOGISTIC, Link.PROBABILITY)
_NEGLIGIBLE = 1e-4  # losses of AUC below this are equal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found: the best trade, whether it is one that was asked for, and all that was measured."""

    best: Candidate
    is_within: bool
    candidates: tuple[Candidate, ...]


def search(problem: Problem, progress: Callable[[str], None] = lambda _: None) -> Outcome | None:
    """The best trade that fits the budget; None when nothing fits, however small. Raises TrainerMissingError."""
    found: list[Candidate] = []
    for candidate in _untrained(problem):
        progress(candidate.done[0])
        found.append(candidate)
        if candidate.does_fit and candidate.auc_loss(problem.limits) < _NEGLIGIBLE:
            compared = _compared(problem, candidate)
            if compared.is_within(problem.limits):
                return Outcome(compared, True, (*found[:-1], compared))
    for recipe in _recipes(problem):
        progress(recipe.words)
        smaller = distilled(problem, recipe)
        if smaller is not None:
            found.append(smaller)
    if not any(candidate.does_fit for candidate in found):
        return None
    best = _best(problem, found)
    return Outcome(best, best.is_within(problem.limits), tuple(found))


def largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number from 1 to `most` that fits, 0 if none does; what fits, fits when it is smaller."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def first_trees(forest: Forest, count: int) -> Forest:
    """The forest's first `count` rounds: a tree for each output."""
    return replace(forest, trees=forest.trees[: count * forest.outputs])


def distilled(problem: Problem, recipe: Recipe, trees: int | None = None) -> Candidate | None:
    """The smaller ensemble of a recipe with as many trees as fit, or with `trees`; None when not even one fits."""
    every = np.arange(len(problem.sample.labels))
    whole, merged, count = _grown(problem, recipe, every, trees)
    if count == 0:
        return None
    forest = _quantised(merged, count, recipe.bits)

    def made_without(fold: int) -> Forest:
        kept = np.flatnonzero(problem.sample.folds != fold)
        student = _student(problem, problem.sample.stand_in(fold, problem.forest), recipe, kept, count)
        return _quantised(_merged(problem, student, kept), count, recipe.bits)

    done = (f"distilled into {count} trees: {recipe.words}", *_shaping(first_trees(whole, count), forest, recipe.bits))
    return _candidate(problem, forest, done, recipe, made_without)


def truncated(problem: Problem, count: int) -> Candidate:
    """The model's first trees alone, shaped."""
    forest = first_trees(problem.forest, count)
    smaller = _shaped(problem, forest, BITS[-1])
    return _candidate(problem, smaller, (f"the first {count} trees alone", *_shaping(forest, smaller, BITS[-1])))


def _recipes(problem: Problem) -> Iterator[Recipe]:
    """Labels have a share where raw scores are probabilities by themselves: a calibrated model's have a scale of their
    own, which labels would shift. Coarse leaves and
    fewer inputs are tried where they make room for more trees."""
    meaning, every = problem.meaning, np.arange(len(problem.sample.labels))
    shares = _SHARES if meaning.link in _PROBABILITIES and meaning.calibrated is None else (0.0,)
    fewer = _input_sets(problem)
    for leaves in _LEAVES:
        most = 0
        for bits, inputs in ((12, None), (6, None), *((6, kept) for kept in fewer)):
            probe = Recipe(leaves, 0.3, shares[-1], bits, _BINS, inputs)
            trees = _grown(problem, probe, every, None)[-1]
            if trees <= most:
                continue
            most = trees
            rates = [min(max(pace / (leaves * trees), _RATES[0]), _RATES[1]) for pace in _PACES]
            for rate in dict.fromkeys(float(f"{rate:.2g}") for rate in rates):
                for share in shares:
                    yield replace(probe, learning_rate=rate, label_share=share)


def _input_sets(problem: Problem) -> list[tuple[int, ...]]:
    """Fewer inputs, without those that tell least for the bytes that it takes to read them: so many parts
    of them as `_PARTS` says. An input that rules read as well costs little."""
    forest, sample = problem.forest, problem.sample
    places = {place: number for number, view in reversed(list(enumerate(forest.views))) for place in (view.input,)}
    gains = input_gains(forest, sample.views.rows, problem.before[0])
    every = problem.code_bytes(_stumps(forest, places.values()))
    worth = {}
    for place, view in places.items():
        without = problem.code_bytes(_stumps(forest, [other for other in places.values() if other != view]))
        worth[place] = gains[place] / max(_TEST_BYTES, every - without)
    best = sorted(worth, key=lambda place: (-worth[place], place))
    counts = dict.fromkeys(round(len(best) * part) for part in _PARTS)
    return [tuple(sorted(best[:count])) for count in counts if 0 < count < len(best)]


def _stumps(forest: Forest, views: Iterable[int]) -> Forest:
    """A forest that tests each of these views once."""
    nodes: list[TreeNode] = []
    for view in views:
        is_set = forest.views[view].transform.is_category
        nodes.append(CategorySplit(view, (0,), ~0, ~1) if is_set else Split(view, 1.0, False, ~0, ~1))
    trees = tuple(Tree((node,), (0.0, 1.0)) for node in nodes for _ in range(forest.outputs))
    return replace(forest, trees=trees, base=())


def _untrained(problem: Problem) -> Iterator[Candidate]:
    forest = problem.forest
    for bits in BITS:
        smaller = _shaped(problem, forest, bits)
        yield _candidate(problem, smaller, _shaping(forest, smaller, bits))
    rounds = len(forest.trees) // forest.outputs
    merged = _merged(problem, forest, None)
    count = largest(lambda number: problem.fits(_quantised(merged, number)), rounds)
    if 0 < count < rounds:
        yield truncated(problem, count)


def _grown(problem: Problem, recipe: Recipe, rows: Places, trees: int | None) -> tuple[Forest, Forest, int]:
    """An ensemble of `trees` trees, or of more than fit where there is a limit to find; with its thresholds merged; and
    the number of trees to keep. Boosting adds to what is there: an ensemble's first trees are a smaller ensemble."""
    whole = merged = problem.forest
    count = 0
    for most in _GROWTH if trees is None else (trees,):
        whole = _student(problem, problem.forest, recipe, rows, most)
        merged = _merged(problem, whole, rows)
        if trees is not None:
            return whole, merged, trees
        count = largest(partial(_fits, problem, merged, recipe.bits), most)
        if count < most:
            break
    return whole, merged, count


def _fits(problem: Problem, merged: Forest, bits: int, count: int) -> bool:
    return problem.fits(_quantised(merged, count, bits))


def _student(problem: Problem, teacher: Forest, recipe: Recipe, rows: Places, trees: int) -> Forest:
    sample = problem.sample
    scores = margins(teacher, sample.views, rows)[:, 0]
    return train_student(teacher, sample.views.rows[rows], scores, sample.labels[rows], problem.meaning, recipe, trees)


def _merged(problem: Problem, forest: Forest, rows: Places | None) -> Forest:
    columns = problem.sample.views.columns(forest)
    return merge_thresholds(forest, columns if rows is None else [column[rows] for column in columns])


def _quantised(merged: Forest, count: int, bits: int = BITS[-1]) -> Forest:
    return quantise_leaves(first_trees(merged, count), bits).forest


def _shaped(problem: Problem, forest: Forest, bits: int) -> Forest:
    return quantise_leaves(_merged(problem, forest, None), bits).forest


def _shaping(before: Forest, after: Forest, bits: int) -> tuple[str, ...]:
    merged = f"thresholds merged from {count_thresholds(before):,} to {count_thresholds(after):,}"
    return merged, f"leaves of {bits} bits"


def _candidate(
    problem: Problem,
    forest: Forest,
    done: tuple[str, ...],
    recipe: Recipe | None = None,
    made_without: Callable[[int], Forest] | None = None,
) -> Candidate:
    given, held_out = problem.before
    everything = [(np.arange(len(problem.sample.labels)), problem.forest, forest)]
    parts = everything if made_without is None else _apart(problem, made_without)
    # Where nothing was trained, no row is favoured: both figures are of all rows.
    on_all = _figures(problem, given, everything)
    apart = on_all if made_without is None else _figures(problem, held_out, parts)
    size, does_fit = problem.code_bytes(forest), problem.fits(forest)
    return Candidate(forest, done, recipe, size, does_fit, on_all, apart, tuple(parts))


def _apart(problem: Problem, made_without: Callable[[int], Forest]) -> Sequence[Part]:
    """For each fold its rows, what is before there, and what is after."""
    sample = problem.sample
    return [
        (np.flatnonzero(sample.folds == fold), sample.stand_in(fold, problem.forest), made_without(fold))
        for fold in range(sample.fold_count)
    ]


def _figures(problem: Problem, before: Floats, parts: Sequence[Part]) -> Figures:
    """Before and after over rows of which each part has its own two forests."""
    after = np.empty(len(before))
    for rows, _, new in parts:
        after[rows] = margins(new, problem.sample.views, rows)[:, 0]
    return Figures(_quality(problem, before), _quality(problem, after), None)


def _compared(problem: Problem, candidate: Candidate) -> Candidate:
    """The candidate with the shares of changed decisions, where there are requests to decide."""
    changes = problem.changes
    if changes is None or candidate.given.changed is not None:
        return candidate
    every = np.arange(len(problem.sample.labels))
    given = replace(candidate.given, changed=changes(problem.forest, candidate.forest, every))
    if candidate.recipe is None:
        return replace(candidate, given=given, held_out=given)
    first, *rest = (changes(old, new, rows) for rows, old, new in candidate.parts)
    return replace(candidate, given=given, held_out=replace(candidate.held_out, changed=sum(rest, first)))


def _quality(problem: Problem, scores: Floats) -> Quality:
    return quality(problem.sample.labels, scores, problem.meaning.outputs(scores))


def _best(problem: Problem, found: list[Candidate]) -> Candidate:
    """The best of those that fit. Decisions are compared where that can tell: of the candidates of the same loss, and
    of all while none of the better ones is within the limits. They take their new figures in `found`."""
    order = sorted(
        (place for place, one in enumerate(found) if one.does_fit), key=lambda place: _key(problem, found[place])
    )
    best: Candidate | None = None
    for place in order:
        if best is not None and best.is_within(problem.limits) and _loss(problem, found[place]) > _loss(problem, best):
            break
        found[place] = _compared(problem, found[place])
        if best is None or _key(problem, found[place]) < _key(problem, best):
            best = found[place]
    assert best is not None, "something fits"
    return best


def _key(problem: Problem, candidate: Candidate) -> tuple[float, float, float, float, int]:
    after, limits = candidate.held_out.after.log_loss or 0.0, problem.limits
    return candidate.excess(limits), _loss(problem, candidate), candidate.changed(limits), after, candidate.code_bytes


def _loss(problem: Problem, candidate: Candidate) -> float:
    return max(0.0, round(candidate.auc_loss(problem.limits) / _NEGLIGIBLE) * _NEGLIGIBLE)
