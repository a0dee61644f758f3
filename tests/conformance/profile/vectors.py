"""Writes the cases of tokens, sticky assignments and pseudonyms from the description of the format alone.

python -m tests.conformance.profile.vectors            # compare
python -m tests.conformance.profile.vectors --write
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.hosts.profile.minting import (
    AT,
    CONTENT,
    DAY,
    NONCE,
    OTHER,
    PROFILE,
    SECRETS,
    STICKY,
    STORED,
    TABLE,
    VISITOR,
    feature_id,
    letter,
    pseudonym,
    seal,
    sign,
    text_of,
)

FOLDER = Path(__file__).parent
GOOD = {
    "features": {"loyalty": "gold", "worth": 1250.5, "likes": ["shoes", "bags"], "is_member": True},
    "timestamps": {
        "profile.loyalty": AT - 60_000,
        "profile.worth": AT - 60_000,
        "profile.likes": AT - 7_200_000,
        "crm.member": AT - 7_200_000,
    },
}
LOYALTY, WORTH, LIKES = feature_id("loyalty", 2), feature_id("worth"), feature_id("likes")
NOTHING: dict[str, Any] = {"features": {}, "timestamps": {}}


def one(value: Any, code: str = WORTH) -> bytes:
    """A letter with one value."""
    return letter(VISITOR, [[0, code, value]])


def known(name: str, value: Any, path: str | None = None, age: int = 0) -> dict[str, Any]:
    """A profile with one value."""
    return {"features": {name: value}, "timestamps": {path or f"profile.{name}": AT - age}}


def good_tokens() -> Iterator[tuple[str, str, int, Any]]:
    """(name, token, at, the profile)."""
    good = letter(VISITOR, CONTENT)
    yield "signed", sign(good), AT, GOOD
    yield "sealed", seal(good), AT, GOOD
    yield "by the other key", sign(good, key="k2"), AT, GOOD
    yield "sealed by the other key", seal(good, key="k2"), AT, GOOD
    yield "that knows nothing", sign(letter(VISITOR, [])), AT, NOTHING
    yield "with white space, which JSON allows", sign(good.replace(b",", b" ,\n")), AT, GOOD
    yield "in the last ms of its life", sign(letter(VISITOR, CONTENT, lifetime=DAY)), AT + DAY - 1, GOOD
    yield (
        "in the last ms that the policy allows",
        sign(letter(VISITOR, CONTENT, lifetime=90 * DAY)),
        AT + 30 * DAY - 1,
        GOOD,
    )
    yield "issued by a clock that is 300 s ahead", sign(letter(VISITOR, CONTENT)), AT - 300_000, GOOD
    yield "of a feature that is not in the table", sign(one(1, feature_id("unheard"))), AT, NOTHING
    yield "of another version of a feature", sign(one("gold", feature_id("loyalty", 1))), AT, NOTHING
    yield "with false", sign(one(False)), AT, known("worth", False)
    yield "with text that is no value of the feature", sign(one("many")), AT, known("worth", "many")
    yield "with an empty text", sign(one("")), AT, known("worth", "")
    yield "with an empty list", sign(one([], LIKES)), AT, known("likes", [])
    yield "with letters of other planes", sign(one("\u00e9\U0001f600")), AT, known("worth", "\u00e9\U0001f600")
    yield "with 256 tags", sign(one(["x"] * 256, LIKES)), AT, known("likes", ["x"] * 256)
    yield "with the largest number", sign(one(2**53 - 1)), AT, known("worth", 2**53 - 1)
    yield "with a negative zero", sign(one(-0.0)), AT, known("worth", -0.0)
    many = [[at, f"a{at:03}", at] for at in range(16)]
    yield "with 16 lists", sign(letter(VISITOR, many)), AT, NOTHING
    full = [0, *(part for at in range(64) for part in (f"a{at:03}", at))]
    yield "with 64 values", sign(letter(VISITOR, [full])), AT, NOTHING
    yield "as old as its time", sign(letter(VISITOR, [[AT // 1000, WORTH, 1]])), AT, known("worth", 1, age=AT)
    shared = letter(VISITOR, [[60, LOYALTY, "gold"], [90, feature_id("loyalty_text"), "Gold"]])
    both = {"features": {"loyalty": "gold", "loyalty_text": "Gold"}, "timestamps": {"profile.loyalty": AT - 90_000}}
    yield "with two features of one path: the older time holds", sign(shared), AT, both


def bad_tokens() -> Iterator[tuple[str, str, int, str]]:
    """(name, token, at, why it does not count)."""
    good = letter(VISITOR, CONTENT)
    text, sealed = sign(good), seal(good)
    yield "of another visitor", sign(letter(OTHER, CONTENT)), AT, "foreign"
    yield "sealed for another visitor", seal(letter(OTHER, CONTENT)), AT, "foreign"
    yield "of another kind, from the KV", sign(good, STORED), AT, "bad-mac"
    yield "of another kind, sticky", sign(letter(VISITOR, ["hero_test", "bold"]), STICKY), AT, "bad-mac"
    yield "sealed as another kind", seal(good, STORED), AT, "bad-mac"
    yield (
        "signed by a key that nobody has",
        sign(good, key="k9", secret=b"nobody has this key of 32 bytes."),
        AT,
        "unknown-key",
    )
    yield "signed by a wrong key of that id", sign(good, secret=SECRETS["k2"]), AT, "bad-mac"
    yield "under the other key's id", text.replace("1.k1.", "1.k2."), AT, "bad-mac"
    yield "sealed, under the other key's id", sealed.replace("1s.k1.", "1s.k2."), AT, "bad-mac"
    yield "when it expires", sign(letter(VISITOR, CONTENT, lifetime=DAY)), AT + DAY, "expired"
    yield "when the policy ends it", sign(letter(VISITOR, CONTENT, lifetime=90 * DAY)), AT + 30 * DAY, "expired"
    yield "that never lived", sign(letter(VISITOR, CONTENT, lifetime=0)), AT, "expired"
    yield "issued more than 300 s ahead", sign(letter(VISITOR, CONTENT)), AT - 301_000, "not-yet-valid"
    yield "in 1970", sign(letter(VISITOR, CONTENT)), 0, "not-yet-valid"
    yield "in 2100", sign(letter(VISITOR, CONTENT)), 4_102_444_800_000, "expired"
    for name, changed in {
        "empty": "",
        "no token": "gold",
        "of another version": text.replace("1.k1", "2.k1", 1),
        "without its MAC": text.rpartition(".")[0],
        "with a part more": f"{text}.x",
        "with an empty part more": f"{text}.",
        "cut by a character": text[:-1],
        "with a character more": f"{text}A",
        "with padding": f"{text}=",
        "with loose bits in the MAC": text[:-1] + ("B" if text[-1] == "A" else chr(ord(text[-1]) + 1)),
        "with a space in front": f" {text}",
        "in quotes": f'"{text}"',
        "without a key's id": text.replace(".k1.", "..", 1),
        "with a key's id of 33 characters": text.replace(".k1.", f".{'k' * 33}.", 1),
        "with a slash in the key's id": text.replace(".k1.", ".k/1.", 1),
        "with a letter beyond ASCII in the key's id": text.replace(".k1.", ".k\u0131.", 1),
        "signed, said to be sealed": f"1s{text[1:]}",
        "sealed, said to be signed": f"1{sealed[2:]}",
        "sealed, with nothing inside": f"1s.k1.{text_of(NONCE + bytes(16))}",
        "sealed, cut to 27 bytes": f"1s.k1.{text_of(NONCE + bytes(15))}",
    }.items():
        yield name, changed, AT, "unreadable"
    yield "with a letter beyond ASCII in the payload", text[:20] + "\u0131" + text[21:], AT, "bad-mac"
    yield "with a lone surrogate", text[:20] + "\ud800" + text[21:], AT, "bad-mac"
    yield "with a NUL in the payload", text[:20] + "\0" + text[21:], AT, "bad-mac"
    yield "with an empty payload, signed", sign(b""), AT, "unreadable"
    yield "with the payload in standard Base64, signed", sign("+/+/"), AT, "unreadable"
    yield "with loose bits in the payload, signed", sign("WzF"), AT, "unreadable"
    yield "with a payload of one character, signed", sign("W"), AT, "unreadable"
    yield "with a MAC of zeros", f"{text.rpartition('.')[0]}.{text_of(bytes(32))}", AT, "bad-mac"
    yield "sealed with a tag of zeros", f"1s.k1.{text_of(NONCE + bytes(40))}", AT, "bad-mac"
    yield "too long by a character", sign(letter(VISITOR, [[0, WORTH, "x" * 1451]])) + "AA", AT, "too-long"
    yield "very long", "1." * 5000, AT, "too-long"
    yield "of astral letters", "\U0001f600" * 1025, AT, "too-long"


def bad_letters() -> Iterator[tuple[str, bytes]]:
    """(name, payload): authentic, and not as the format has it; each is unreadable."""
    yield "an object", b"{}"
    yield "null", b"null"
    yield "no JSON", b"[1,"
    yield "JSON with a byte order mark", b"\xef\xbb\xbf" + letter(VISITOR, [])
    yield "no UTF-8", letter(VISITOR, [[0, WORTH, "?"]]).replace(b"?", b"\xff")
    yield "a lone surrogate", letter(VISITOR, [[0, WORTH, "?"]]).replace(b"?", b"\\ud800")
    yield "a number beyond 2^53-1", letter(VISITOR, [[0, WORTH, 2**53]])
    yield "an infinite number", letter(VISITOR, [[0, WORTH, 5]]).replace(b"5]", b"1e999]")
    yield "three members", json.dumps([VISITOR, AT // 1000, 60]).encode()
    yield "five members", json.dumps([VISITOR, AT // 1000, 60, [], 1]).encode()
    yield "a short pseudonym", letter(VISITOR[:-1], [])
    yield "a pseudonym with a dot", letter("." + VISITOR[1:], [])
    yield "a pseudonym that is null", json.dumps([None, AT // 1000, 60, []]).encode()
    for name, (issued, lifetime) in {
        "a fraction of a second": (AT / 1000 + 0.5, 60),
        "an issue before 1970": (-1, 60),
        "an issue after the year 9999": (253402300800, 60),
        "an issue that is true": (True, 60),
        "an issue that is text": (str(AT // 1000), 60),
        "a negative life": (AT // 1000, -1),
        "a life of more than 400 days": (AT // 1000, 400 * 86400 + 1),
        "a life that is null": (AT // 1000, None),
    }.items():
        yield name, json.dumps([VISITOR, issued, lifetime, []]).encode()
    for name, content in {
        "a content that is text": "x",
        "a content that is an object": {},
        "a content that is null": None,
        "a list that is no list": [1],
        "an empty list": [[]],
        "a list with an age alone": [[0]],
        "an id without a value": [[0, WORTH]],
        "two values of one id": [[0, WORTH, 1, 2]],
        "the same id twice": [[0, WORTH, 1, WORTH, 1]],
        "the same id in two lists": [[0, WORTH, 1], [1, WORTH, 1]],
        "an unknown id twice": [[0, "aaaa", 1, "aaaa", 1]],
        "a negative age": [[-1, WORTH, 1]],
        "a fraction of an age": [[0.5, WORTH, 1]],
        "an age before 1970": [[AT // 1000 + 1, WORTH, 1]],
        "an age that is false": [[False, WORTH, 1]],
        "an id of three characters": [[0, "aaa", 1]],
        "an id of five characters": [[0, "aaaaa", 1]],
        "an id of two astral letters": [[0, "\U0001f600\U0001f600", 1]],
        "an id of four astral letters": [[0, "\U0001f600" * 4, 1]],
        "an id with a space": [[0, "aa a", 1]],
        "an id that is a number": [[0, 1234, 1]],
        "null as a value": [[0, WORTH, None]],
        "an object as a value": [[0, WORTH, {}]],
        "a list of numbers": [[0, LIKES, [1]]],
        "a list of lists": [[0, LIKES, [["x"]]]],
        "257 tags": [[0, LIKES, ["x"] * 257]],
        "17 lists": [[0, f"a{at:03}", 1] for at in range(17)],
        "65 values": [[0, *(part for at in range(65) for part in (f"a{at:03}", at))]],
        "prototypes as ids": [[0, "__proto__", 1]],
    }.items():
        yield name, letter(VISITOR, content)


def sticky_cases() -> Iterator[tuple[str, str, int, Any]]:
    """(name, cookie, at, the variations or why they do not count)."""

    def cookie(content: Any, **times: int) -> str:
        return sign(letter(VISITOR, content, **({"lifetime": 90 * DAY} | times)), STICKY)

    both = ["hero_test", "bold", "price_test", "a"]
    yield "two experiments", cookie(both), AT, {"hero_test": "bold", "price_test": "a"}
    yield "no experiment", cookie([]), AT, {}
    yield "sealed", seal(letter(VISITOR, both), STICKY), AT, {"hero_test": "bold", "price_test": "a"}
    yield (
        "64 experiments",
        cookie([name for at in range(64) for name in (f"e{at}", "v")]),
        AT,
        {f"e{at}": "v" for at in range(64)},
    )
    yield "a profile token", sign(letter(VISITOR, both), PROFILE), AT, "bad-mac"
    yield "another visitor's", sign(letter(OTHER, both), STICKY), AT, "foreign"
    yield "expired", cookie(both, lifetime=DAY), AT + DAY, "expired"
    yield "from the future", cookie(both, issued=AT + 301_000), AT, "not-yet-valid"
    for name, content in {
        "an experiment without a variation": ["hero_test"],
        "an experiment twice": ["hero_test", "a", "hero_test", "b"],
        "an empty name": ["hero_test", ""],
        "a name with a space": ["hero test", "a"],
        "a name of 65 characters": ["h" * 65, "a"],
        "a name that is a number": ["hero_test", 1],
        "an object": {"hero_test": "a"},
        "65 experiments": [name for at in range(65) for name in (f"e{at}", "v")],
    }.items():
        yield name, cookie(content), AT, "unreadable"


def pseudonym_cases() -> Iterator[dict[str, Any]]:
    for unit in ("visitor-1", "", "\u00e9", "e\u0301", "\U0001f600", "x" * 4096, "a|b", "a\nb"):
        for tenant in ("shop", "shop.2"):
            key = SECRETS["k1"]
            yield {"secret": text_of(key), "tenant": tenant, "unit": unit, "expect": pseudonym(key, tenant, unit)}
    for use, epoch in (("records", "2026-11-21"), ("records", "2026-11-22"), ("profile", "2026-11-21"), ("", "")):
        key = hmac.new(SECRETS["k1"], f"edgewise-pseudonym\n{use}\n{epoch}".encode(), hashlib.sha256).digest()
        yield {"master": text_of(SECRETS["k1"]), "use": use, "epoch": epoch, "expect": text_of(key)}


def stored_cases() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(name, steps): `put` is what the KV holds from then on, `fault` how it fails, `read` whom a request asks for."""
    key, ttl, absent = f"profile/{VISITOR}", 300_000, 60_000
    good = sign(letter(VISITOR, CONTENT), STORED)
    newer = sign(letter(VISITOR, [[0, WORTH, 7]], issued=AT + 1000), STORED)
    seven = {"features": {"worth": 7}, "timestamps": {"profile.worth": AT + 1000}}

    def read(at: int, profile: Any, counted: str, waited: int = 0, **others: Any) -> dict[str, Any]:
        expect = {"profile": profile, "waited": waited, "counted": sorted(["asked", *counted.split()])}
        return {"at": AT + at, "read": VISITOR, "budget": 1000, "expect": expect} | others

    put = {"at": AT, "put": {key: good}}
    yield (
        "read through memory",
        [
            put,
            read(0, GOOD, "kv"),
            read(0, GOOD, "memory"),
            {"at": AT, "put": {}},
            read(ttl - 1, GOOD, "memory"),
            read(ttl, None, "missing"),
        ],
    )
    yield (
        "what is absent stays so for a while",
        [
            read(0, None, "missing"),
            put,
            read(absent - 1, None, "absent"),
            read(absent, GOOD, "kv"),
        ],
    )
    yield (
        "a ttl by group: of groups that the visitor has",
        [
            {"at": AT, "put": {key: sign(letter(VISITOR, [[0, LIKES, ["x"]]]), STORED)}},
            read(0, known("likes", ["x"]), "kv"),
            read(3_599_999, known("likes", ["x"]), "memory"),
            read(3_600_000, known("likes", ["x"]), "kv"),
        ],
    )
    nothing = letter(VISITOR, [])
    yield (
        "an entry that knows nothing is looked for again",
        [
            {"at": AT, "put": {key: sign(nothing, STORED)}},
            read(0, NOTHING, "kv"),
            read(ttl - 1, NOTHING, "memory"),
            put,
            read(ttl, GOOD, "kv"),
        ],
    )
    yield (
        "a token that knows nothing is not all there is for ever",
        [
            put,
            read(ttl - 1, NOTHING, "", token=sign(nothing))
            | {"expect": {"profile": NOTHING, "waited": 0, "counted": ["verified"]}},
            read(ttl, GOOD, "kv remembered", token=sign(nothing)),
        ],
    )
    yield "an erasure is believed", [put, read(0, GOOD, "kv"), {"at": AT, "put": {}}, read(ttl, None, "missing")]
    yield "a KV that is slow, and quick enough", [put | {"fault": 50}, read(0, GOOD, "kv", 50), read(0, GOOD, "memory")]
    yield (
        "a KV that hangs",
        [
            put | {"fault": "hang"},
            read(0, None, "late", 50),
            {"at": AT, "fault": None},
            read(200, GOOD, "kv"),
        ],
    )
    yield "a request without time", [put, read(0, None, "late", budget=0), read(0, None, "late", budget=-5)]
    yield "a request with little time", [put | {"fault": "hang"}, read(0, None, "late", 10, budget=10)]
    yield (
        "the last known good, while the KV fails",
        [
            put,
            read(0, GOOD, "kv"),
            {"at": AT, "fault": "error"},
            read(ttl, GOOD, "failed stale"),
            {"at": AT, "fault": "hang"},
            read(ttl, GOOD, "late stale", 50),
            read(ttl + 200, GOOD, "late stale", budget=0),
        ],
    )
    yield (
        "a KV that fails is left alone for a while",
        [
            put | {"fault": "error"},
            *[read(at, None, "failed") for at in range(5)],
            read(5, None, "paused"),
            read(1003, None, "paused"),
            read(1004, None, "failed"),
            read(3003, None, "paused"),
            {"at": AT, "fault": None},
            read(3004, GOOD, "kv"),
            read(3004, GOOD, "memory"),
            {"at": AT, "fault": "error"},
            *[read(3004 + ttl, GOOD, "failed stale") for _ in range(5)],
            read(3004 + ttl, GOOD, "paused stale"),
        ],
    )
    yield (
        "a KV that hangs is left alone too",
        [
            put | {"fault": "hang"},
            *[read(200 * at, None, "late", 50) for at in range(5)],
            read(1000, None, "paused"),
        ],
    )
    yield (
        "a request with little time says nothing of the KV",
        [
            put | {"fault": "hang"},
            *[read(200 * at, None, "late", 10, budget=10) for at in range(9)],
        ],
    )
    yield (
        "a clock that jumps back does not keep the KV alone",
        [
            put | {"fault": "error"},
            *[read(0, None, "failed") for _ in range(5)],
            {"at": AT, "fault": None},
            read(-1, GOOD, "kv"),
        ],
    )
    yield (
        "a write that is cut",
        [
            put,
            read(0, GOOD, "kv"),
            {"at": AT, "put": {key: good[:-7]}},
            read(ttl, GOOD, "unreadable rejected stale"),
            read(ttl + 1, GOOD, "memory"),
            {"at": AT, "put": {key: newer}},
            read(ttl + absent, seven, "kv"),
        ],
    )
    for name, text, why in (
        ("an entry that somebody else wrote", sign(letter(VISITOR, CONTENT), STORED, secret=b"x" * 32), "bad-mac"),
        ("an entry that a visitor's token was written into", sign(letter(VISITOR, CONTENT)), "bad-mac"),
        ("another visitor's entry", sign(letter(OTHER, CONTENT), STORED), "foreign"),
        ("an entry that has expired", sign(letter(VISITOR, CONTENT, issued=AT - DAY, lifetime=DAY), STORED), "expired"),
        ("an entry by an unknown key", sign(letter(VISITOR, CONTENT), STORED, "k9", secret=b"x" * 32), "unknown-key"),
        ("an entry that is too long", "1." * 3000, "too-long"),
        ("an entry from the future", sign(letter(VISITOR, CONTENT, issued=AT + DAY), STORED), "not-yet-valid"),
        ("an empty entry", "", "unreadable"),
    ):
        yield name, [{"at": AT, "put": {key: text}}, read(0, None, f"rejected {why}"), read(0, None, "absent")]
    sealed = seal(letter(VISITOR, CONTENT), STORED)
    yield "a sealed entry", [{"at": AT, "put": {key: sealed}}, read(0, GOOD, "kv")]
    short = sign(letter(VISITOR, [[0, LIKES, ["x"]]], lifetime=60_000), STORED)
    yield (
        "what has expired is never served, not even as last known good",
        [
            {"at": AT, "put": {key: short}},
            read(0, known("likes", ["x"]), "kv"),
            {"at": AT, "fault": "error"},
            read(59_999, known("likes", ["x"]), "memory"),
            read(60_000, None, "failed"),
            read(60_000, None, "late", budget=0),
        ],
    )
    yield (
        "an older entry does not replace a newer one",
        [
            {"at": AT, "put": {key: newer}},
            read(1000, seven, "kv"),
            put,
            read(1000 + ttl, seven, "kv older"),
            read(1000 + ttl, seven, "memory"),
        ],
    )
    yield (
        "a clock that jumps back asks again",
        [
            put,
            read(0, GOOD, "kv"),
            read(-300_000, GOOD, "memory"),
            {
                "at": AT,
                "put": {},
            },
            read(-300_001, None, "missing"),
        ],
    )
    others = [pseudonym(SECRETS["k1"], "shop", f"visitor-{number}") for number in range(10, 13)]
    yield (
        "memory is bounded: who was asked for longest ago is forgotten",
        [
            put,
            read(0, GOOD, "kv"),
            *[read(0, None, "missing", read=other) for other in others[:2]],
            read(0, GOOD, "memory"),
            read(0, None, "missing", read=others[2]),
            read(0, GOOD, "memory"),
            read(0, None, "missing", read=others[0]),
        ],
    )
    token = sign(letter(VISITOR, CONTENT))
    without = {"budget": 1000, "token": token}
    alone = {"profile": GOOD, "waited": 0, "counted": ["verified"]}
    yield (
        "a young token is enough",
        [
            {"at": AT, "put": {key: newer}},
            read(ttl - 1, GOOD, "", **without) | {"expect": alone},
            read(ttl - 1, GOOD, "", **without) | {"expect": alone | {"counted": ["remembered"]}},
        ],
    )
    both = {
        "features": GOOD["features"] | {"worth": 7},
        "timestamps": GOOD["timestamps"] | {"profile.worth": AT + 1000},
    }
    yield (
        "an older token is brought up to date",
        [
            {"at": AT, "put": {key: newer}},
            read(ttl, both, "kv verified", **without),
            read(ttl, both, "memory remembered", **without),
        ],
    )
    yield (
        "an older entry adds nothing to a token",
        [
            {"at": AT, "put": {key: sign(letter(VISITOR, [[90, WORTH, 7]], issued=AT - DAY), STORED)}},
            read(ttl, GOOD, "kv verified", **without),
        ],
    )
    yield (
        "a token while the KV fails",
        [
            {"at": AT, "put": {}, "fault": "error"},
            read(ttl, GOOD, "failed verified", **without),
        ],
    )
    yield (
        "a token that does not count, and the KV",
        [
            put,
            read(0, GOOD, "bad-mac kv", token=sign(letter(VISITOR, []), STICKY)),
        ],
    )


