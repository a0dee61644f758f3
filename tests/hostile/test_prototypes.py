"""Names of prototypes as keys: 60 documents by four ways in change no outcome, and leave no trace in any object."""

import json
from urllib.parse import quote

import pytest

from infra.drills.corpora import prototypes
from tests.hostile.shared import DECIDE, FLAGS, VIEWED, Answer, Ask, ask_both, document, outcomes, post

pytestmark = pytest.mark.node

DOCUMENTS = list(prototypes())
NAMES = [
    "__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__",
    "__lookupSetter__", "isPrototypeOf",
]  # fmt: skip
MOST_MS = 50


def test_documents_by_four_ways_in() -> None:
    assert len(DOCUMENTS) == 60
    plain = outcomes(ask_both([document(b"{}")], MOST_MS)[0])
    asked = [
        *(post(one) for one in DOCUMENTS),
        *(document(one) for one in DOCUMENTS),
    ]
    VIEWED.clear()
    for one, answer in zip(asked, ask_both(asked, MOST_MS), strict=True):
        assert answer.status in (200, 400), one
        allowed = (plain, plain | {"unit": "no"}, _neutral(answer))  # without a cookie, a new visitor is drawn
        assert outcomes(answer) in allowed, one
    assert len(VIEWED) > 10, VIEWED
    for route in (FLAGS, f"{FLAGS}/unit"):
        flags = [post(b'{"context":' + one[:-1] + b',"targetingKey":"v"}}', route) for one in DOCUMENTS]
        bare = post(b'{"context":{"targetingKey":"v"}}', route)
        answers = ask_both([bare, *flags], MOST_MS)
        assert {answer.body for answer in answers} == {answers[0].body}


def test_names_in_headers_cookies_and_queries() -> None:
    plain = ask_both([Ask()], MOST_MS)[0]
    asked = [
        *(Ask(headers={"cookie": f"{name}=theme; {name}.theme=x"}) for name in NAMES),
        *(Ask(target=f"{DECIDE}?{name}=x&{name}[campaign]=y&{quote(name)}.campaign=z") for name in NAMES),
        *(Ask(headers={name: "1", "x-app-version": name}) for name in NAMES),
        *(Ask(headers={"accept-language": name, "user-agent": name}) for name in NAMES if name.isalpha()),
        *(Ask(geo={"timezone": name, "country": name}) for name in NAMES),
        *(Ask(headers={"sec-ch-ua-mobile": "?0", "sec-ch-ua-platform": f'"{name}"'}) for name in NAMES),
    ]
    for one, answer in zip(asked, ask_both(asked, MOST_MS), strict=True):
        assert outcomes(answer) == outcomes(plain), one


def test_names_as_values_and_as_decisions() -> None:
    asked = [document(json.dumps({"decisions": [name]}).encode()) for name in NAMES]
    odd = [{"geo": {"country": name}, "session": {"toString": {name: 1}}} for name in NAMES]
    asked += [document(json.dumps(one).encode()) for one in odd]
    statuses = [answer.status for answer in ask_both(asked, MOST_MS)]
    assert statuses == [400] * len(NAMES) + [200] * len(NAMES)


def _neutral(answer: Answer) -> dict[str, str]:
    """What every decision is answered with when a request is refused."""
    return dict.fromkeys(outcomes(answer), "no")
