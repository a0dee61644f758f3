"""All engines give the reference's answers, byte by byte, and refuse the same requests."""

import json
import random
from pathlib import Path

import pytest

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from feature_registry import Registry, load
from infra.engines import ENGINES, Request, open_engine
from infra.errors import EngineError, RefusedRequestError

SHOP = Path(__file__).parent / "shop.json"
NOON = 1763719200000
NEEDS_NODE = [
    pytest.param(name, marks=pytest.mark.node) if name == "javascript" else name
    for name in ENGINES
    if name != "reference"
]


@pytest.fixture(scope="module")
def shop() -> Registry:
    return load(SHOP, SIGNATURES)


def random_requests(count: int) -> list[tuple[Request, int]]:
    chance = random.Random(7)
    batch: list[tuple[Request, int]] = []
    for number in range(count):
        request: Request = {
            "units": {"visitor_id": chance.choice([f"v{number}", "Zoë", "", 5])},
            "geo": {"country": chance.choice(["DE", "CH", "FR", None, 7])},
            "session": {
                "views": chance.choice([0, -0.0, 3, 7.5, 2000, "x"]),
                "path": chance.choice(["/sport/ü", "/", None]),
            },
            "device": {"mobile": chance.choice([True, False, None])},
            "profile": {
                "interests": chance.choice([["ski"], ["bike", "ski"], [], "ski"]),
                "last_order": chance.choice([0, NOON]),
            },
            "headers": {"x-app": chance.choice(["2.1.0", "2.1.0-rc.1", "10.0.0", "two"])},
            "timestamps": {"session": NOON - chance.choice([0, 10**7])},
        }
        if chance.random() < 0.2:
            request["consent"] = {"denied": ["personalisation"]}
        if chance.random() < 0.3:
            request["decisions"] = chance.choice([["offers"], ["coupon", "hero", "hero"], []])
        batch.append((request, NOON + chance.randrange(10**9)))
    return batch


@pytest.mark.parametrize("passes", [True, False])
@pytest.mark.parametrize("name", NEEDS_NODE)
def test_every_engine_gives_the_answers_of_the_reference(shop: Registry, name: str, passes: bool) -> None:
    batch = random_requests(400)
    with open_engine("reference", shop, {}) as reference, open_engine(name, shop, {}, passes=passes) as engine:
        assert engine.name == name
        assert engine.answers(batch) == reference.answers(batch)
        assert engine.answers([]) == []
        assert engine.answers(batch[:3]) == reference.answers(batch[:3])


def test_the_requests_reach_every_outcome(shop: Registry) -> None:
    with open_engine("reference", shop, {}) as reference:
        answers = [json.loads(text) for text in reference.answers(random_requests(400))]
    reached = {decided["outcome"] for answer in answers for decided in answer["decisions"].values()}
    assert reached >= set(shop.payloads) - {"offer_tent"}


@pytest.mark.parametrize("name", ["reference", *NEEDS_NODE])
@pytest.mark.parametrize(
    ("decisions", "code", "help_line"),
    [
        (["hero", "cupon"], "unknown-decision", "did you mean `coupon`?"),
        (["nothing like it"], "unknown-decision", "the decisions are `coupon`, `hero`, `offers`"),
        ("hero", "bad-decisions", None),
        (None, "bad-decisions", None),
        ([1], "bad-decisions", None),
    ],
)
def test_every_engine_refuses_the_same_requests(
    shop: Registry, name: str, decisions: object, code: str, help_line: str | None
) -> None:
    with open_engine(name, shop, {}) as engine, pytest.raises(RefusedRequestError) as refused:
        engine.answers([({}, NOON), ({"decisions": decisions}, NOON)])
    assert (refused.value.index, refused.value.code, refused.value.help) == (1, code, help_line)


def test_without_node_the_javascript_engine_says_so(shop: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineError, match="no-node") as refused:
        open_engine("javascript", shop, {})
    assert refused.value.diagnostics[0].help is not None


@pytest.mark.node
def test_an_ended_process_is_an_error_and_no_hang(
    shop: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runner = tmp_path / "runner.mjs"
    runner.write_text('throw new TypeError("no such luck");\n', encoding="utf-8")
    monkeypatch.setattr("infra.engines.javascript.FOLDER", tmp_path)
    with open_engine("javascript", shop, {}) as engine, pytest.raises(EngineError, match="TypeError: no such luck"):
        engine.answers(random_requests(2000))


def test_models_of_the_example_are_decided_alike() -> None:
    registry = load(Path(__file__).parents[2] / "examples" / "online_shop" / "registry", SIGNATURES)
    models = load_models(registry)
    batch: list[tuple[Request, int]] = [
        (
            {
                "units": {"visitor_id": f"v{n}"},
                "geo": {"country": "DE"},
                "session": {"product_pages": n, "exit_rate": n / 90},
            },
            NOON,
        )
        for n in range(60)
    ]
    with open_engine("reference", registry, models) as reference:
        expected = reference.answers(batch)
    for name in ("python", "wasm"):
        with open_engine(name, registry, models) as engine:
            assert engine.answers(batch) == expected
