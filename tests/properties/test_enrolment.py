"""Units stay where they are: raising traffic or a share moves nobody, and a layer's experiments never share a unit."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.cases import Json
from tests.properties.engines import Engines
from tests.properties.pools import NOW

UNITS = [f"{kind}{number}" for kind in ("visitor-", "", "anna+") for number in range(60)] + ["", None]
FRACTIONS = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.5, 1e-9, 0.9999999999])
WEIGHTS = st.lists(st.integers(0, 100) | st.sampled_from([0.1, 33.3]), min_size=2, max_size=5).filter(any)
SALTS = st.none() | st.text("abc\u00e9", min_size=1, max_size=4)


def registry_of(experiments: Json, layers: Json | None = None) -> Json:
    """A decision for each experiment, which tells the variation of those enrolled."""
    decisions = {
        name: {
            "rules": [{"experiment": name, "show": dict.fromkeys(experiment["variations"], "in")}],
            "otherwise": "out",
        }
        for name, experiment in experiments.items()
    }
    return {
        "layers": layers or {},
        "experiments": experiments,
        "decisions": decisions,
        "payloads": {"in": {"value": 1}, "out": {"value": 0}},
    }


def variations(engines: Engines, registry: Json) -> list[dict[str, Any]]:
    """The variation of each experiment for each unit; None for those that are not enrolled."""
    batch = [({"units": {"visitor_id": unit}}, NOW) for unit in UNITS]
    found = engines.answers(registry, batch, passes=True)
    assert found["python"] == found["wasm"]
    answers = [json.loads(text)["decisions"] for text in found["wasm"]]
    return [{name: decision["variation"] for name, decision in answer.items()} for answer in answers]


def experiment(weights: list[float], salt: str | None, **members: Json) -> Json:
    found = {"unit": "visitor_id", "variations": {f"v{i}": weight for i, weight in enumerate(weights)}, **members}
    return found if salt is None else {**found, "salt": salt}


@settings(max_examples=30)
@given(FRACTIONS, FRACTIONS, WEIGHTS, SALTS)
def test_raising_traffic_moves_no_unit(
    python_engines: Engines, one: float, other: float, weights: list[float], salt: str | None
) -> None:
    low, high = sorted((one, other))
    registry = registry_of({"e": experiment(weights, salt, traffic=low)})
    before = variations(python_engines, registry)
    registry["experiments"]["e"]["traffic"] = high
    after = variations(python_engines, registry)
    for unit, was, now in zip(UNITS, before, after, strict=True):
        assert was["e"] in (None, now["e"]), unit


@settings(max_examples=30)
@given(FRACTIONS, FRACTIONS, SALTS)
def test_raising_a_share_puts_no_unit_out(python_engines: Engines, one: float, other: float, salt: str | None) -> None:
    low, high = sorted((one, other))
    salted = {} if salt is None else {"salt": salt}
    shares = {name: {"share": share, "of": "visitor_id", **salted} for name, share in (("low", low), ("high", high))}
    registry = registry_of({})
    registry["cohorts"] = {"c": shares["low"]}
    registry["decisions"] = {"d": {"rules": [{"if": {"cohort": "c"}, "show": "in"}], "otherwise": "out"}}
    found = []
    for share in shares.values():
        registry["cohorts"]["c"] = share
        batch = [({"units": {"visitor_id": unit}}, NOW) for unit in UNITS]
        texts = python_engines.answers(registry, batch, passes=True)["wasm"]
        found.append([json.loads(text)["decisions"]["d"]["outcome"] == "in" for text in texts])
    assert all(not was or now for was, now in zip(*found, strict=True))


@settings(max_examples=40)
@given(
    st.data(),
    st.lists(FRACTIONS.filter(lambda cut: 0 < cut < 1), min_size=1, max_size=4, unique=True),
    FRACTIONS,
    SALTS,
)
def test_a_unit_is_in_one_experiment_of_a_layer_at_most(
    python_engines: Engines, data: st.DataObject, cuts: list[float], holdout: float, salt: str | None
) -> None:
    edges = [0, *sorted(cuts), 1]
    experiments = {
        f"e{number}": experiment(data.draw(WEIGHTS), data.draw(SALTS), layer="home", share=list(share))
        for number, share in enumerate(zip(edges, edges[1:], strict=False))
    }
    layer = {"unit": "visitor_id", "holdout": holdout}
    registry = registry_of(experiments, {"home": layer if salt is None else {**layer, "salt": salt}})
    for unit, found in zip(UNITS, variations(python_engines, registry), strict=True):
        enrolled = [name for name, variation in found.items() if variation is not None]
        assert len(enrolled) <= 1, (unit, enrolled)
        # Shares that cover the layer leave out the holdout alone, and units that are missing.
        assert enrolled or not unit or holdout > 0, unit