def files() -> dict[str, str]:
    """The text of each file of cases."""
    keys = {name: text_of(secret) for name, secret in SECRETS.items()}
    stored = [{"name": name, "steps": steps} for name, steps in stored_cases()]
    shared = {"pseudonym": VISITOR, "table": TABLE, "keys": keys}
    tokens = [
        {"name": name, "token": token, "at": at, "expect": {"profile": profile, "refused": None}}
        for name, token, at, profile in good_tokens()
    ]
    tokens += [
        {"name": name, "token": token, "at": at, "expect": {"profile": None, "refused": reason}}
        for name, token, at, reason in bad_tokens()
    ]
    for name, payload in bad_letters():
        for how, text in (("signed", sign(payload)), ("sealed", seal(payload))):
            expect = {"profile": None, "refused": "too-long" if len(text) > 2048 else "unreadable"}
            tokens.append({"name": f"{how}: {name}", "token": text, "at": AT, "expect": expect})
    sticky = [
        {
            "name": name,
            "sticky": text,
            "at": at,
            "expect": {"variations": None, "refused": found}
            if isinstance(found, str)
            else {"variations": found, "refused": None},
        }
        for name, text, at, found in sticky_cases()
    ]
    return {
        "tokens.json": written("Profile tokens: what they tell, and why they do not count.", tokens, shared),
        "sticky.json": written("Sticky assignments: what they keep, and why they do not count.", sticky, shared),
        "stored.json": written("Profiles in the edge's KV, which fails in every way.", stored, shared),
        "pseudonyms.json": written("Pseudonyms, and keys of epochs. Keys are base64url.", [*pseudonym_cases()], {}),
    }


def written(description: str, cases: list[dict[str, Any]], shared: dict[str, Any]) -> str:
    """A file of cases, a line each."""
    members = {"description": description, **shared}
    head = "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in members.items())
    return "{\n" + head + ' "cases": [\n' + ",\n".join(f"  {json.dumps(case)}" for case in cases) + "\n ]\n}\n"


if __name__ == "__main__":
    for name, text in files().items():
        if "--write" in sys.argv[1:]:
            (FOLDER / name).write_text(text, encoding="utf-8")
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name} differs: --write"
