"""Consent: bounded decoders of what browsers and consent tools say of a visitor, and the gate that they feed."""

from .gate import Configuration, Outcome, PurposeRule, Ruling, Signals, State, decide_consent, is_opted_out
from .places import Place
from .receipts import Receipt, Refusal, read_receipt, write_receipt
from .requests import GateTable, Seen, find_cookies, gate_request, with_denied

__all__ = [
    "Configuration",
    "GateTable",
    "Outcome",
    "Place",
    "PurposeRule",
    "Receipt",
    "Refusal",
    "Ruling",
    "Seen",
    "Signals",
    "State",
    "decide_consent",
    "find_cookies",
    "gate_request",
    "is_opted_out",
    "read_receipt",
    "with_denied",
    "write_receipt",
]
