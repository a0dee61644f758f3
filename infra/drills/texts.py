"""Drills of texts: patterns that make backtracking engines run for ages, and ids that look alike."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

from decision_engine.compact_json import compact
from decision_engine.hosts.python.murmur import halves
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.patterns import PatternError, compile_pattern
from feature_registry import Registry, load
from infra.drills import corpora
from infra.drills.drill import Phase, Trial
from infra.drills.place import Place, open_place
from infra.drills.requests import DECIDE, as_python, at, document_query, get, post
from infra.engines import ENGINES, open_engine

COMPILE_SECONDS = 2.0
"""The longest that compiling, or refusing, one pattern may take."""


@contextmanager
def patterns_place(_: Place) -> Iterator[Place]:
    """A worker whose registry has a cohort for each bad pattern that compiles."""
    with open_place(_patterns_registry()) as place:
        yield place


def patterns(place: Place) -> Iterator[Phase]:
    """The text of each pattern, by the query and by the body: all patterns run on all of them."""
    trials = []
    for bad in corpora.bad_patterns():
        target = f"{DECIDE}?t={quote(bad.text, safe='')}"
        trials.append(Trial(get(target), as_python(place, "GET", target)))
        body = compact({"query": {"t": bad.text * 10}}).encode()
        trials.append(Trial(post(body), as_python(place, "POST", DECIDE, body=body)))
    yield Phase("known-bad patterns", trials)


def patterns_compile(_: Place) -> Iterable[str]:
    """Each of the 200 patterns becomes an automaton or is refused, soon."""
    for bad in corpora.bad_patterns():
        started = time.perf_counter()
        _compiles(bad.pattern)
        taken = time.perf_counter() - started
        if taken > COMPILE_SECONDS:
            yield f"pattern `{bad.pattern}` took {taken:.1f} s to compile"


def identifiers(place: Place) -> Iterator[Phase]:
    """500 pairs of ids as the document's unit and, percent-encoded, as the cookie: each decided as the Python host
    does, which takes them byte for byte."""
    assert place.unit is not None, "`needs_unit` has asked"
    trials = []
    for pair in corpora.identifier_pairs():
        for text in pair:
            target = document_query({"units": {place.unit: text}})
            trials.append(Trial(get(target, at(place.free)), as_python(place, "GET", target, geo=place.free)))
            if place.cookie is not None:
                lines = [(b"cookie", f"{place.cookie}={quote(text, safe='')}".encode())]
                trials.append(
                    Trial(get(lines=at(place.free, lines)), as_python(place, "GET", DECIDE, lines, geo=place.free))
                )
    yield Phase("pairs of ids", trials)


def identifiers_agree(place: Place) -> Iterable[str]:
    """Both ids of a pair hash apart, and the reference, Python, JavaScript and wasm decide each of them alike."""
    assert place.unit is not None, "`needs_unit` has asked"
    pairs = list(corpora.identifier_pairs())
    for one, other in pairs:
        if halves(one.encode()) == halves(other.encode()):
            yield f"{one!r} and {other!r} have the same hash"
    now = time.time_ns() // 1_000_000
    batch: list[tuple[dict[str, object], int]] = [
        ({"units": {place.unit: text}}, now) for pair in pairs for text in pair
    ]
    answers, models = {}, load_models(place.registry)
    for name in ENGINES:
        with open_engine(name, place.registry, models) as engine:
            answers[name] = engine.answers(batch)
    for index, (request, _) in enumerate(batch):
        if len({answers[name][index] for name in ENGINES}) > 1:
            yield f"engines decide {request!r} differently"


def needs_unit(place: Place) -> str | None:
    """Why ids cannot be drilled: nothing is bucketed."""
    return None if place.unit is not None else "the registry buckets no unit"


@cache
def _compiles(pattern: str) -> bool:
    try:
        compile_pattern(pattern)
    except PatternError:
        return False
    return True


@cache
def _patterns_registry() -> Registry:
    accepted = [bad.pattern for bad in corpora.bad_patterns() if _compiles(bad.pattern)]
    names = {f"bad_{number}": pattern for number, pattern in enumerate(dict.fromkeys(accepted))}
    described = {"description": "A pattern that backtracking engines fear.", "owner": "drills"}
    document = {
        "features": {"t": {**described, "type": "text", "from": "query.t"}},
        "cohorts": {name: {**described, "feature": "t", "matches": pattern} for name, pattern in names.items()},
        "payloads": {name: {**described, "value": name} for name in ("yes", "no")},
        "decisions": {
            f"is_{name}": {**described, "rules": [{"if": {"cohort": name}, "show": "yes"}], "otherwise": "no"}
            for name in names
        },
    }
    with tempfile.TemporaryDirectory(prefix="edgewise-drill-") as folder:
        path = Path(folder, "registry.json")
        path.write_text(json.dumps(document), encoding="utf-8")
        return load(path, SIGNATURES)
