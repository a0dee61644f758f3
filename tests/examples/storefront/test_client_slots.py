"""The shop whose slots the client module fills: online, slow, offline, with consent and after it was taken back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.storefront.visits import BUYER, DEFAULTS, Visit, until, visiting


@pytest.fixture(scope="module")
def running(node: Path) -> Iterator[Visit]:
    with visiting(node, "client") as started:
        yield started


@pytest.fixture
def visit(running: Visit) -> Iterator[Visit]:
    """Someone who was never here; whatever he does, no script fails, and the content security policy is kept."""
    running.page.fresh()
    yield running
    assert not running.page.said()


def test_without_consent_everybody_sees_the_same_and_gets_no_cookie(visit: Visit) -> None:
    shown = visit.open()
    assert shown.words == DEFAULTS
    assert shown.outcomes["home_hero"] == "hero_season"
    assert shown.moved == 0
    visit.open("/p/ridge-tent")
    visit.page.click('[data-consent="none"]')
    assert set(visit.page.cookies()) == {"nf_consent"}


def test_with_consent_the_visitor_takes_part_in_the_test_and_keeps_his_variation(visit: Visit) -> None:
    visit.open()
    visit.accept()
    first = visit.look()
    assert first.outcomes["home_hero"] in ("hero_trail", "hero_summit")
    assert first.words["home_hero"] != DEFAULTS["home_hero"]
    assert first.moved == 0
    assert len(visit.page.cookies()["nf_visitor"]) == 36
    for _ in range(3):
        again = visit.open()
        assert again.outcomes["home_hero"] == first.outcomes["home_hero"]
        assert again.moved == 0


def test_the_model_changes_what_a_likely_buyer_sees(visit: Visit) -> None:
    visit.open()
    visit.accept()
    visit.behave(**BUYER, month="nov", weekend="true", visitor_type="new")
    shown = visit.open("/p/trek-pack")
    assert shown.outcomes["nudge"] == "nudge_today"
    shown = visit.open()
    assert shown.words["picks"] == "Ridge tent"
    assert shown.moved == 0
    visit.behave(product_pages="5", product_seconds="60", bounce_rate="0.03", exit_rate="0.05")
    assert visit.open("/p/trek-pack").outcomes["nudge"] == "nudge_coupon"


def test_the_session_is_counted_by_the_shop_itself(visit: Visit) -> None:
    visit.open()
    visit.accept()
    for path in ("/p/ridge-tent", "/p/day-pack", "/c/packs", "/delivery"):
        visit.open(path)
    cookies = visit.page.cookies()
    assert (cookies["nf_product_pages"], cookies["nf_info_pages"], cookies["nf_pages"]) == ("2", "1", "5")
    assert 0.004 < float(cookies["nf_bounce_rate"]) < 0.018


def test_what_needs_no_consent_is_decided_without(visit: Visit) -> None:
    assert visit.open("/?utm_campaign=sale-november").words["home_hero"] == "Up to 40% off"
    visit.page.select("select", "DE")
    visit.page.click(".ship button")
    until(lambda: visit.look().words["announcement"] == "Free delivery from €49 · back within 60 days")
    assert visit.look().moved == 0


def test_a_basket_needs_no_consent(visit: Visit) -> None:
    for name in ("ridge-tent", "camp-mug"):
        visit.open(f"/p/{name}")
        visit.page.click(".product .button")
        until(lambda: visit.page.cookies().get("nf_basket", "").endswith(name))  # noqa: B023 - called at once
    visit.open("/basket")
    assert visit.page.run('return [...document.querySelectorAll(".lines a")].map((one) => one.textContent)') == [
        "Ridge tent",
        "Camp mug",
    ]
    assert set(visit.page.cookies()) == {"nf_basket"}


def test_a_slow_edge_leaves_the_default_and_nothing_changes_later(visit: Visit) -> None:
    visit.page.delay("**/.edgewise/decide*", 1200)
    shown = visit.open("/?utm_campaign=sale")
    assert shown.words == DEFAULTS
    assert set(shown.outcomes.values()) == {None}
    time.sleep(1.2)
    later = visit.look()
    assert (later.words, later.moved) == (DEFAULTS, 0)


def test_offline_the_service_worker_decides_as_the_edge_did(visit: Visit) -> None:
    visit.open()
    visit.accept()
    online = visit.open()
    visit.behave(ship_to="AT", **BUYER, month="nov", weekend="true", visitor_type="new")
    # Once more with the service worker, which keeps the page, and asks the shop who the visitor is.
    visit.open()
    until(lambda: bool(visit.known()) and visit.known()["visitor"] == visit.page.cookies()["nf_visitor"])
    answer = visit.ask()
    assert answer["decided"] is None
    assert answer["decisions"]["nudge"]["outcome"] == "nudge_today"
    visit.page.offline(True)
    alone = visit.ask()
    assert (alone["decided"], alone["decisions"]) == ("offline", answer["decisions"])
    offline = visit.open()
    assert offline.outcomes["home_hero"] == online.outcomes["home_hero"], "the same visitor, the same variation"
    assert offline.words["announcement"] == "Free delivery from €49 · back within 60 days"
    assert offline.moved == 0
    assert visit.page.run('return document.querySelector(".offline").checkVisibility()') is True
    visit.page.offline(False)
    assert visit.ask()["decided"] is None


def test_what_the_shop_knows_of_a_member_serves_offline(visit: Visit) -> None:
    visit.open()
    visit.accept()
    visit.sign_in_or_out()
    visit.open()
    visit.page.run('navigator.serviceWorker.controller.postMessage({ edgewise: "hydrate" });')
    until(lambda: bool(visit.known()) and visit.known()["features"] == {"loyalty": "gold"})
    visit.page.offline(True)
    assert visit.open().outcomes["nudge"] == "nudge_member"
    visit.page.offline(False)


def test_a_withdrawal_brings_back_the_default_and_takes_every_trace(visit: Visit) -> None:
    visit.open()
    visit.accept()
    visit.behave(**BUYER)
    assert visit.open().outcomes["home_hero"] != "hero_season"
    assert "nf_visitor" in visit.page.cookies()
    visit.withdraw()
    shown = visit.look()
    assert shown.words == DEFAULTS
    assert shown.moved == 0
    assert set(visit.page.cookies()) == {"nf_consent"}
    kept = 'return (await caches.keys()).filter((name) => !name.startsWith("edgewise-release-"))'
    until(lambda: visit.page.run(kept) == [])
    after = visit.open()
    assert (after.words, after.outcomes["home_hero"]) == (DEFAULTS, "hero_season")
    assert set(visit.page.cookies()) == {"nf_consent"}


def test_the_shop_hears_which_variation_was_seen(visit: Visit) -> None:
    visit.store.shop.exposures.clear()
    visit.open()
    visit.accept()
    variation = visit.open().outcomes["home_hero"]
    visit.open("/delivery")
    until(lambda: bool(visit.store.shop.exposures))
    told = {(one["decision"], one["experiment"], one["outcome"]) for one in visit.store.shop.exposures}
    assert told == {("home_hero", "hero_test", variation)}
