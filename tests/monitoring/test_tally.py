"""Tallies add up: parts make the whole, in any order, by way of a log or not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.hosts.python.values import Status
from decision_engine.monitoring import Tally, TelemetryLine, age_bin, number_bin, telemetry_line
from decision_engine.monitoring.tally import MOST_CELLS, OTHER_CELL
from infra.monitoring import MonitoringError, read_log, write_log
from tests.monitoring.material import DIGEST

KNOWN = frozenset({"a", "b", "model m"})

events = st.lists(
    st.tuples(
        st.sampled_from(["DE", "AT", "(unknown)"]),
        st.sampled_from(["mobile", "not mobile"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(Status),
        st.one_of(st.none(), st.integers(0, 10**9)),
        st.floats(-1e6, 1e6),
        st.integers(0, 10**12),
    ),
    max_size=30,
)


def count(found: list[tuple[str, str, str, Status, int | None, float, int]]) -> Tally:
    tally = Tally()
    for region, device, feature, status, age, value, at in found:
        tally.see(at, at, DIGEST)
        cell = tally.cell(region, device)
        tally.sessions[cell] += 1
        served = tally.served_in(feature, cell)
        served.counts[status] += 1
        if age is not None and status is not Status.DENIED:
            served.ages[age_bin(age)] += 1
            served.beyond += age > 60_000
        values = tally.values_of(feature, 1, "number")
        if status is Status.PRESENT:
            values.bins[str(number_bin(value))] += 1
        else:
            values.absent += 1
        tally.scores_of("m", DIGEST, "number").bins[str(number_bin(abs(value)))] += 1
    return tally


def lines(tally: Tally) -> list[TelemetryLine]:
    return list(tally.lines(DIGEST))


@given(events, st.data())
def test_parts_merged_in_any_order_are_the_whole(found: list[tuple], data: st.DataObject) -> None:  # type: ignore[type-arg]  # as `events` has them
    cuts = sorted(data.draw(st.lists(st.integers(0, len(found)), max_size=3)))
    parts = [found[start:end] for start, end in zip([0, *cuts], [*cuts, len(found)], strict=True)]
    merged = Tally()
    for part in data.draw(st.permutations(parts)):
        merged.merge(count(part))
    assert lines(merged) == lines(count(found))
    assert merged.registries == count(found).registries


@given(events)
def test_a_line_says_all_that_it_counts(found: list[tuple]) -> None:  # type: ignore[type-arg]  # as `events` has them
    tally = Tally()
    for line in lines(count(found)):
        tally.add_line(telemetry_line.validate_json(line.model_dump_json(by_alias=True)))
    assert lines(tally) == lines(count(found))


def test_a_log_is_written_and_read(tmp_path: Path) -> None:
    tally = count(
        [("DE", "mobile", "a", Status.STALE, 10**6, 3.0, 5), ("AT", "mobile", "b", Status.MISSING, None, 0.0, 9)]
    )
    write_log(tmp_path / "log.jsonl", tally, DIGEST)
    twice = (tmp_path / "log.jsonl").read_bytes() * 2
    (tmp_path / "twice.jsonl").write_bytes(twice)
    found, unknown = read_log(tmp_path / "twice.jsonl", KNOWN)
    whole = Tally()
    whole.merge(tally)
    whole.merge(tally)
    assert (lines(found), unknown) == (lines(whole), 0)
    _, unknown = read_log(tmp_path / "log.jsonl", frozenset({"a"}))
    assert unknown == 3  # b served, b's values, the model's scores


SERVED = (
    '{"telemetry":1,"kind":"served","from":1,"to":2,"feature":"a","region":"DE","device":"m","counts":{"present":2}'
)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("[1]", "another value"),
        ("{", "expected JSON"),
        ('{"telemetry":2,"kind":"sessions","from":1,"to":2,"region":"DE","device":"m","count":1}', "another value"),
        ('{"telemetry":1,"kind":"other","from":1,"to":2}', "another value"),
        (
            '{"telemetry":1,"kind":"sessions","from":3,"to":2,"region":"DE","device":"m","count":1}',
            "`from` not after `to`",
        ),
        ('{"telemetry":1,"kind":"sessions","from":1,"to":2,"region":"DE","device":"m","count":-1}', "another value"),
        ('{"telemetry":1,"kind":"sessions","from":1,"to":2,"region":"DE","device":"m","count":1.5}', "another value"),
        (SERVED + ',"extra":1}', "another value"),
        (SERVED + ',"ages":{"99":1}}', "expected bins from 0 to 26"),
        (SERVED + ',"ages":{"01":1}}', "expected the number of a bin"),
        (SERVED + ',"ages":{"x":1}}', "expected the number of a bin"),
        (SERVED + ',"ages":{"1":3}}', "at most one age for each value"),
        (SERVED + ',"ages":{"1":1},"beyond":2}', "`beyond` at most as large"),
        (
            '{"telemetry":1,"kind":"values","from":1,"to":2,"feature":"a","scale":"number","bins":{"9999":1}}',
            "expected bins from",
        ),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, text: str) -> None:
    good = SERVED + ',"ages":{"1":2},"beyond":2}'
    (tmp_path / "log.jsonl").write_text(f"{good}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(MonitoringError) as caught:
        read_log(tmp_path / "log.jsonl", KNOWN)
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.line) == ("bad-line", 3)
    assert text in problem.message


def test_all_bad_lines_are_named_at_once_and_an_empty_log_too(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("{}\n" * 300, encoding="utf-8")
    with pytest.raises(MonitoringError) as caught:
        read_log(tmp_path / "log.jsonl", KNOWN)
    assert len(caught.value.diagnostics) == 100
    (tmp_path / "log.jsonl").write_text("\n\n", encoding="utf-8")
    with pytest.raises(MonitoringError) as caught:
        read_log(tmp_path / "log.jsonl", KNOWN)
    assert [one.code for one in caught.value.diagnostics] == ["empty-log"]
    with pytest.raises(MonitoringError) as caught:
        read_log(tmp_path / "none.jsonl", KNOWN)
    assert [one.code for one in caught.value.diagnostics] == ["no-such-file"]


def test_cells_are_bounded() -> None:
    tally = Tally()
    for number in range(3 * MOST_CELLS):
        tally.sessions[tally.cell(f"region {number}", "mobile")] += 1
    assert len(tally.sessions) == MOST_CELLS + 1
    assert tally.sessions[OTHER_CELL] == 2 * MOST_CELLS
