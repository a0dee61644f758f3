"""Tokens, sticky assignments and pseudonyms on the shared cases, in Python and in JavaScript."""

import random
from typing import Any

import pytest

from decision_engine.hosts.python.base64url import decode_base64url, encode_base64url
from decision_engine.hosts.python.profile import Profiles, Refusal
from decision_engine.hosts.python.pseudonyms import epoch_key, is_tenant, pseudonym
from tests.conformance.profile.vectors import FOLDER, files
from tests.hosts.profile.shared import bytes_of, load, profiles_of, read_sticky, read_token, run_node, secrets_of

FEWEST_CASES = 120


def test_the_cases_are_what_the_format_says() -> None:
    for name, text in files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, (
            f"{name}: python -m tests.conformance.profile.vectors"
        )


def test_every_refusal_has_cases() -> None:
    for name in ("tokens.json", "sticky.json"):
        reasons = {case["expect"]["refused"] for case in load(name)["cases"]}
        assert reasons >= {None, "unreadable", "bad-mac", "foreign", "not-yet-valid", "expired"}
    assert {case["expect"]["refused"] for case in load("tokens.json")["cases"]} == {None, *Refusal}
    assert len(load("tokens.json")["cases"]) >= FEWEST_CASES


@pytest.mark.parametrize("times", [1, 2], ids=["unknown", "remembered"])
def test_tokens_in_python(times: int) -> None:
    document = load("tokens.json")
    profiles = profiles_of(document)
    for case in document["cases"]:
        for _ in range(times):
            found = read_token(profiles, case["token"], document["pseudonym"], case["at"])
        assert found == case["expect"], case["name"]
    counted = profiles.counters
    assert counted["remembered"] >= (times - 1) * counted["verified"] > 0 or times == 1


@pytest.mark.node
def test_tokens_in_javascript() -> None:
    document = load("tokens.json")
    operations = [opened(document)]
    for case in document["cases"]:
        operations += [{"token": case["token"], "pseudonym": document["pseudonym"], "at": case["at"]}] * 2
    found = run_node(operations)[1:]
    for case, first, second in zip(document["cases"], found[::2], found[1::2], strict=True):
        assert first == case["expect"], case["name"]
        assert second == case["expect"], case["name"]


def test_sticky_assignments_in_python() -> None:
    document = load("sticky.json")
    profiles = profiles_of(document)
    for case in document["cases"] * 2:
        found = read_sticky(profiles, case["sticky"], document["pseudonym"], case["at"])
        assert found == case["expect"], case["name"]


@pytest.mark.node
def test_sticky_assignments_in_javascript() -> None:
    document = load("sticky.json")
    operations = [
        {"sticky": case["sticky"], "pseudonym": document["pseudonym"], "at": case["at"]} for case in document["cases"]
    ]
    for case, found in zip(document["cases"], run_node([opened(document), *operations])[1:], strict=True):
        assert found == case["expect"], case["name"]


def test_pseudonyms_in_python() -> None:
    for case in load("pseudonyms.json")["cases"]:
        if "unit" in case:
            assert pseudonym(bytes_of(case["secret"]), case["tenant"], case["unit"]) == case["expect"]
        else:
            assert epoch_key(bytes_of(case["master"]), case["use"], case["epoch"]) == bytes_of(case["expect"])


@pytest.mark.node
def test_pseudonyms_in_javascript() -> None:
    cases = load("pseudonyms.json")["cases"]
    assert run_node(cases) == [case["expect"] for case in cases]


@pytest.mark.node
def test_each_run_of_bytes_has_one_text() -> None:
    chance = random.Random(5)
    texts = ["", "A", "AA", "AB", "AAA", "AAB", "AAAA", "AA==", "A+/A", "-_-_", "AA\n", "\u0130AAA", "AAA\ud800"]
    texts += ["".join(chance.choices("AQgw-_9+", k=chance.randrange(9))) for _ in range(2000)]
    found = run_node([{"base64url": text} for text in texts])
    for text, node in zip(texts, found, strict=True):
        data = decode_base64url(text)
        assert node == (None if data is None else {"bytes": [*data], "again": text}), text
        assert data is None or encode_base64url(data) == text
    assert sum(node is not None for node in found) > len(texts) / 4


def test_a_tenant_cannot_pass_for_another() -> None:
    assert is_tenant("shop") and is_tenant("shop.de_2-b") and is_tenant("x" * 64)
    assert not any(map(is_tenant, ("", "a|b", "a b", "x" * 65, "\u00e9", "a\n")))


def test_the_bare_python_host_cannot_read_what_is_sealed() -> None:
    document = load("tokens.json")
    (case,) = [case for case in document["cases"] if case["name"] == "sealed"]
    bare = Profiles(document["table"], secrets_of(document["keys"]))
    found = read_token(bare, case["token"], document["pseudonym"], case["at"])
    assert found == {"profile": None, "refused": "unreadable"}


def test_without_the_policy_no_assignment_sticks() -> None:
    document = load("sticky.json")
    profiles = Profiles(document["table"] | {"sticky": None}, secrets_of(document["keys"]))
    assert (
        profiles.read_sticky(document["cases"][0]["sticky"], document["pseudonym"], document["cases"][0]["at"]) is None
    )


def opened(document: dict[str, Any]) -> dict[str, Any]:
    return {"open": {"table": document["table"], "keys": document["keys"]}}
