"""The readers of text: strict JSON, timestamps, versions, MurmurHash3, cookies."""

import json
import math
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.hosts.python import RequestError
from decision_engine.hosts.python.cookies import read_cookies
from decision_engine.hosts.python.murmur import SEED_A, SEED_B, halves, murmur3
from decision_engine.hosts.python.strict_json import _is_json, parse, parse_object
from decision_engine.hosts.python.timestamps import milliseconds
from decision_engine.hosts.python.versions import precedence, rank
from tests.hosts.python.shared import joined, load

VERSIONS = load("versions.json")


def named(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


@named(load("strict_json.json"))
def test_strict_json(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["input_hex"]) if "input_hex" in case else None
    if data is None:
        data = joined(case["input"] if "input" in case else case["pieces"]).encode()
    if "code" in case:
        with pytest.raises(RequestError) as refused:
            parse_object(data)
        assert refused.value.code == case["code"]
        return
    value = parse_object(data)
    if "value" in case:
        assert repr(floats(value)) == repr(floats(case["value"]))


def floats(value: Any) -> Any:
    """With every number a float, so that `repr` shows the sign of zero."""
    if isinstance(value, dict):
        return {key: floats(member) for key, member in value.items()}
    if isinstance(value, list):
        return [floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@given(st.text(alphabet='[]{}:,"\\u0e1-.tn \n', max_size=40))
def test_the_loop_agrees_with_the_parser(text: str) -> None:
    try:
        json.loads(text, parse_constant=int)
        expected = True
    except ValueError:
        expected = False
    assert _is_json(text) is expected


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(-9e15, 9e15) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES, st.booleans())
def test_what_json_writes_is_read_back(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert repr(parse(text.encode())) == repr(value)
    assert _is_json(text)


@pytest.mark.parametrize(("text", "expected"), load("timestamps.json"))
def test_timestamps(text: str, expected: int | None) -> None:
    assert milliseconds(text) == expected


def test_timestamps_agree_with_datetime() -> None:
    source = random.Random(7)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for _ in range(3000):
        zone = timezone(timedelta(minutes=source.randint(-1439, 1439)))
        moment = datetime(2, 1, 1, tzinfo=zone) + timedelta(
            days=source.randrange(9997 * 365), milliseconds=source.randrange(86_400_000)
        )
        text = moment.isoformat(timespec="milliseconds")
        assert milliseconds(text) == (moment - epoch) // timedelta(milliseconds=1), text


def test_versions_ascend() -> None:
    ordered = [precedence(text) for text in VERSIONS["ascending"]]
    versions = [version for version in ordered if version is not None]
    assert len(versions) == len(ordered)
    for place, version in enumerate(versions):
        assert rank(version, versions) == 2 * place + 1
        assert rank(version, versions[:place] + versions[place + 1 :]) == 2 * place


@pytest.mark.parametrize(("left", "right"), VERSIONS["equal"])
def test_versions_of_equal_precedence(left: str, right: str) -> None:
    assert precedence(left) == precedence(right) is not None


@pytest.mark.parametrize("text", VERSIONS["valid"])
def test_valid_versions(text: str) -> None:
    assert precedence(text) is not None


@pytest.mark.parametrize("text", VERSIONS["invalid"])
def test_invalid_versions(text: str) -> None:
    assert precedence(text) is None


MURMUR = load("murmur.json")


def test_murmur_passes_smhasher_verification() -> None:
    data = bytes(range(256))
    hashes = b"".join(murmur3(data[:length], 256 - length).to_bytes(4, "little") for length in range(256))
    assert murmur3(hashes, 0) == MURMUR["smhasher"]["verification"]


@pytest.mark.parametrize("case", MURMUR["texts"] + MURMUR["bytes"])
def test_murmur_vectors(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()
    assert murmur3(data, case["seed"]) == case["hash"]


@given(st.binary(max_size=70))
def test_halves_are_the_hashes_of_two_seeds(data: bytes) -> None:
    assert halves(data) == (murmur3(data, SEED_A), murmur3(data, SEED_B))


@named(load("cookies.json"))
def test_cookies(case: dict[str, Any]) -> None:
    found = read_cookies(joined(case["header"] if "header" in case else case["pieces"]))
    if "cookies" in case:
        assert found == case["cookies"]
    else:
        assert sorted(found) == case["names"]


def test_parsed_numbers_are_floats() -> None:
    value = parse(b"[1,-0,1.5]")
    assert isinstance(value, list)
    assert [type(item) for item in value] == [float] * 3
    assert math.copysign(1, value[1]) == -1
