"""The shop whose slots the edge fills in the stream: there when the page is painted, and nothing is asked for."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.storefront.origin import POLICY
from tests.examples.storefront.visits import BUYER, DEFAULTS, Visit, until, visiting

CONSENT = "nf_consent=groups%3DC0001%3A1%2CC0002%3A1%2CC0003%3A1"


@pytest.fixture(scope="module")
def running(node: Path) -> Iterator[Visit]:
    with visiting(node, "edge") as started:
        yield started


@pytest.fixture
def visit(running: Visit) -> Iterator[Visit]:
    """Someone who was never here; whatever he does, no script fails, and the content security policy is kept."""
    running.page.fresh()
    yield running
    assert not running.page.said()


def page_text(visit: Visit, path: str = "/", **headers: str) -> tuple[str, dict[str, str]]:
    request = urllib.request.Request(visit.store.url + path, headers={"accept": "text/html", **headers})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}


def asked(visit: Visit) -> int:
    """How often this page has asked for decisions."""
    names: list[str] = visit.page.run('return performance.getEntriesByType("resource").map(({ name }) => name)')
    return sum("/.edgewise/decide" in name for name in names)


def test_the_page_comes_filled(visit: Visit) -> None:
    text, headers = page_text(visit, cookie=CONSENT)
    assert 'data-edgewise="hero_trail"' in text or 'data-edgewise="hero_summit"' in text
    assert 'id="edgewise-data"' in text
    assert DEFAULTS["home_hero"] not in text.partition("<body")[2]
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-security-policy"] == POLICY
    assert headers["set-cookie"].startswith("nf_visitor=")
    plain, headers = page_text(visit)
    assert 'data-edgewise="hero_season"' in plain
    assert "set-cookie" not in headers


def test_what_is_no_page_passes_as_it_is(visit: Visit) -> None:
    for path in ("/static/shop.css", "/static/pictures/camp-mug.svg", "/edgewise/client.js"):
        text, headers = page_text(visit, path, cookie=CONSENT)
        assert 'id="edgewise-data"' not in text
        assert headers["cache-control"] == "no-cache"


def test_filled_slots_are_painted_at_once_and_nothing_is_asked_for(visit: Visit) -> None:
    visit.open()
    visit.accept()
    shown = visit.open()
    assert shown.outcomes["home_hero"] in ("hero_trail", "hero_summit")
    assert shown.words["home_hero"] != DEFAULTS["home_hero"]
    assert shown.moved == 0
    assert asked(visit) == 0
    for _ in range(3):
        assert visit.open().outcomes == shown.outcomes


def test_without_consent_everybody_sees_the_same_and_gets_no_cookie(visit: Visit) -> None:
    shown = visit.open()
    assert (shown.words, shown.moved) == (DEFAULTS, 0)
    visit.page.click('[data-consent="none"]')
    visit.open("/p/ridge-tent")
    assert set(visit.page.cookies()) == {"nf_consent"}


def test_the_model_and_the_query_change_the_page(visit: Visit) -> None:
    visit.open()
    visit.accept()
    visit.behave(**BUYER, month="nov", weekend="true", visitor_type="new")
    assert visit.open("/p/trek-pack").outcomes["nudge"] == "nudge_today"
    shown = visit.open("/?utm_campaign=sale-november")
    assert (shown.words["home_hero"], shown.words["picks"]) == ("Up to 40% off", "Ridge tent")
    assert shown.moved == 0


def test_a_member_is_known_by_the_token_that_the_shop_signs(visit: Visit) -> None:
    visit.open()
    visit.accept()
    visit.sign_in_or_out()
    assert visit.open().outcomes["nudge"] == "nudge_member"
    visit.sign_in_or_out()
    assert visit.open().outcomes["nudge"] != "nudge_member"
    assert "ew_profile" not in visit.page.cookies()


def test_a_preview_link_shows_its_variation_to_anybody(visit: Visit) -> None:
    for variation in ("trail", "summit"):
        token = visit.store.shop.keys.preview("hero_test", variation)
        shown = visit.open(f"/?edgewise_preview={token}")
        assert (shown.outcomes["home_hero"], shown.moved) == (f"hero_{variation}", 0)
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert visit.open(f"/?edgewise_preview={forged}").outcomes["home_hero"] == "hero_season"


def test_offline_the_page_that_was_seen_stands_and_the_device_decides(visit: Visit) -> None:
    visit.open()
    visit.accept()
    online = visit.open()
    until(lambda: bool(visit.known()) and visit.known()["visitor"] == visit.page.cookies()["nf_visitor"])
    visit.page.offline(True)
    offline = visit.open()
    assert offline.outcomes == online.outcomes
    alone = visit.ask()
    assert alone["decided"] == "offline"
    assert alone["decisions"]["home_hero"]["outcome"] == online.outcomes["home_hero"]
    visit.page.offline(False)


def test_a_withdrawal_brings_the_edges_default_and_takes_the_cookies(visit: Visit) -> None:
    visit.open()
    visit.accept()
    assert visit.open().outcomes["home_hero"] != "hero_season"
    assert "nf_visitor" in visit.page.cookies()
    visit.withdraw()
    shown = visit.look()
    assert (shown.words, shown.outcomes["home_hero"], shown.moved) == (DEFAULTS, "hero_season", 0)
    assert set(visit.page.cookies()) == {"nf_consent"}


def test_the_shop_hears_which_variation_was_seen(visit: Visit) -> None:
    visit.open()
    visit.accept()
    visit.store.shop.exposures.clear()
    variation = visit.open().outcomes["home_hero"]
    visit.open("/delivery")
    until(lambda: bool(visit.store.shop.exposures))
    told = {(one["decision"], one["experiment"], one["outcome"]) for one in visit.store.shop.exposures}
    assert told == {("home_hero", "hero_test", variation)}
