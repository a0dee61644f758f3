"""The conformance data is well formed, complete by operator, and agrees with an implementation of its own."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from decision_engine.operators import OPERATORS
from tests.conformance.bucketing import vectors

FOLDER = Path(__file__).parent
FILES = sorted(path for folder in ("operators", "values", "decisions") for path in (FOLDER / folder).glob("*.json"))
OTHER_CONDITIONS = {"all", "any", "not", "cohort", "share", "schedule", "if_missing"}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="ascii"))


def groups(path: Path) -> Iterator[dict[str, Any]]:
    yield from read(path)["groups"]


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES])
def test_a_case_file_keeps_to_its_schema(path: Path) -> None:
    jsonschema.Draft202012Validator(read(FOLDER / "schema.json")).validate(read(path))
    descriptions = [group["description"] for group in groups(path)]
    assert len(set(descriptions)) == len(descriptions)
    for group in groups(path):
        names = [case["name"] for case in group["cases"]]
        assert len(set(names)) == len(names), group["description"]
        assert all(case["expect"].keys() <= group["registry"]["decisions"].keys() for case in group["cases"])


def test_every_operator_has_a_file() -> None:
    assert {path.stem for path in (FOLDER / "operators").glob("*.json")} == set(OPERATORS) | OTHER_CONDITIONS


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_an_operator_has_cases_for_each_of_its_types(name: str) -> None:
    found: dict[str, set[tuple[str, str]]] = {}
    for group in groups(FOLDER / "operators" / f"{name}.json"):
        values = {(case["expect"]["d"], case["expect"]["not_d"]) for case in group["cases"]}
        found.setdefault(group["registry"]["features"]["v"]["type"], set()).update(values)
    known = {("yes", "no"), ("no", "yes")}
    for kind in OPERATORS[name].signature.types:
        assert found[kind] == (known if name == "is_missing" else known | {("no", "no")}), kind


def test_the_vectors_of_bucketing_are_unchanged() -> None:
    assert read(vectors.VECTORS) == vectors.vectors()
    assert len(read(vectors.VECTORS)["buckets"]) == 200


def test_the_hash_has_its_published_values() -> None:
    published = read(FOLDER / "hosts" / "murmur.json")
    for row in published["texts"]:
        assert vectors.murmur3(row["text"].encode(), row["seed"]) == row["hash"]
    for row in published["bytes"]:
        assert vectors.murmur3(bytes.fromhex(row["hex"]), row["seed"]) == row["hash"]
    hashes = [vectors.murmur3(bytes(range(length)), 256 - length) for length in range(256)]
    assert vectors.murmur3(struct.pack("<256I", *hashes), 0) == published["smhasher"]["verification"]
