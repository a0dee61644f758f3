"""Non-interference: no outcome depends on a feature that is denied. 100,000 random requests, and none differs."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python.base64url import encode_base64url
from decision_engine.hosts.python.pseudonyms import pseudonym
from decision_engine.profiles import Known, SigningKey, mint_token
from infra.consent import AT, gpp_string, state_string, tc_string
from tests.service.shared import program, python_host, python_service, registry, write_folder

PAIRS = 100_000
SCRIPT = Path(__file__).with_name("noninterference.mjs")
NAMES, SIGNING = bytes([1]) * 32, bytes([2]) * 32
KEYS = {"pseudonym": encode_base64url(NAMES), "k1": encode_base64url(SIGNING)}
ALL = ("storage", "personalisation", "analytics")
DE, CA = {"country": "DE"}, {"country": "US", "region_code": "CA"}


def _tc(*purposes: int) -> str:
    return f"euconsent-v2={tc_string(AT - 10**9, purposes, publisher=purposes)}"


SIGNALS: list[dict[str, Any]] = [
    {"geo": DE},
    {"geo": {}},
    {"geo": CA},
    {"geo": CA, "headers": {"sec-gpc": "1"}},
    {"geo": CA, "cookie": f"__gpp={gpp_string({8: state_string(8, 1)})}"},
    {"geo": DE, "cookie": _tc(1)},
    {"geo": DE, "cookie": _tc(1, 8)},
    {"geo": DE, "cookie": _tc(1, 5, 6)},
    {"geo": DE, "cookie": _tc(5, 6, 8)},
    {"geo": DE, "cookie": _tc(1, 5, 6, 8)},
    {"geo": DE, "cookie": "OptanonConsent=groups=C0002:1,C0003:1,C0004:0"},
    {"geo": DE, "cookie": "OptanonConsent=groups=C0002:0,C0003:1,C0004:1"},
]
VALUES: dict[str, list[Any]] = {
    "country": ["DE", "FR", "US"],
    "loyalty": ["none", "silver", "gold", "x", None, 3],
    "spend": [0, 49, 50, 99.5, 100, 5000, -1, "x", None],
    "views": [0, 4, 5, 999, 1e9, None, "5"],
    "theme": ["dark", "darker", "light", ""],
    "interests": [["shoes"], ["bags", "socks"], [], None, "shoes"],
    "is_mobile": [True, False, None],
}


def _tokens() -> list[dict[str, Any]]:
    """Of each visitor, tokens that differ in features of one purpose only."""
    key = SigningKey("k1", SIGNING)
    profiles = [{"loyalty": "gold", "spend": 500}, {"loyalty": "none", "spend": 0}, {"loyalty": "silver"}, {}]
    visitors = []
    for number, interests in enumerate((["shoes"], ["bags"], ["socks", "shoes"])):
        name = f"v-{number}"
        knowns = [Known({**one, "interests": interests}, {"crm": AT - 60_000}) for one in profiles]
        who = pseudonym(NAMES, "shop", name)
        texts = [mint_token(registry(), key, who, known, granted=ALL, at=AT - 1000).text for known in knowns]
        visitors.append({"name": name, "texts": texts})
    return visitors


@pytest.mark.node
def test_no_denied_feature_changes_an_outcome(tmp_path: Path) -> None:
    features = [
        {"name": one.name, "purposes": list(one.purposes), "path": list(one.path), "values": VALUES[one.name]}
        for one in program().features
        if one.name in VALUES
    ]
    given = {"keys": KEYS, "at": AT, "signals": SIGNALS, "tokens": _tokens(), "features": features}
    (tmp_path / "input.json").write_text(json.dumps(given), encoding="utf-8")
    command = [shutil.which("node") or "node", SCRIPT, write_folder(tmp_path), tmp_path / "input.json", str(PAIRS), "7"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    assert found["pairs"] == PAIRS
    assert found["differ"] == 0, done.stderr
    assert found["changed"] > PAIRS / 100, "what was altered would have mattered"
    assert found["ways"]["page as a page view"] > PAIRS / 10 and found["ways"]["GET as a page view"] > 0, found["ways"]


def test_the_hosts_of_this_file_have_a_gate() -> None:
    assert python_service({"keys": KEYS}).host is python_host()
    assert all(name in {feature.name for feature in program().features} for name in VALUES)
