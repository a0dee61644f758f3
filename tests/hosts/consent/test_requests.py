"""The gate at a request: what the platform saw decides, and the request's own denials stay."""

from typing import Any

import pytest

from decision_engine.consent_tables import gate_table
from decision_engine.hosts.python.consent import gate_request, with_denied
from feature_registry.documents import Consent, ConsentGate
from infra.consent import AT, gpp_string, state_string, tc_string
from tests.hosts.consent.shared import run_node

GATE = ConsentGate(places={"AU": "opt_out", "US-FL": "opt_in"})
TABLE = gate_table(Consent(purposes=("personalisation",), gate=GATE), GATE)
TC = tc_string(AT - 1, (1, 5, 6), publisher=(1, 5, 6))
GPP = gpp_string({8: state_string(8, 1)})

CASES: list[tuple[dict[str, Any], dict[str, Any], list[Any]]] = [  # seen, request, denied
    ({"geo": {"country": "DE"}}, {}, ["storage", "personalisation"]),
    ({"geo": {}, "cookie": None}, {"geo": {"country": "US"}}, ["storage", "personalisation"]),
    ({"geo": {"country": 7}}, {}, ["storage", "personalisation"]),
    ({"geo": {"country": "DE"}, "cookie": f"a=1; euconsent-v2={TC}"}, {}, []),
    ({"geo": {"country": "DE"}, "cookie": f"euconsent-v2={TC}", "gpc": "1"}, {}, ["storage", "personalisation"]),
    ({"geo": {"country": "DE"}}, {"cookies": {"euconsent-v2": TC}}, ["storage", "personalisation"]),
    ({"geo": {"country": "US", "region": "CA"}}, {}, []),
    ({"geo": {"country": "US", "region": "CA"}, "cookie": f"__gpp={GPP}"}, {}, ["storage", "personalisation"]),
    ({"geo": {"country": "US", "region": "CA"}, "cookie": f"__gpp={GPP}\x01"}, {}, ["storage", "personalisation"]),
    ({"geo": {"country": "US", "region": "CA"}, "cookie": "x" * 9000}, {}, ["storage", "personalisation"]),
    ({"geo": {"country": "AU"}}, {}, []),
    ({"geo": {"country": "US", "region": "FL"}}, {}, ["storage", "personalisation"]),
    ({"geo": {"country": "AU"}}, {"consent": {"denied": ["personalisation", 3]}}, ["personalisation", 3]),
    ({"geo": {"country": "DE"}}, {"consent": {"denied": ["x"]}}, ["x", "storage", "personalisation"]),
    ({"geo": {"country": "DE"}}, {"consent": {"denied": "x"}}, ["storage", "personalisation"]),
    ({"geo": {"country": "DE"}}, {"consent": []}, ["storage", "personalisation"]),
]


@pytest.mark.parametrize("index", range(len(CASES)))
def test_python(index: int) -> None:
    seen, request, denied = CASES[index]
    found = with_denied(request, gate_request(TABLE, seen, AT))  # type: ignore[arg-type] # the cases are JSON
    assert found["consent"] == {"denied": denied}
    assert {**found, "consent": request.get("consent")} == {**request, "consent": request.get("consent")}


@pytest.mark.node
def test_javascript() -> None:
    operations = [{"seen": seen, "table": TABLE, "request": request, "at": AT} for seen, request, _ in CASES]
    assert run_node(operations) == [denied for *_, denied in CASES]
