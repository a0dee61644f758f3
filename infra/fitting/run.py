"""A fit from end to end: data and model in; the artefact with the smaller model out, and the report on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from decision_engine.artefact import Artefact
from decision_engine.budget import deployed_size
from decision_engine.budget.fit import (
    BITS,
    Candidate,
    Limits,
    Meaning,
    Outcome,
    Problem,
    Sample,
    TrainerMissingError,
    Views,
    distilled,
    quantise_leaves,
    retrain,
    search,
    truncated,
)
from decision_engine.budget.fit.metrics import Labels
from decision_engine.budget.fit.scoring import Floats, Places
from decision_engine.ir import Program
from decision_engine.models import Model, Models, output_value
from decision_engine.trees import Forest
from feature_registry import Registry
from infra.budgets import keeps_budget, within_budget
from infra.fitting.decisions import DecisionChanges, with_forest
from infra.fitting.errors import FittingError
from infra.fitting.sessions import Sessions, read_sessions
from infra.replay import load_map
from infra.targets import assemble, program_for

FOLDS = 5
MAX_AUC_LOSS = 0.002
"""The loss of AUC that is accepted when nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `budget` limits the bytes of code beside the platform; `at` (ms UTC) is the time of all
    sessions, instead of the one that the map gives each."""

    target: str
    model: str | None
    data: Path | None
    label: str | None
    map_file: Path | None
    budget: int | None
    limits: Limits
    at: int | None


@dataclass(frozen=True, slots=True)
class Fitted:
    """The artefact, and the record of the fit that its manifest holds. `outcome` and `problem` are None where nothing
    had to be searched."""

    artefact: Artefact
    record: dict[str, Any]
    problem: Problem | None = None
    outcome: Outcome | None = None


def fit(registry: Registry, models: Models, request: Request, progress: Callable[[str], None]) -> Fitted:
    """Make one model smaller until the artefact keeps its budget.

    Raises FittingError when no trade is as good as asked for, or the data does not do; MapError and RequestFileError.
    """
    program = program_for(request.target, registry, models)
    name = _chosen(program, request.model)
    number = [forest.name for forest in program.forests].index(name)
    model = models[name]
    sizes = _Sizes(program, number, request)
    if sizes.fits(model.forest):
        return _finish(program, request, {"model": name, "done": ["nothing: it fits as it is"]})
    if request.data is None:
        return _without_data(program, request, sizes, model, number)
    problem, facts = _problem(registry, program, model, number, request, sizes)
    try:
        outcome = search(problem, progress)
    except TrainerMissingError:
        help_line = "install it with `pip install edgewise[train]`"
        raise FittingError("no-trainer", "expected LightGBM, which distils, found none", "", help_line) from None
    if outcome is None:
        message = f"the artefact does not fit with a model of one tree in the place of `{name}`"
        raise FittingError("no-trade", message, "", "what is too large is not the model: compile without `--fit`")
    best = outcome.best
    if not outcome.is_within:
        raise _no_trade(best, request.limits)
    record = {
        "model": name,
        **facts,
        **candidate_json(best, request.limits),
        "bytes_before": sizes.code_bytes(model.forest),
    }
    return _finish(with_forest(program, number, best.forest), request, record, problem, outcome)


def curve(problem: Problem, best: Candidate) -> list[Candidate]:
    """The same way of making the model smaller at other sizes, the smallest first: for the plot."""
    rounds = len(problem.forest.trees) // problem.forest.outputs
    found = [truncated(problem, count) for count in _steps(rounds)]
    if best.recipe is not None:
        trees = len(best.forest.trees)
        counts = sorted({max(1, trees * part // 4) for part in (1, 2, 3, 6, 8)} - {trees})
        found += [one for count in counts if (one := distilled(problem, best.recipe, count)) is not None]
    return found


def candidate_json(candidate: Candidate, limits: Limits) -> dict[str, Any]:
    """What was done, and what it gave; `auc_loss` is what counts by the limits."""
    return {
        "done": list(candidate.done),
        **candidate.shape,
        "bytes": candidate.code_bytes,
        "fits": candidate.does_fit,
        "auc_loss": candidate.auc_loss(limits),
        "given": candidate.given.to_json(),
        "held_out": candidate.held_out.to_json(),
    }


class _Sizes:
    """What the artefact weighs with a forest in the model's place; the last one asked for is remembered."""

    def __init__(self, program: Program, number: int, request: Request) -> None:
        self._program, self._number, self._request = program, number, request
        self._last: tuple[Forest, int, bool] | None = None

    def code_bytes(self, forest: Forest) -> int:
        """The bytes of the code."""
        return self._weigh(forest)[1]

    def fits(self, forest: Forest) -> bool:
        """Whether no limit is passed."""
        return self._weigh(forest)[2]

    def _weigh(self, forest: Forest) -> tuple[Forest, int, bool]:
        if self._last is None or self._last[0] is not forest:
            program = with_forest(self._program, self._number, forest)
            artefact = assemble(self._request.target, program)
            does_fit = keeps_budget(artefact, program, self._request.budget)
            self._last = forest, deployed_size(artefact).raw, does_fit
        return self._last


