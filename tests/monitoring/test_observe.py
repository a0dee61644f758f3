"""Sessions as a tally: statuses and ages as the reference serves them, scores as the model gives them, in batches."""

import json
import tracemalloc
from itertools import islice
from pathlib import Path

import pytest

from decision_engine.hosts.python.values import Status
from decision_engine.models import load_models, output_value
from decision_engine.monitoring import Cell, Tally, age_bin, number_bin
from decision_engine.operators import SIGNATURES
from decision_engine.reference import Reference
from decision_engine.reference.features import FeatureReader
from decision_engine.trees import raw_scores
from feature_registry import load
from infra.monitoring import (
    Observer,
    Places,
    baseline_path,
    digest_of_model,
    make_baseline,
    read_baseline,
    write_baseline,
)
from infra.replay import load_map, requests_from
from tests.cli.running import EXAMPLE

NOW = 1_763_719_200_000
REGISTRY = {
    "features": {
        "views": {"type": "number", "from": "session.views", "default": 0, "max_age": "30m"},
        "tier": {"type": "category", "from": "profile.tier", "purposes": ["ads"]},
        "seen": {"type": "timestamp", "from": "profile.seen"},
        "likes": {"type": "tags", "from": "profile.likes"},
        "app": {"type": "version", "from": "device.app"},
        "new": {"type": "bool", "from": "session.new"},
        "twice": {"type": "number", "derive": {"multiply": [{"feature": "views"}, 2]}},
    },
    "cohorts": {"gold": {"feature": "tier", "is": "gold"}},
    "payloads": {"p": {"value": 1}},
    "decisions": {"d": {"rules": [{"if": {"cohort": "gold"}, "show": "p"}], "otherwise": "p"}},
}


def observed(tmp_path: Path, sessions: list[dict[str, object]], places: Places = Places()) -> Tally:  # noqa: B008  # an immutable value
    (tmp_path / "registry.json").write_text(json.dumps(REGISTRY), encoding="utf-8")
    registry = load(tmp_path / "registry.json", SIGNATURES)
    tally = Tally()
    Observer(registry, load_models(registry), places).add(
        tally, ((one, None) for one in sessions), NOW, lambda rows: None
    )
    return tally


def test_each_status_is_counted_with_its_age(tmp_path: Path) -> None:
    minute = 60_000
    tally = observed(
        tmp_path,
        [
            {"session": {"views": 3}, "timestamps": {"session": NOW - minute}},
            {"session": {"views": 3}, "timestamps": {"session": NOW - 31 * minute}},
            {"session": {"views": "many"}, "profile": {"tier": "gold"}, "consent": {"denied": ["ads"]}},
            {
                "session": {"views": 7},
                "profile": {"tier": "secret"},
                "geo": {"country": "DE"},
                "device": {"mobile": False},
            },
        ],
    )
    assert tally.sessions == {Cell("(unknown)", "(unknown)"): 3, Cell("DE", "not mobile"): 1}
    views = tally.served["views", Cell("(unknown)", "(unknown)")]
    assert views.counts == {Status.PRESENT: 1, Status.STALE: 1, Status.DEFAULT: 1}
    assert (views.beyond, views.ages) == (1, {age_bin(minute): 1, age_bin(31 * minute): 1})
    tier = tally.served["tier", Cell("(unknown)", "(unknown)")]
    assert tier.counts == {Status.MISSING: 2, Status.DENIED: 1}
    values = {subject.name: (found.scale, found.bins, found.absent) for (subject, _), found in tally.values.items()}
    assert values["views"] == ("number", {str(number_bin(3)): 1, str(number_bin(7)): 1}, 2)
    assert values["twice"][1][str(number_bin(6))] == 1  # a derived feature, as old as its sources
    assert tally.served["twice", Cell("(unknown)", "(unknown)")].ages == views.ages
    assert values["tier"] == ("category", {"(other)": 1}, 3)  # a text that the registry does not name is not kept


def test_each_type_has_bins_of_its_own(tmp_path: Path) -> None:
    profile = {"tier": "gold", "seen": NOW - 5_000, "likes": ["a", "b", "a"]}
    tally = observed(tmp_path, [{"profile": profile, "device": {"app": "1.2.3"}, "session": {"new": True}}])
    bins = {subject.name: dict(found.bins) for (subject, _), found in tally.values.items() if found.bins}
    assert bins == {
        "tier": {"gold": 1},
        "seen": {str(number_bin(5)): 1},
        "likes": {str(number_bin(2)): 1},
        "app": {"(other)": 1},
        "new": {"true": 1},
    }


