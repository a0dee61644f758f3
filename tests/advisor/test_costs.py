"""Monthly costs: by hand for every platform, rising with volume, unknown where a price is."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine import advisor
from decision_engine.advisor import (
    CHARGED,
    EDGE_PLATFORMS,
    INCLUDED,
    PRICES,
    Cost,
    Fit,
    Meter,
    cheapest,
    costs,
    price,
)
from decision_engine.budget import PLATFORMS, Quantity
from tests.advisor.material import FITS, INTERESTS, LOYALTY, PLAIN, STOCK, assume, facts


def of(found: tuple[Cost, ...], platform: str, placement: str) -> Cost:
    return next(one for one in found if (one.platform, one.placement) == (platform, placement))


SYNCED = facts(LOYALTY, INTERESTS, STOCK, operations=1_000_000)  # two groups to read; 2 ms of operations
ASSUMED = assume(
    requests_per_month=100e6,
    response_bytes=1000,
    edge_fixed_us=500,
    encode_us_per_feature=0,
    cloud_run={"p50": 10, "p95": 20, "worst": 30},
    cloud_kv_read={"p50": 5, "p95": 10, "worst": 20},
)
# 100 million requests, 2.5 ms of CPU each, 200 million reads, 100 GB; in the cloud 10 + 2 * 5 + 2.5 ms, so 23.


def test_cloudflare_by_hand() -> None:
    found = of(costs(SYNCED, ASSUMED), "cloudflare", "edge")
    requests, cpu, reads = (100 - 10) * 0.30, (250 - 30) * 0.02, (200 - 10) * 0.50
    assert found.total == pytest.approx(5 + requests + cpu + reads)
    assert found.total == pytest.approx(131.4)


def test_cloudfront_by_hand() -> None:
    found = of(costs(SYNCED, ASSUMED), "cloudfront", "edge")
    assert found.total == pytest.approx(100 * 0.10 + 100 * 1.00 + 200 * 0.03 + 100 * 0.085)


def test_lambda_edge_by_hand_but_for_its_store() -> None:
    found = of(costs(SYNCED, ASSUMED), "lambda-edge", "edge")
    gb_seconds = 100 * 3 / 1000 * 128 / 1024  # millions; 2.5 ms count as 3
    assert found.known == pytest.approx(100 * 0.60 + 100 * 1.00 + gb_seconds * 50.01 + 100 * 0.085)
    assert (found.total, found.unknown) == (None, (Meter.KV_READS,))
    token = of(costs(SYNCED, ASSUMED.model_copy(update={"profile_token": True})), "lambda-edge", "edge")
    assert token.total == pytest.approx(found.known)


def test_fastly_by_hand_but_for_what_is_not_established() -> None:
    found = of(costs(SYNCED, ASSUMED), "fastly", "edge")
    assert found.known == pytest.approx(100 * 0.50 + 100 * 1.00 + 250 * 0.05 + 100 * 0.12)
    assert set(found.unknown) == {Meter.KV_READS, Meter.MONTHLY}


def test_akamai_is_unknown_and_not_free() -> None:
    found = of(costs(PLAIN, ASSUMED), "akamai", "edge")
    assert (found.known, found.total) == (0, None)
    assert Meter.REQUESTS in found.unknown


def test_the_cloud_by_hand() -> None:
    found = of(costs(SYNCED, ASSUMED), "aws-lambda", "cloud")
    gb_seconds = 100 * 23 / 1000 * 512 / 1024
    assert found.total == pytest.approx(100 * 0.20 + 100 * 1.00 + gb_seconds * 16.6667 + 200 * 0.125 + 100 * 0.09)


def test_a_hybrid_is_the_edge_and_its_escalations() -> None:
    found = costs(SYNCED, ASSUMED.model_copy(update={"escalation_share": 0.25}))
    edge, hybrid = of(found, "cloudflare", "edge"), of(found, "cloudflare", "hybrid")
    cloud = of(found, "aws-lambda", "cloud")
    assert hybrid.total == pytest.approx(edge.known + 0.25 * cloud.known)
    none = costs(SYNCED, ASSUMED.model_copy(update={"escalation_share": 0.0}))
    assert of(none, "cloudflare", "hybrid").total == pytest.approx(edge.known)
    assert not [one for one in found if (one.platform, one.placement) == ("cloudfront", "hybrid")]  # it calls nothing


def test_a_request_that_the_page_makes_anyway_is_not_delivered_twice() -> None:
    own, page = (of(costs(PLAIN, assume(own_request=flag)), "cloudfront", "edge") for flag in (True, False))
    assert own.known - page.known == pytest.approx(10 * 1.00)


def test_platforms_that_refuse_the_code_have_no_cost() -> None:
    refused = replace(PLAIN, fits=(*FITS[:1], Fit("cloudfront", 99_999, 1, "too large"), *FITS[2:]))
    assert "cloudfront" not in {one.platform for one in costs(refused, ASSUMED)}


volumes = st.floats(0, 1e12)


@given(volumes, volumes, st.sampled_from([PLAIN, SYNCED]))
def test_more_volume_is_never_cheaper(one: float, other: float, asked: advisor.Facts) -> None:
    low, high = sorted((one, other))
    for before, after in zip(
        costs(asked, assume(requests_per_month=low)), costs(asked, assume(requests_per_month=high)), strict=True
    ):
        assert before.known <= after.known * (1 + 1e-12)
        for cheap, dear in zip(before.lines, after.lines, strict=True):
            assert cheap.usd is None or dear.usd is None or cheap.usd <= dear.usd * (1 + 1e-12)


@given(st.dictionaries(st.sampled_from(CHARGED), st.floats(0, 1e9)))
def test_what_is_unknown_is_never_zero(used: dict[Meter, float]) -> None:
    for platform in PRICES.values():
        found = price(platform, "edge", used)
        for line in found.lines:
            assert (line.usd is None) == (line.price is None and line.used > line.included)
        assert (found.total is None) == bool(found.unknown)


def test_the_cheapest_is_one_whose_cost_is_known() -> None:
    found = costs(SYNCED, ASSUMED)
    best = cheapest(found, "edge")
    assert best is not None
    assert best.platform == "cloudfront"
    assert cheapest(tuple(one for one in found if one.platform == "akamai"), "edge") is None


def test_every_price_says_its_day_and_its_source() -> None:
    for platform in PRICES.values():
        assert set(platform.meters) == set(Meter)
        for meter, figure in platform.meters.items():
            date.fromisoformat(figure.as_of)
            assert figure.value is None or figure.value >= 0
            assert figure.source is not None or not figure.value, f"{platform.name} {meter} has a price and no source"
            assert figure.note is not None or figure.value, (
                f"{platform.name} {meter} does not say why there is no price"
            )
    assert set(INCLUDED) < set(CHARGED)


def test_prices_and_limits_agree_on_requests() -> None:
    for name in EDGE_PLATFORMS:
        assert PRICES[name].meters[Meter.REQUESTS].value == PLATFORMS[name].limits[Quantity.PRICE_PER_MILLION].value


def test_the_file_is_plain_json() -> None:
    document = json.loads((Path(advisor.__file__).parent / "prices.json").read_bytes())
    assert set(document["platforms"]) == set(PRICES)
