"""Freshness by hand-counted windows: shares, thresholds, small cells, and what cannot be said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.hosts.python.values import Status
from decision_engine.monitoring import Cell, State, Tally, Thresholds, Watched, measure_freshness, shown_cells
from decision_engine.monitoring.freshness import SMALL
from tests.monitoring.material import add_age

LOYALTY = Watched("loyalty", "profile", 60_000)
COUNTRY = Watched("country", "geo", None)


def test_shares_are_counted() -> None:
    tally = Tally()
    add_age(tally, 1_000, times=600)
    add_age(tally, 3_600_000, status=Status.STALE, times=200)
    add_age(tally, None, status=Status.MISSING, times=100)
    add_age(tally, None, status=Status.DENIED, times=100)
    found = measure_freshness(tally, [LOYALTY], Thresholds(), 20)
    [loyalty] = found.features
    assert loyalty.measured.share_beyond == 200 / 800
    assert loyalty.measured.share_missing == 100 / 900
    assert loyalty.measured.denied == 100
    assert loyalty.measured.quantile(0.5) == (1000, 2000)
    assert loyalty.measured.quantile(0.95) == (2048_000, 4096_000)
    assert found.state is State.BREACH
    assert {(one.subject, one.state, one.limit) for one in found.findings} == {
        ("loyalty", State.BREACH, 0.2),
        ("profile/DE/mobile", State.BREACH, 0.2),
    }


@pytest.mark.parametrize(
    ("stale", "state"), [(0, State.OK), (49, State.OK), (50, State.WARN), (199, State.WARN), (200, State.BREACH)]
)
def test_thresholds_are_reached_and_not_passed(stale: int, state: State) -> None:
    tally = Tally()
    add_age(tally, 1_000, times=1000 - stale)
    if stale:
        add_age(tally, 61_000, status=Status.STALE, times=stale)
    assert measure_freshness(tally, [LOYALTY], Thresholds(), 20).state is state


def test_one_stale_region_does_not_hide_in_the_whole() -> None:
    tally = Tally()
    add_age(tally, 1_000, times=9_000)
    add_age(tally, 61_000, status=Status.STALE, region="AT", times=400)
    add_age(tally, 1_000, region="AT", times=600)
    found = measure_freshness(tally, [LOYALTY], Thresholds(), 20)
    assert found.features[0].state is State.OK
    assert [(one.subject, one.state, one.value) for one in found.findings] == [("profile/AT/mobile", State.BREACH, 0.4)]


def test_missing_values_are_held_to_a_threshold_when_one_is_given() -> None:
    tally = Tally()
    add_age(tally, None, feature="country", times=700)
    add_age(tally, None, feature="country", status=Status.DEFAULT, times=300)
    assert measure_freshness(tally, [COUNTRY], Thresholds(), 20).state is State.OK
    strict = Thresholds(missing_warn=0.1, missing_breach=0.3)
    [finding] = measure_freshness(tally, [COUNTRY], strict, 20).findings
    assert (finding.state, finding.value) == (State.BREACH, 0.3)


def test_too_little_data_is_a_finding_of_its_own() -> None:
    tally = Tally()
    assert [one.subject for one in measure_freshness(tally, [LOYALTY], Thresholds(), 20).findings] == ["sessions"]
    add_age(tally, 1_000, times=499)
    [finding] = measure_freshness(tally, [LOYALTY], Thresholds(), 20).findings
    assert (finding.state, finding.value, finding.limit) == (State.NOT_ENOUGH_DATA, 499, 500)
    add_age(tally, None, times=1000)
    [finding] = measure_freshness(tally, [LOYALTY], Thresholds(), 20).findings
    assert (finding.subject, finding.state) == ("loyalty", State.NOT_ENOUGH_DATA)
    assert "499" in finding.message
    strict = Thresholds(stale_warn=None, stale_breach=None, missing_warn=0.1, missing_breach=0.2)
    [finding] = measure_freshness(tally, [COUNTRY], strict, 20).findings
    assert (finding.subject, finding.state) == ("country", State.NOT_ENOUGH_DATA)


def test_small_cells_are_shown_together_or_not_at_all() -> None:
    big, small, tiny = Cell("DE", "m"), Cell("AT", "m"), Cell("CH", "m")
    shown = shown_cells({big: 500, small: 30, tiny: 25}, 50)
    assert shown.sessions == {big: 500, SMALL: 55}
    assert shown.shown_as == {big: big, small: SMALL, tiny: SMALL}
    assert shown_cells({big: 500, tiny: 25}, 50).sessions == {SMALL: 525}  # alone it would follow from the total
    assert shown_cells({tiny: 25}, 50).sessions == {}


@given(
    st.dictionaries(st.sampled_from([Cell(region, "m") for region in "abcdefgh"]), st.integers(1, 200)),
    st.integers(1, 100),
)
def test_no_cell_below_the_smallest_is_shown_or_follows(sessions: dict[Cell, int], smallest: int) -> None:
    shown = shown_cells(sessions, smallest)
    assert all(count >= smallest for count in shown.sessions.values())
    hidden = sum(sessions.values()) - sum(shown.sessions.values())
    assert hidden == 0 or (hidden < smallest and not shown.sessions)