def test_region_and_device_are_labels_or_unknown(tmp_path: Path) -> None:
    places = Places(("profile", "tier"), ("session", "new"))
    sessions = [
        {"profile": {"tier": "gold"}, "session": {"new": True}},
        {"profile": {"tier": "x" * 65}, "session": {"new": 1}},
        {"profile": {"tier": "a\nb"}, "session": []},
    ]
    assert observed(tmp_path, sessions, places).sessions == {
        Cell("gold", "new"): 1,
        Cell("(unknown)", "(unknown)"): 2,
    }


@pytest.fixture(scope="module")
def example() -> tuple[Tally, list[tuple[dict[str, object], int | None]]]:
    registry = load(EXAMPLE / "registry", SIGNATURES)
    table = EXAMPLE / "data" / "online_shoppers_intention.csv"
    sessions = list(islice(requests_from(table, load_map(EXAMPLE / "map.json")), 700))
    tally = Tally()
    batches: list[int] = []
    Observer(registry, load_models(registry), Places()).add(tally, iter(sessions), NOW, batches.append)
    assert batches == [512, 188]
    return tally, sessions


def test_scores_are_those_of_the_model(example: tuple[Tally, list[tuple[dict[str, object], int | None]]]) -> None:
    tally, sessions = example
    registry = load(EXAMPLE / "registry", SIGNATURES)
    models = load_models(registry)
    model = models["purchase_intent"]
    expected: dict[str, int] = {}
    evaluator = Reference(registry, models)
    for request, at in sessions[:60]:
        served = evaluator.evaluate(request, at or 0, ()).features
        row = []
        for source in model.inputs:
            value = served[source.feature].value  # type: ignore[union-attr]  # this model reads features only
            levels = source.categories
            row.append(float("nan") if value is None else levels.index(value) if levels else float(value))  # type: ignore[arg-type]  # as the line above
        place = str(number_bin(output_value(model, raw_scores(model.forest, row)[0])))
        expected[place] = expected.get(place, 0) + 1
    few = Tally()
    Observer(registry, models, Places()).add(few, iter(sessions[:60]), NOW, lambda rows: None)
    digest = digest_of_model(registry, "purchase_intent")
    assert few.scores_of("purchase_intent", digest, "number").bins == expected
    assert tally.scores_of("purchase_intent", digest, "number").present == 700


def test_ages_and_statuses_are_those_of_the_reader(
    example: tuple[Tally, list[tuple[dict[str, object], int | None]]],
) -> None:
    from decision_engine.lowering.features import feature_spec

    tally, sessions = example
    registry = load(EXAMPLE / "registry", SIGNATURES)
    reader = FeatureReader(feature_spec("loyalty", registry.features["loyalty"]))
    statuses: dict[Status, int] = {}
    for request, at in sessions:
        status = reader.serve(request, at or 0).status
        statuses[status] = statuses.get(status, 0) + 1
    counted: dict[Status, int] = {}
    for (name, _), served in tally.served.items():
        if name == "loyalty":
            for status, count in served.counts.items():
                counted[status] = counted.get(status, 0) + count
    assert counted == statuses


def test_a_baseline_is_written_and_read(
    example: tuple[Tally, list[tuple[dict[str, object], int | None]]], tmp_path: Path
) -> None:
    registry = load(EXAMPLE / "registry", SIGNATURES)
    table = EXAMPLE / "data" / "online_shoppers_intention.csv"
    models = load_models(registry)
    made = make_baseline(registry, "purchase_intent", models["purchase_intent"], example[0], table)
    write_baseline(made, tmp_path / "b.json")
    first = (tmp_path / "b.json").read_bytes()
    assert read_baseline(tmp_path / "b.json") == made
    write_baseline(made, tmp_path / "b.json")
    assert (tmp_path / "b.json").read_bytes() == first
    assert made.data.digest == registry.models["purchase_intent"].training.data_digest
    assert len(made.features) == len(models["purchase_intent"].inputs)
    assert all(sum(one.bins.values()) + one.absent == 700 for one in made.features.values())


def test_the_baseline_of_the_example_is_that_of_its_model_and_its_sessions() -> None:
    registry = load(EXAMPLE / "registry", SIGNATURES)
    found = read_baseline(baseline_path(registry, "purchase_intent"))
    training = registry.models["purchase_intent"].training
    assert found.model_digest == digest_of_model(registry, "purchase_intent")
    assert (found.data.digest, found.data.sessions) == (training.data_digest, training.rows)


def test_memory_does_not_grow_with_the_sessions(tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text(json.dumps(REGISTRY), encoding="utf-8")
    registry = load(tmp_path / "registry.json", SIGNATURES)

    def peak(count: int) -> int:
        sessions = (
            ({"session": {"views": n % 90}, "profile": {"tier": f"t{n}"}, "geo": {"country": f"c{n % 40}"}}, None)
            for n in range(count)
        )
        tracemalloc.start()
        Observer(registry, {}, Places()).add(Tally(), sessions, NOW, lambda rows: None)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(600)
    assert peak(6_000) < 1.3 * peak(1_500)
