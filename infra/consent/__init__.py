"""Consent for people: strings of the IAB's formats written out, and the table of what the gate makes of signals."""

from infra.consent.scenarios import AT, CONFIGURATION, SCENARIOS, Scenario, place_rows
from infra.consent.strings import gpp_string, national_string, state_string, tc_string

__all__ = [
    "AT",
    "CONFIGURATION",
    "SCENARIOS",
    "Scenario",
    "gpp_string",
    "national_string",
    "place_rows",
    "state_string",
    "tc_string",
]
