"""What the cloud mints: what it leaves out, and that both hosts read the rest as it was written."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.hosts.python.profile import Profiles
from decision_engine.profile_tables import profile_table
from decision_engine.profiles import (
    PROFILE_CODES,
    Known,
    ProfileError,
    SigningKey,
    mint_sticky,
    mint_stored,
    mint_token,
    stored_key,
    top_entry,
    unseal,
)
from feature_registry import Registry
from tests.hosts.profile.minting import (
    AT,
    DAY,
    NONCE,
    SECRETS,
    STORED,
    VISITOR,
    feature_id,
    letter,
    seal,
    sign,
    text_of,
)
from tests.hosts.profile.shared import run_node
from tests.registry.folders import check, write

IDENTITY = {"kind": "identity", "tier": 2, "data_class": "pseudonymous"}
REGISTRY: dict[str, Any] = {
    "features": {
        "loyalty": {
            "type": "category",
            "values": ["none", "gold"],
            "from": "profile.loyalty",
            "version": 2,
            "purposes": ["personalisation"],
            **IDENTITY,
        },
        "worth": {"type": "number", "range": [0, 1000], "from": "profile.worth", **IDENTITY},
        "likes": {"type": "tags", "from": "profile.likes", **IDENTITY},
        "since": {"type": "timestamp", "from": "profile.since", **IDENTITY},
        "app": {"type": "version", "from": "profile.app", **IDENTITY},
        "note": {"type": "text", "from": "profile.note", **IDENTITY},
        "is_member": {"type": "bool", "from": "profile.is_member", "kind": "identity"},
        "returns": {"type": "number", "from": "crm.returns", "kind": "identity", "tier": 3},
        "country": {"type": "category", "from": "geo.country"},
    },
    "experiments": {"hero_test": {"unit": "visitor_id", "variations": {"control": 1, "bold": 1}}},
    "policies": {
        "consent": {"purposes": ["personalisation"]},
        "profile": {
            "tenant": "shop",
            "groups": {
                "crm": {"features": ["loyalty", "worth", "since", "note"], "ttl": "1h"},
                "web": {"features": ["likes", "app", "is_member"]},
            },
            "store": {},
            "sticky": {},
        },
    },
}
KEY = SigningKey("k1", SECRETS["k1"])
GOLD = Known({"loyalty": "gold", "worth": 12.5}, {"crm": AT - 5000})


@cache
def registry_of(**policy: Any) -> Registry:
    profile = REGISTRY["policies"]["profile"] | policy
    return read(REGISTRY | {"policies": REGISTRY["policies"] | {"profile": profile}})


def read(document: dict[str, Any]) -> Registry:
    with tempfile.TemporaryDirectory() as folder:
        found, diagnostics = check(write(Path(folder), {"shop.json": document}))
    assert found is not None, diagnostics
    return found


@pytest.fixture(scope="module")
def registry() -> Registry:
    return registry_of()


def profiles_of(registry: Registry) -> Profiles:
    table = profile_table(registry)
    assert table is not None
    return Profiles(table, SECRETS, unseal=unseal)


def test_the_table(registry: Registry) -> None:
    table = profile_table(registry)
    assert table is not None
    assert table["groups"] == [{"name": "crm", "ttl": 3_600_000}, {"name": "web", "ttl": 300_000}]
    assert table["features"][0] == {
        "id": feature_id("loyalty", 2),
        "name": "loyalty",
        "path": "profile.loyalty",
        "group": 0,
    }
    assert [feature["name"] for feature in table["features"] if feature["group"] == 1] == ["likes", "app", "is_member"]
    assert table["store"] == {"timeout": 20, "absent": 60_000, "entries": 2000, "warm": 0}
    assert table["sticky"] == {"cookie": "ew_sticky", "max_age": 90 * DAY}


def test_a_token_is_what_the_format_says(registry: Registry) -> None:
    minted = mint_token(registry, KEY, VISITOR, GOLD, granted=["personalisation"], at=AT)
    content = [[5, feature_id("loyalty", 2), "gold", feature_id("worth"), 12.5]]
    assert minted == (sign(letter(VISITOR, content)), {})
    sealed = mint_stored(
        registry_of(encrypted=True), KEY, VISITOR, GOLD, granted=["personalisation"], at=AT, nonce=NONCE
    )
    assert sealed.text == seal(letter(VISITOR, content), STORED)
    assert stored_key(VISITOR) == f"profile/{VISITOR}"
    assert top_entry([VISITOR] * 300) == json.dumps([VISITOR] * 200).replace(" ", "")


def test_what_may_not_leave_stays(registry: Registry) -> None:
    values = {
        "loyalty": "gold",
        "worth": 12,
        "returns": 3,
        "country": "DE",
        "unheard": 1,
        "note": None,
        "likes": ["x", 1],
        "app": "1.2",
        "is_member": "yes",
    }
    minted = mint_token(registry, KEY, VISITOR, Known(values, {"crm": AT, "web": AT}), granted=[], at=AT)
    assert minted.left_out == {
        "loyalty": "not-granted",
        "returns": "not-in-profile",
        "country": "not-in-profile",
        "unheard": "not-in-profile",
        "note": "not-a-value",
        "likes": "not-a-value",
        "app": "not-a-value",
        "is_member": "not-a-value",
    }
    profile = profiles_of(registry).read_token(minted.text, VISITOR, AT)
    assert profile is not None and profile.features == {"worth": 12}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, -1, 1001, "12", [1], {}, True])
def test_what_is_no_value_of_the_feature_stays(registry: Registry, value: Any) -> None:
    minted = mint_token(registry, KEY, VISITOR, Known({"worth": value}, {"crm": AT}), granted=[], at=AT)
    assert minted.left_out == {"worth": "not-a-value"}


def test_times_are_never_told_younger_than_they_are(registry: Registry) -> None:
    for written in (AT - 1, AT - 999, AT - 1000, AT + 500, AT - 10 * DAY, 0):
        minted = mint_token(registry, KEY, VISITOR, Known({"worth": 1}, {"worth": written}), granted=[], at=AT + 500)
        profile = profiles_of(registry).read_token(minted.text, VISITOR, AT)
        assert profile is not None
        assert written - 1000 < profile.timestamps["profile.worth"] <= written


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "loyalty": st.sampled_from(["none", "gold"]),
        "worth": st.floats(0, 1000) | st.integers(0, 1000),
        "likes": st.lists(TEXT, max_size=8),
        "since": st.integers(-(10**12), 10**12),
        "app": st.sampled_from(["1.2.3", "0.0.1-rc.1+b"]),
        "note": TEXT,
        "is_member": st.booleans(),
    },
)


@given(values=VALUES, crm=st.integers(0, AT), web=st.integers(0, AT), is_sealed=st.booleans())
def test_what_is_minted_is_read(values: dict[str, Any], crm: int, web: int, *, is_sealed: bool) -> None:
    registry = registry_of(encrypted=is_sealed)
    known = Known(values, {"crm": crm, "web": web})
    minted = mint_token(registry, KEY, VISITOR, known, granted=["personalisation"], at=AT)
    assert minted.left_out == {}
    profile = profiles_of(registry).read_token(minted.text, VISITOR, AT)
    assert profile is not None
    assert profile.features == values
    assert profile.timestamps.keys() == {f"profile.{name}" for name in values}


@pytest.mark.node
def test_what_is_minted_is_read_in_javascript(registry: Registry) -> None:
    keys = {name: text_of(secret) for name, secret in SECRETS.items()}
    for one in (registry, registry_of(encrypted=True)):
        minted = mint_token(one, KEY, VISITOR, GOLD, granted=["personalisation"], at=AT)
        sticky = mint_sticky(one, KEY, VISITOR, {"hero_test": "bold"}, at=AT)
        found = run_node(
            [
                {"open": {"table": profile_table(one), "keys": keys}},
                {"token": minted.text, "pseudonym": VISITOR, "at": AT},
                {"sticky": sticky, "pseudonym": VISITOR, "at": AT},
            ]
        )
        assert found[1]["profile"]["features"] == GOLD.values
        assert found[2] == {"variations": {"hero_test": "bold"}, "refused": None}


def test_sealed_texts_differ_every_time() -> None:
    sealed = registry_of(encrypted=True)
    texts = {mint_token(sealed, KEY, VISITOR, GOLD, granted=[], at=AT).text for _ in range(20)}
    assert len(texts) == 20
    assert not any("Z29sZA" in text or text_of(b"gold") in text for text in texts)


def test_caller_mistakes(registry: Registry) -> None:
    none = Known({}, {})
    mistakes = [
        ("bad-key", lambda: SigningKey("k.1", bytes(32))),
        ("bad-key", lambda: SigningKey("k1", bytes(15))),
        ("bad-pseudonym", lambda: mint_token(registry, KEY, "visitor-1", none, granted=[], at=AT)),
        ("no-timestamp", lambda: mint_token(registry, KEY, VISITOR, Known({"worth": 1}, {}), granted=[], at=AT)),
        (
            "profile-too-large",
            lambda: mint_token(registry, KEY, VISITOR, Known({"note": "x" * 1500}, {"crm": AT}), granted=[], at=AT),
        ),
        ("no-policy", lambda: mint_token(read({"payloads": {}}), KEY, VISITOR, none, granted=[], at=AT)),
        ("unknown-variation", lambda: mint_sticky(registry, KEY, VISITOR, {"hero_test": "shy"}, at=AT)),
        ("unknown-variation", lambda: mint_sticky(registry, KEY, VISITOR, {"other": "bold"}, at=AT)),
    ]
    assert {code for code, _ in mistakes} == PROFILE_CODES.keys()
    for code, make in mistakes:
        with pytest.raises(ProfileError) as raised:
            make()
        assert raised.value.code == code
        assert raised.value.message.startswith("expected ") and ", found" in raised.value.message
    assert "secret=" not in repr(KEY)