def _steps(rounds: int) -> list[int]:
    return sorted({max(1, rounds * part // 4) for part in (1, 2, 3, 4)})


def _chosen(program: Program, name: str | None) -> str:
    names = [forest.name for forest in program.forests]
    listed = ", ".join(f"`{one}`" for one in names) or "none"
    if name is None and len(names) == 1:
        return names[0]
    if name is None:
        help_line = "name one with `--model`" if names else "`--fit` makes models smaller, nothing else"
        raise FittingError("nothing-to-fit", f"expected one model that decisions read, found {listed}", "", help_line)
    if name not in names:
        message = f"expected a model that decisions of this target read, found `{name}`"
        raise FittingError("nothing-to-fit", message, "", f"they read: {listed}")
    return name


def _problem(
    registry: Registry, program: Program, model: Model, number: int, request: Request, sizes: _Sizes
) -> tuple[Problem, dict[str, Any]]:
    assert request.data is not None
    assert request.label is not None, "the command asks for both"
    if model.forest.outputs != 1:
        message = f"expected a model of one score, found {model.forest.outputs} in `{model.name}`"
        raise FittingError("bad-fit", message, "", "models of several classes cannot be fitted by data")
    mapping = None if request.map_file is None else load_map(request.map_file)
    sessions = read_sessions(request.data, request.label, mapping, program, model, request.at)
    changes = None if sessions.vectors is None else DecisionChanges(program, number, sessions.vectors)
    if changes is None and request.limits.changed is not None:
        message = "expected `--map` beside `--max-changed`: without requests no decisions can be compared"
        raise FittingError("bad-fit", message)
    digest = f"sha256:{hashlib.sha256(request.data.read_bytes()).hexdigest()}"
    has_seen = registry.models[model.name].training.data_digest == digest
    folds = stratified(sessions.labels)
    stand_ins = _stand_ins(registry, model, sessions, folds) if has_seen else ()
    facts = {
        "data": {"digest": digest, "rows": len(sessions.labels), "label": request.label},
        "seen_before": has_seen,
        "before_held_out": "retrained without the rows" if stand_ins else "the model itself",
        "limits": asdict(request.limits),
    }
    sample = Sample(Views(sessions.rows), sessions.labels, folds, stand_ins)
    before = sample.before(model.forest)
    meaning = Meaning(model.link, model.sigmoid, model.divisor, _calibrated(model))
    return Problem(model.forest, before, meaning, sample, sizes.code_bytes, sizes.fits, changes, request.limits), facts


def _calibrated(model: Model) -> Callable[[float], float] | None:
    return None if model.calibration is None else partial(output_value, model)


def stratified(labels: Labels) -> Places:
    """A fold for each row, each with the same share of true labels; a fixed shuffle."""
    folds = np.empty(len(labels), dtype=np.int64)
    random = np.random.default_rng(0)
    for rows in (np.flatnonzero(labels), np.flatnonzero(~labels)):
        folds[random.permutation(rows)] = np.arange(len(rows)) % FOLDS
    return folds


def _stand_ins(registry: Registry, model: Model, sessions: Sessions, folds: Places) -> tuple[Forest, ...]:
    """For each fold the model trained anew without it, as its file says; none where that is not known."""
    if registry.models[model.name].format != "lightgbm":
        return ()
    file, found = registry.model_files[model.name], []
    rows: Floats = sessions.rows
    for fold in range(FOLDS):
        kept = folds != fold
        try:
            forest = retrain(model.forest, file, rows[kept], sessions.labels[kept])
        except TrainerMissingError:
            return ()
        if forest is None:
            return ()
        found.append(forest)
    return tuple(found)


def _without_data(program: Program, request: Request, sizes: _Sizes, model: Model, number: int) -> Fitted:
    """Leaves quantised, nothing else: what keeps every score within a bound, without a row to measure by."""
    for bits in BITS:
        quantised = quantise_leaves(model.forest, bits)
        if sizes.fits(quantised.forest):
            most = quantised.step / 2 * (len(model.forest.trees) / model.forest.outputs + 1)
            done = [f"leaves of {bits} bits"]
            record = {"model": model.name, "done": done, "data": None, "score_moves_at_most": most}
            return _finish(with_forest(program, number, quantised.forest), request, record)
    message = f"quantised leaves are not enough to make `{model.name}` fit"
    help_line = "give data with `--data FILE --label COLUMN`: it is distilled into a smaller one then"
    raise FittingError("no-trade", message, "", help_line)


def _finish(
    program: Program,
    request: Request,
    record: dict[str, Any],
    problem: Problem | None = None,
    outcome: Outcome | None = None,
) -> Fitted:
    def build(smaller: Program) -> Artefact:
        return assemble(request.target, smaller)

    made = within_budget(build(program), program, build, budget=request.budget, more={"fit": record})
    return Fitted(made, record, problem, outcome)


def _no_trade(best: Candidate, limits: Limits) -> FittingError:
    where = "" if limits.all_rows else " held out"
    asked = [] if limits.auc_loss is None else [f"an AUC loss of at most {limits.auc_loss:g}{where}"]
    asked += [] if limits.changed is None else [f"at most {limits.changed:.2%} of decisions changed"]
    found = f"{best.given.auc_loss:+.4f} on all rows and {best.held_out.auc_loss:+.4f} held out"
    changed = f", {best.changed(limits):.2%} of decisions changed" if best.given.changed is not None else ""
    message = f"expected {' and '.join(asked)}; the best trade that fits loses {found}{changed}: {'; '.join(best.done)}"
    return FittingError("no-trade", message, "", "accept more with `--max-auc-loss` or `--max-changed`, or save bytes")
