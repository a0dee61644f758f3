"""The limits are dated data with sources, and every target has its platform."""

from datetime import date
from typing import get_args

import pytest

from decision_engine.budget import HELD, PLATFORM_OF_TARGET, PLATFORMS, Quantity, platform_of
from feature_registry.documents.policies import Platform
from infra.targets import TARGETS


def test_every_target_has_its_platform_or_none() -> None:
    assert set(TARGETS) == set(PLATFORM_OF_TARGET)
    assert {name for name in PLATFORM_OF_TARGET.values() if name} <= set(PLATFORMS)


def test_environments_can_name_where_every_target_runs() -> None:
    places = {platform or target.removesuffix("-wheel") for target, platform in PLATFORM_OF_TARGET.items()}
    assert places == set(get_args(Platform))


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_figure_has_a_day_and_a_source(name: str) -> None:
    limits = PLATFORMS[name].limits
    assert set(limits) == set(Quantity)
    for limit in limits.values():
        assert date.fromisoformat(limit.as_of) >= date(2026, 11, 21)
        assert limit.value is None or (limit.value > 0 and limit.source)
        assert limit.value is not None or limit.note, "what is not established says so"


def test_the_stricter_figure_counts() -> None:
    cloudflare, edge = PLATFORMS["cloudflare"].limits, PLATFORMS["lambda-edge"].limits
    assert cloudflare[Quantity.CODE_GZIP].value == 3_000_000
    assert edge[Quantity.RESPONSE].value == 40_000
    assert PLATFORMS["cloudfront"].limits[Quantity.CODE_RAW].value == 10_240


def test_times_and_prices_are_not_held() -> None:
    assert Quantity.PRICE_PER_MILLION not in HELD
    assert Quantity.CPU_MS not in HELD
    assert platform_of("wasm") is None
