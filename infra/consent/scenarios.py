"""The rows and columns of the published table: places from the jurisdictions, signals as they are at one time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from decision_engine.consent_tables import gate_tables
from decision_engine.hosts.python.consent import Receipt, Refusal, Signals
from feature_registry.documents import Consent, ConsentGate, CookieGroups
from feature_registry.jurisdictions import Jurisdiction, jurisdictions
from infra.consent.strings import gpp_string, national_string, state_string, tc_string


def _ms(day: str) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


AT = _ms("2026-11-21")
"""The time of the table, ms UTC."""

_GATE = ConsentGate(
    groups=CookieGroups(
        purposes={"storage": ("C0003",), "personalisation": ("C0003", "C0004"), "analytics": ("C0002",)}
    )
)
CONFIGURATION = gate_tables(Consent(purposes=("personalisation", "analytics"), gate=_GATE), _GATE)
"""The policy of the table: the usual one, with OneTrust's groups."""

_NEW, _OLD = _ms("2026-09-01"), _ms("2025-10-01")
_ALL, _NONE = (1, 5, 6, 8), ()
_AGREED = frozenset({"storage", "personalisation"})


@dataclass(frozen=True, slots=True)
class Scenario:
    """One column: what came with the request. `in_gpp` gives a GPP string by the section of the place's state."""

    key: str
    title: str
    signals: Signals = field(default_factory=Signals)
    in_gpp: Callable[[int], str] | None = None

    def at_place(self, country: str | None, region: str | None, state: int) -> Signals:
        """The signals of a visitor there; `state` is the section of the state, 8 (California's) where there is none."""
        placed = self.signals._replace(country=country, region=region)
        return placed if self.in_gpp is None else placed._replace(gpp=self.in_gpp(state))


def _state(value: int, *, child: int = 0, gpc: bool | None = None) -> Callable[[int], str]:
    return lambda section: gpp_string({section: state_string(section, value, child=child, gpc=gpc)})


def _national_and_state(national: int, state: int) -> Callable[[int], str]:
    return lambda section: gpp_string({7: national_string(national), section: state_string(section, state)})


SCENARIOS = (
    Scenario("nothing", "no signal"),
    Scenario("erased", "erased or killed", Signals(stopped="erased")),
    Scenario("gpc", "`Sec-GPC: 1`", Signals(gpc="1")),
    Scenario("gpc_other", "`Sec-GPC: 0`", Signals(gpc="0")),
    Scenario("state_out", "GPP, the state's section: opted out", in_gpp=_state(1)),
    Scenario("state_in", "GPP, the state's section: did not opt out", in_gpp=_state(2)),
    Scenario("state_gpc", "GPP, the state's section: GPC bit", in_gpp=_state(2, gpc=True)),
    Scenario("state_child", "GPP, the state's section: known child", in_gpp=_state(2, child=1)),
    Scenario("state_cut", "GPP, the state's section, cut", in_gpp=lambda section: _state(1)(section)[:-2]),
    Scenario("usnat_out", "GPP usnat: opted out", Signals(gpp=gpp_string({7: national_string(1)}))),
    Scenario("usnat_in", "GPP usnat: did not opt out", Signals(gpp=gpp_string({7: national_string(2)}))),
    Scenario("state_over", "GPP usnat opted out, the state's section did not", in_gpp=_national_and_state(1, 2)),
    Scenario("usp_out", "GPP uspv1: opted out", Signals(gpp=gpp_string({6: "1YYN"}))),
    Scenario("tcf_all", "TC string: all", Signals(tcf=tc_string(_NEW, _ALL, publisher=_ALL))),
    Scenario("tcf_none", "TC string: none", Signals(tcf=tc_string(_NEW, _NONE, publisher=_NONE))),
    Scenario("tcf_storage", "TC string: purpose 1 only", Signals(tcf=tc_string(_NEW, _ALL, publisher=(1,)))),
    Scenario("tcf_half", "TC string: purposes 1 and 5", Signals(tcf=tc_string(_NEW, _ALL, publisher=(1, 5)))),
    Scenario("tcf_core", "TC string without PublisherTC", Signals(tcf=tc_string(_NEW, _ALL))),
    Scenario(
        "tcf_vendors",
        "TC string without DisclosedVendors",
        Signals(tcf=tc_string(_NEW, _ALL, publisher=_ALL, discloses=False)),
    ),
    Scenario(
        "tcf_restricted", "TC string, 5 restricted", Signals(tcf=tc_string(_NEW, _ALL, publisher=_ALL, restricted=(5,)))
    ),
    Scenario("tcf_policy", "TC string of policy 3", Signals(tcf=tc_string(_NEW, _ALL, publisher=_ALL, policy=3))),
    Scenario("tcf_old", "TC string of 13 months and more", Signals(tcf=tc_string(_OLD, _ALL, publisher=_ALL))),
    Scenario("tcf_cut", "TC string, cut", Signals(tcf=tc_string(_NEW, _ALL, publisher=_ALL)[:30])),
    Scenario(
        "tcf_in_gpp",
        "GPP tcfeuv2: all",
        Signals(gpp=gpp_string({2: tc_string(_NEW, _ALL, publisher=_ALL)})),
    ),
    Scenario("receipt", "receipt: storage, personalisation", Signals(receipt=Receipt(_AGREED))),
    Scenario("receipt_bad", "receipt, refused", Signals(receipt=Receipt(frozenset(), Refusal.FORGED))),
    Scenario("groups_all", "cookie groups: all", Signals(groups="groups=C0002:1,C0003:1,C0004:1")),
    Scenario("groups_some", "cookie groups: C0003 only", Signals(groups="groups=C0002:0,C0003:1,C0004:0")),
    Scenario("gpc_tcf", "`Sec-GPC: 1` and TC string: all", Signals(gpc="1", tcf=tc_string(_NEW, _ALL, publisher=_ALL))),
    Scenario(
        "tcf_receipt",
        "TC string: none, and receipt",
        Signals(tcf=tc_string(_NEW, _NONE, publisher=_NONE), receipt=Receipt(_AGREED)),
    ),
)


def place_rows() -> list[tuple[Jurisdiction, str | None, str | None, int]]:
    """Each jurisdiction with a country and a region that have its rule, and the section of its state (8 without)."""
    return [(one, *_example(one)) for one in jurisdictions()]


def _example(one: Jurisdiction) -> tuple[str | None, str | None, int]:
    name = one.places[0]
    if name == "unknown":
        return None, None, 8
    if name == "elsewhere":
        return "JP", None, 8
    country, _, region = name.partition("-")
    if region == "*":
        return country, "WY", 8
    state = max((section for sections in one.sections for section in sections[:1]), default=8) if region else 8
    return country, region or None, state
