"""The consent gate's tables: the merchant's policy and the jurisdictions, as both hosts read them."""

from __future__ import annotations

from decision_engine.compact_json import compact
from decision_engine.hosts.python.consent import Configuration, GateTable, Place, PurposeRule
from decision_engine.hosts.python.consent.requests import Cookies
from feature_registry.documents import Consent, ConsentGate
from feature_registry.jurisdictions import jurisdictions

STORAGE = "storage"
"""The purpose that setting a cookie needs; every gate has it."""


def gate_table(consent: Consent, gate: ConsentGate) -> GateTable:
    """The gate as artefacts carry it: its configuration, and the cookies that signals come in."""
    groups = None if gate.groups is None else gate.groups.cookie
    cookies: Cookies = {
        "tcf": gate.tcf_cookie,
        "gpp": gate.gpp_cookie,
        "receipt": gate.receipt_cookie,
        "groups": groups,
    }
    support = {"gpc": True} | ({} if gate.gpc_since is None else {"lastUpdate": gate.gpc_since})
    return {"configuration": gate_tables(consent, gate), "cookies": cookies, "gpc": compact(support)}


def gate_tables(consent: Consent, gate: ConsentGate) -> Configuration:
    """The gate's configuration: every purpose of the policy, and storage."""
    names = dict.fromkeys((STORAGE, *consent.purposes))
    groups = {} if gate.groups is None else gate.groups.purposes
    return {
        "purposes": [_purpose(name, gate.tcf.get(name, ()), groups.get(name, ())) for name in names],
        "needs_publisher_segment": gate.publisher_segment == "required",
        "places": _places(gate),
    }


def _purpose(name: str, tcf: tuple[int, ...], groups: tuple[str, ...]) -> PurposeRule:
    return {"name": name, "tcf": list(tcf), "groups": list(groups)}


def _places(gate: ConsentGate) -> dict[str, Place]:
    """The jurisdictions with the policy's regimes; a place that only the policy names has no sections of its own."""
    places: dict[str, Place] = {
        place: {"regime": one.regime, "sections": [list(each) for each in one.sections], "since": one.since_ms}
        for one in jurisdictions()
        for place in one.places
    }
    for name, regime in sorted(gate.places.items()):
        known = places.get(name) or places.get(f"{name.partition('-')[0]}-*") or places.get(name.partition("-")[0])
        places[name] = {"regime": regime, "sections": [] if known is None else known["sections"], "since": 0}
    return places
