"""The gate for requests in files: a member `signals` says what the platform saw; what the gate makes of it is shown.

    {"signals": {"cookie": "euconsent-v2=...", "sec-gpc": "1", "geo": {"country": "DE"}}, "session": {...}}

`geo` is that of the request where the signals have none. `receipt` stands for a receipt that was verified, since a file
brings no keys: `{"granted": ["storage"]}`, or `{"refused": "expired"}`. `stopped` is `erased` or `killed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from decision_engine.consent_tables import gate_table
from decision_engine.hosts.python.consent import Outcome, Receipt, Refusal, gate_request, with_denied
from feature_registry import Registry, error
from infra.errors import NOWHERE, RequestsError

SIGNALS = "signals"
_STOPPED = ("erased", "killed")
_REFUSALS = tuple(str(one) for one in Refusal)


class Gated(NamedTuple):
    """A request as the gate leaves it, and the gate's outcome; None where the request brings no signals."""

    request: dict[str, object]
    outcome: Outcome | None


def gate(registry: Registry, request: Mapping[str, object], at: int) -> Gated:
    """Put the gate's denials beside a request's own. Raises RequestsError for signals that cannot be used."""
    rest = {name: value for name, value in request.items() if name != SIGNALS}
    if SIGNALS not in request:
        return Gated(rest, None)
    consent = registry.policies.consent
    if consent is None or consent.gate is None:
        raise _refuse_signals("no-gate", "expected a registry with a consent gate, found signals and no gate", _NO_GATE)
    signals = _object(request[SIGNALS], "signals")
    unknown = next((name for name in signals if name not in _MEMBERS), None)
    if unknown is not None:
        raise _refuse_signals("bad-signals", f"expected one of {_listed(_MEMBERS)}, found `{unknown[:64]}`")
    given = {name: _MEMBERS[name](value) for name, value in signals.items() if value is not None}
    geo = given.get("geo", request.get("geo"))
    outcome = gate_request(
        gate_table(consent, consent.gate),
        {"geo": geo if isinstance(geo, dict) else {}, "cookie": given.get("cookie"), "gpc": given.get("sec-gpc")},
        at,
        receipt=given.get("receipt"),
        stopped=given.get("stopped"),
    )
    return Gated(with_denied(rest, outcome), outcome)


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """The gate's outcome as a member of an answer."""
    rulings = {
        one.purpose: {"allowed": one.allowed, "state": str(one.state), "basis": one.basis} for one in outcome.rulings
    }
    return {"place": outcome.place, "regime": outcome.regime, "purposes": rulings}


def outcome_text(outcome: Outcome) -> str:
    """Lines for people: the place, and each purpose with its basis."""
    regime = "opt-in" if outcome.regime == "opt_in" else "opt-out"
    lines = [f"Consent: the rule of `{outcome.place}` holds, {regime}"]
    width = max(len(one.purpose) for one in outcome.rulings)
    for one in outcome.rulings:
        lines.append(f"  {one.purpose:<{width}}  {'allowed' if one.allowed else 'denied '}  {one.state} ({one.basis})")
    return "\n".join(lines) + "\n"


_NO_GATE = 'add "gate": {} to policies.consent, or leave the signals out'


def _text(name: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str):
            raise _refuse_signals("bad-signals", f"expected `{name}` as text, found {_kind(value)}")
        return value

    return read


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse_signals("bad-signals", f"expected `{name}` as an object, found {_kind(value)}")
    return value


def _stopped(value: object) -> str:
    if value not in _STOPPED:
        raise _refuse_signals("bad-signals", f"expected `stopped` as {_listed(_STOPPED)}, found `{str(value)[:64]}`")
    return str(value)


def _receipt(value: object) -> Receipt:
    receipt = _object(value, "receipt")
    granted, refused = receipt.get("granted", []), receipt.get("refused")
    if refused is not None and refused not in _REFUSALS:
        raise _refuse_signals("bad-signals", f"expected `refused` as {_listed(_REFUSALS)}, found `{str(refused)[:64]}`")
    if not isinstance(granted, list) or not all(isinstance(one, str) for one in granted) or set(receipt) - _RECEIPT:
        raise _refuse_signals("bad-signals", 'expected a receipt as {"granted": [...]} or {"refused": "..."}')
    return Receipt(frozenset(), Refusal(refused)) if refused is not None else Receipt(frozenset(granted))


_RECEIPT = {"granted", "refused"}
_MEMBERS: Mapping[str, Callable[[object], Any]] = {
    "cookie": _text("cookie"),
    "sec-gpc": _text("sec-gpc"),
    "geo": lambda value: _object(value, "geo"),
    "receipt": _receipt,
    "stopped": _stopped,
}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _kind(value: object) -> str:
    kinds = {
        bool: "a truth value",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "null")


def _refuse_signals(code: str, message: str, help: str | None = None) -> RequestsError:
    return RequestsError([error(code, message, NOWHERE, help)])
