"""Cut and altered strings grant nothing that the whole string denies; and reading them is bounded in time."""

from time import perf_counter_ns

import pytest

from decision_engine.hosts.python.consent import Signals, decide_consent
from decision_engine.hosts.python.consent.gpp import read_gpp
from decision_engine.hosts.python.consent.tcf import read_tc
from infra.consent import CONFIGURATION, tc_string
from tests.hosts.consent.mutations import PLACES, run, truncations, wholes
from tests.hosts.consent.shared import mask, run_node

MOST_MICROSECONDS = 1000.0
LONGEST = 4096

HOSTILE = [
    "",
    "C" + "_" * (LONGEST - 1),
    "C" + "A" * (LONGEST - 1),
    "A" * LONGEST,
    "." * LONGEST,
    "~" * LONGEST,
    "DBABM" + "_" * (LONGEST - 5),
    "DB__" + "A" * (LONGEST - 4),
    "DB__" + "q" * (LONGEST - 4),
    "x" * 100_000,
    tc_string(0, (1,))[:35] + "AAAAAAAAA" + "8AAA" * 1000,
    tc_string(0, (1,))[:36] + "AAf_f_" + "AAA" * 1340,
]
"""Texts that make a decoder work: at the cap, all separators, counts beyond what there is, and beyond the cap."""


def test_every_truncation_of_every_string_grants_no_more() -> None:
    for signal, whole, at in wholes():
        for country, region in PLACES[signal]:
            base = Signals(country=country, region=region)
            allowed = mask(decide_consent(CONFIGURATION, base._replace(**{signal: whole}), at))
            for text in truncations(whole):
                found = mask(decide_consent(CONFIGURATION, base._replace(**{signal: text}), at))
                assert found & ~allowed == 0, (country, whole, text)


@pytest.mark.node
def test_every_truncation_of_every_string_grants_no_more_in_javascript() -> None:
    operations = [
        {
            "grants": [whole, *truncations(whole)],
            "signal": signal,
            "base": {"country": country, "region": region},
            "at": at,
            "configuration": CONFIGURATION,
        }
        for signal, whole, at in wholes()
        for country, region in PLACES[signal]
    ]
    for operation, (allowed, *masks) in zip(operations, run_node(operations), strict=True):
        assert all(found & ~allowed == 0 for found in masks), operation["grants"][0]


@pytest.mark.node
def test_altered_strings_grant_no_more_than_they_say() -> None:
    _, judged = run(20_000, seed=7)
    assert judged >= 19_000


@pytest.mark.node
def test_reading_is_bounded_in_javascript() -> None:
    texts = [*HOSTILE, *(whole for _, whole, _ in wholes())]
    for decoder in ("tc", "gpp"):
        (found,) = run_node([{"times": texts, "decoder": decoder, "rounds": 20}])
        assert found["worst"] <= MOST_MICROSECONDS, (decoder, found)


@pytest.mark.parametrize("read", [read_tc, read_gpp], ids=["tc", "gpp"])
def test_reading_is_bounded(read: object) -> None:
    """The best of several rounds: the machine may be busy."""
    assert callable(read)
    for text in HOSTILE:
        best = min(_elapsed(read, text) for _ in range(20))
        assert best <= 4 * MOST_MICROSECONDS, (text[:20], best)


def _elapsed(read: object, text: str) -> float:
    assert callable(read)
    start = perf_counter_ns()
    read(text)
    return (perf_counter_ns() - start) / 1000
