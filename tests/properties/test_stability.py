"""What must not change an outcome or a byte: other objects, the division into files, the order of keys, the process."""

import copy
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decision_engine.ir import encode_program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import Registry, load
from infra.targets import TARGETS
from tests.conformance.cases import Json
from tests.conformance.programs import copy_models
from tests.conftest import ROOT
from tests.properties.engines import Engines
from tests.properties.registries import registries
from tests.properties.requests import requests, times

SEEDS = st.integers(0, 2**32)
KEPT_ORDER = ("variations", "value")
"""Documents' members whose keys stand in an order that matters."""

EMIT = """
import hashlib, sys
from pathlib import Path
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from feature_registry import load
from infra.errors import InfraError
from infra.targets import TARGETS, assemble, program_for
for path in sys.argv[1:]:
    registry = load(Path(path), SIGNATURES)
    for target in TARGETS:
        try:
            files = assemble(target, program_for(target, registry, load_models(registry))).files
        except InfraError as refused:
            print(target, *(each.message for each in refused.diagnostics))
            continue
        print(target, *(f"{name}:{hashlib.sha256(content).hexdigest()}" for name, content in sorted(files.items())))
"""

UNRELATED: Json = {
    "features": {"unrelated": {"type": "category", "from": "session.unrelated", "values": ["x", "y"]}},
    "cohorts": {"unrelated": {"any": [{"feature": "unrelated", "is": "x"}, {"feature": "f_category", "is_not": "DE"}]}},
    "layers": {"unrelated": {"unit": "visitor_id", "holdout": 0.5}},
    "experiments": {"unrelated": {"unit": "visitor_id", "layer": "unrelated", "variations": {"a": 1, "b": 2}}},
    "models": {
        "unrelated": {
            "format": "lightgbm",
            "file": "models/binary.txt",
            "inputs": {"x": "f_number", "y": "f_bool", "c": {"feature": "f_text", "categories": ["b", "a"]}},
        }
    },
    "payloads": {"unrelated": {"value": 7, "group": "unrelated"}},
    "decisions": {
        "unrelated": {
            "rules": [
                {"if": {"cohort": "unrelated"}, "show": "unrelated"},
                {
                    "if": {"feature": "f_text", "in": ["a", "zz"]},
                    "experiment": "unrelated",
                    "show": {"a": "p0", "b": "unrelated"},
                },
                {
                    "if": {"model": "unrelated", "at_least": 0.5},
                    "rank": "unrelated",
                    "by": {"model": "unrelated"},
                    "top": 1,
                },
            ],
            "otherwise": "p0",
        }
    },
}


@pytest.mark.timeout(900)  # a counter-example takes minutes to shrink
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), registries(), SEEDS)
def test_an_unrelated_object_changes_no_outcome(
    python_engines: Engines, data: st.DataObject, registry: Json, seed: int
) -> None:
    batch = [(data.draw(requests(registry)), data.draw(times())) for _ in range(6)]
    before = python_engines.answers(registry, batch, passes=True)
    after = python_engines.answers(with_unrelated(registry, Random(seed)), batch, passes=True)
    for engine in before:
        for text, other, (request, _) in zip(before[engine], after[engine], batch, strict=True):
            was, now = json.loads(text)["decisions"], json.loads(other)["decisions"]
            now.pop("unrelated", None)
            assert now == was, f"{engine}: {json.dumps(request)}"


@pytest.mark.timeout(900)  # the same
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(registries(), SEEDS)
def test_files_and_the_order_of_keys_change_no_program(registry: Json, seed: int) -> None:
    whole, split = loaded({"registry.json": registry}), loaded(divided(registry, Random(seed)))
    assert split.digest == whole.digest
    assert encode_program(compile_program(split)) == encode_program(compile_program(whole))


def test_every_process_emits_the_same_bytes(tmp_path: Path) -> None:
    paths = [ROOT / "examples" / "online_shop" / "registry"]
    for number, registry in enumerate(fixed_registries()):
        (tmp_path / str(number)).mkdir()
        copy_models(tmp_path / str(number))
        path = tmp_path / str(number) / "registry.json"
        path.write_text(json.dumps(registry), encoding="utf-8")
        paths.append(path)
    found = {seed: emitted(paths, seed) for seed in ("0", "1", "2026")}
    assert len(found["0"].splitlines()) == len(paths) * len(TARGETS)
    assert found["0"] == found["1"] == found["2026"]


def with_unrelated(registry: Json, random: Random) -> Json:
    """The registry with objects that its decisions do not use, each at any place among its kind."""
    found = copy.deepcopy(registry)
    for kind, objects in UNRELATED.items():
        items = list(found[kind].items())
        for name, document in objects.items():
            items.insert(random.randint(0, len(items)), (name, document))
        found[kind] = dict(items)
    return found


def divided(registry: Json, random: Random) -> dict[str, Json]:
    """The same objects in several files, each kind still in its order, and the keys of documents in any order."""
    files: dict[str, Json] = {"a.json": {}, "b/a.json": {}, "b/c.json": {}}
    for kind, objects in registry.items():
        cuts = sorted(random.randint(0, len(objects)) for _ in range(2))
        for number, (name, document) in enumerate(objects.items()):
            file = sorted(files)[sum(cut <= number for cut in cuts)]
            files[file].setdefault(kind, {})[name] = shuffled(document, random)
    return files


def shuffled(value: Json, random: Random, key: str = "") -> Json:
    if isinstance(value, list):
        return [shuffled(item, random) for item in value]
    if not isinstance(value, dict) or key in KEPT_ORDER:
        return value
    items = list(value.items())
    random.shuffle(items)
    return {name: shuffled(item, random, name) for name, item in items}


def loaded(files: dict[str, Json]) -> Registry:
    """The registry of a folder with these files."""
    with tempfile.TemporaryDirectory(prefix="edgewise-files-") as folder:
        copy_models(Path(folder))
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content), encoding="utf-8")
        return load(Path(folder), SIGNATURES)


def emitted(paths: list[Path], seed: str) -> str:
    """What a new process emits for registries, as digests."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", EMIT, *map(str, paths)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def fixed_registries() -> list[Json]:
    """The registries of a few conformance files."""
    from tests.conformance.cases import groups

    return [
        group.registry
        for group in groups()
        if group.file in ("decisions/rules.json", "operators/in.json", "operators/matches.json")
    ]
