"""Values as the registry writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_registry.nearest import nearest
from feature_registry.operators import ArgumentKind, OperatorSignature, typed_argument
from feature_registry.values import (
    BadValueError,
    FeatureType,
    read_clock,
    read_duration,
    read_timestamp,
    read_version,
    version_order,
)

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=OFFSETS))
def test_timestamps_are_those_of_python(moment: datetime) -> None:
    text = moment.isoformat(timespec="milliseconds")
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert read_timestamp(text.replace("+00:00", "Z")) == expected


@pytest.mark.parametrize(
    "text",
    ["2026-11-27", "2026-11-27T08:00Z", "2026-11-27t08:00:00z", "2026-13-01T00:00:00Z", "2026-01-01T00:00:60Z"]
    + [
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+01:60",
        "0000-01-01T00:00:00Z",
        "２026-01-01T00:00:00Z",
        5,
        None,
    ],
)
def test_other_timestamps_are_refused(text: Any) -> None:
    with pytest.raises(BadValueError):
        read_timestamp(text)


def test_the_fraction_is_cut() -> None:
    assert read_timestamp("1970-01-01T00:00:00.0019999Z") == 1
    assert read_timestamp("1969-12-31T23:59:59.9Z") == -100


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("250ms", 250), ("90s", 90_000), ("30m", 1_800_000), ("24h", 86_400_000), ("0d", 0)]
)
def test_durations(text: str, milliseconds: int) -> None:
    assert read_duration(text) == milliseconds


@pytest.mark.parametrize("text", ["", "5", "m", "1.5h", "-1s", "1 s", "01s", "1w", "1S", "٣s", "9999999999s", 30])
def test_other_durations_are_refused(text: Any) -> None:
    with pytest.raises(BadValueError):
        read_duration(text)


def test_clock() -> None:
    assert [read_clock(text) for text in ("00:00", "09:30", "24:00")] == [0, 570, 1440]
    for text in ("24:01", "12:60", "9:30", "0930"):
        with pytest.raises(BadValueError):
            read_clock(text)


def test_versions_in_order() -> None:
    # The examples of semver.org, section 11.
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]
    ordered += ["1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1", "10.0.0"]
    assert sorted(sorted(ordered), key=version_order) == ordered
    assert version_order("1.0.0+a") == version_order("1.0.0+b")
    for text in ("1.0", "01.0.0", "1.0.0-01", "1.0.0-", "v1.0.0"):
        with pytest.raises(BadValueError):
            read_version(text)


def test_typed_arguments() -> None:
    def typed(kind: ArgumentKind, feature: FeatureType, argument: Any) -> Any:
        return typed_argument(OperatorSignature("x", (feature,), kind, "", None), feature, argument)

    assert typed(ArgumentKind.VALUE, FeatureType.TIMESTAMP, "1970-01-01T00:00:01Z") == 1000
    assert typed(ArgumentKind.VALUES, FeatureType.NUMBER, (1.0, 2.0)) == (1.0, 2.0)
    assert typed(ArgumentKind.RANGE, FeatureType.VERSION, ("1.0.0", "2.0.0")) == ("1.0.0", "2.0.0")
    assert typed(ArgumentKind.DURATION, FeatureType.TIMESTAMP, "1m") == 60_000
    assert typed(ArgumentKind.TIME, FeatureType.TIMESTAMP, "1970-01-01T00:00:00Z") == 0
    assert typed(ArgumentKind.TAGS, FeatureType.TAGS, ("a", "b")) == ("a", "b")
    assert typed(ArgumentKind.FLAG, FeatureType.TEXT, True) is True


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("loyalty_teir", "loyalty_tier"),
        ("Country", "country"),
        ("al", "all"),
        ("contry", "country"),
        ("xyz", None),
        ("b", None),
    ],
)
def test_nearest(name: str, expected: str | None) -> None:
    assert nearest(name, ["loyalty_tier", "country", "county", "all", "any", "a"]) == expected


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=6))
def test_nearest_gives_a_known_name(name: str, known: list[str]) -> None:
    found = nearest(name, known)
    assert found is None or found in known
    assert name not in known or found is not None or not re.search(r"\w", name)
