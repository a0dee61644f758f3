"""Pages through the worker in workerd: what is shown, what passes untouched, how it streams, what the origin hears."""

from __future__ import annotations

import gzip
import http.client
import time
from collections.abc import Mapping

import pytest

from decision_engine.hosts.python.delivery import Forced, write_preview
from tests.edge.delivery.site import KEY, PAGE, Reply, Site, compressed, hydrated
from tests.edge.serving import LOCAL

pytestmark = pytest.mark.node

GERMANY = {"country": "DE"}
TAGGED = {"x-tag": "sale"}
OWN = {"edgewise-segment": "evil", "x-home-hero": "evil", "x-offers": "evil"}


def test_a_page_shows_the_outcomes(site: Site) -> None:
    page = site.worker.ask("GET", "/page", cf=GERMANY, headers=TAGGED).body.decode()
    assert (
        '<edgewise-slot name="home_hero" data-edgewise="hero_dach"><a class="hero" href="/de?a=1&#38;b=2">'
        '<img src="https://cdn.shop.example/d.webp" alt="Gr&#252;&#223;e &#38; &#60;b&#62;mehr&#60;/b&#62; '
        '&#34;jetzt&#34;"><h2>Gr&#252;&#223;e &#38; &#60;b&#62;mehr&#60;/b&#62; &#34;jetzt&#34;</h2></a>'
        "</edgewise-slot>"
    ) in page
    assert '<a class="x" href="/sale" title="Sale 20% &#60;/script&#62;' in page
    assert '<ul><li><a href="/p/bag?q=Bag">Bag f&#252;r 1e-7 &#8364;</a></li><li>' in page
    assert '<edgewise-slot name="unknown">Unknown stays</edgewise-slot><edgewise-slot>No name stays' in page
    assert page.endswith("<p>Grüße</p></body></html>") and "Default hero" not in page and "Old " not in page


def test_a_page_carries_the_outcomes_for_its_scripts(site: Site) -> None:
    body = site.worker.ask("GET", "/page", headers=TAGGED).body
    assert body.index(b"edgewise-data") < body.index(b"<title>")
    found = hydrated(body)
    assert list(found["decisions"]) == ["banner", "home_hero"]
    assert found["decisions"]["banner"]["payload"]["text"] == "Sale 20% </script><script>alert(1)</script>"
    assert found["decisions"]["home_hero"]["outcome"] == "hero_default"


def test_what_changes_nothing_leaves_the_page(site: Site) -> None:
    page = site.worker.ask("GET", "/page", cf={"country": "FR"}).body.decode()
    assert '<div class="banner"><a class="x" href="/old">Old <b>banner</b></a></div>' in page


def test_a_page_without_a_head_gets_the_data_in_its_body(site: Site) -> None:
    site.origin.replies["/bare"] = Reply(body=b"<body><p>x</p></body>")
    body = site.worker.ask("GET", "/bare").body
    assert body.startswith(b'<body><script type="application/json" id="edgewise-data">')
    assert body.count(b"edgewise-data") == 1
    site.origin.replies["/fragment"] = Reply(body=b"<p>x</p>")
    assert site.worker.ask("GET", "/fragment").body == b"<p>x</p>"


UNTOUCHED: Mapping[str, Reply] = {
    "status": Reply(status=404),
    "status-500": Reply(status=500),
    "status-redirect": Reply(status=302, headers={"location": "/elsewhere"}),
    "status-created": Reply(status=201),
    "not-html": Reply(headers={"content-type": "application/json"}, body=PAGE.encode()),
    "not-html-none": Reply(headers={"content-type": ""}),
    "encoded": Reply(headers={"content-encoding": "gzip"}, body=compressed(PAGE)),
    "encoded-unknown": Reply(headers={"content-encoding": "zstd"}, body=b"\x28\xb5\x2f\xfd" + PAGE.encode()),
    "no-transform": Reply(headers={"cache-control": "public, no-transform"}),
    "charset": Reply(headers={"content-type": "text/html; charset=utf-16"}, body=PAGE.encode("utf-16")),
    "charset-japan": Reply(headers={"content-type": "text/html; charset=shift_jis"}, body=b"<p>\x93\xfa</p>"),
    "too-long": Reply(body=PAGE.encode() + b" " * 2_097_152),
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_is_in_doubt_passes_byte_for_byte(site: Site, name: str) -> None:
    reply = UNTOUCHED[name]
    site.origin.replies[f"/{name}"] = reply
    answer = site.worker.ask("GET", f"/{name}", headers=TAGGED)
    plain = site.worker.ask("GET", f"/{name}", headers={"test-raw": "1"})
    assert (answer.status, answer.body) == (reply.status, reply.body) == (plain.status, plain.body)
    told = {"vary", "edgewise-segment", "date"}
    without = {name: value for name, value in answer.headers.items() if name not in told}
    assert without == {name: value for name, value in plain.headers.items() if name not in told}


def test_other_files_and_failures_pass_without_a_word(site: Site) -> None:
    site.origin.replies["/a.css"] = Reply(headers={"content-type": "text/css"}, body=b"a { }")
    for path, headers in (("/a.css", {}), ("/page", {"range": "bytes=0-5"}), ("/page", {"test-fails": "1"})):
        answer = site.worker.ask("GET", path, headers=headers)
        assert "edgewise-segment" not in answer.headers and "vary" not in answer.headers
        assert answer.body == (b"a { }" if path == "/a.css" else PAGE.encode())
        assert "edgewise-segment" not in site.origin.last[2]
    posted = site.worker.ask("POST", "/page", b"x=1", headers=OWN)
    assert posted.body == PAGE.encode() and not OWN.keys() & site.origin.last[2].keys()


def test_any_bytes_pass(site: Site) -> None:
    body = b"<html><head></head><body>\xff\xfe<!-- \x80 --><p \xe4=\xf6>\x00<script>'<edgewise-slot name=home_hero>'"
    site.origin.replies["/bytes"] = Reply(body=body, headers={"content-type": "text/html; charset=iso-8859-1"})
    answer = site.worker.ask("GET", "/bytes").body
    assert answer.partition(b"</script>")[2] == body.partition(b"<head>")[2]


def test_gzip_is_edited_where_the_platform_decodes(site: Site) -> None:
    site.origin.replies["/zone"] = Reply(headers={"content-encoding": "gzip"}, body=compressed(PAGE))
    answer = site.worker.ask("GET", "/zone", headers={"test-decoded": "1"})
    assert answer.headers["content-encoding"] == "gzip"
    assert b"data-edgewise" in gzip.decompress(answer.body)
    long = PAGE.replace("</body>", "<p>x" * 30_000 + "</body>")
    site.origin.replies["/zone"] = Reply(headers={"content-encoding": "gzip"}, body=compressed(long))
    page = gzip.decompress(site.worker.ask("GET", "/zone", headers={"test-decoded": "1"}).body)
    assert b"data-edgewise" in page and page.endswith(b"<p>x" * 30_000 + b"</body></html>")


def test_visitors_cannot_speak_for_the_edge(site: Site) -> None:
    site.worker.ask("GET", "/page", headers=OWN)
    assert site.origin.last[2]["x-home-hero"] == "hero_default"
    assert "evil" not in site.origin.last[2].values()
    site.worker.ask("GET", "/a.css", headers=OWN)
    assert not OWN.keys() & site.origin.last[2].keys()


def test_the_origin_is_told_and_nothing_else_changes(site: Site) -> None:
    sent = {"accept": "text/html", "cookie": "a=1", "if-none-match": '"x"', "user-agent": "test", "x-tag": "sale"}
    site.worker.ask("GET", "/page?d=1&x=%20y", cf=GERMANY, headers=sent)
    method, target, headers = site.origin.last
    assert (method, target) == ("GET", "/page?d=1&x=%20y")
    assert headers["x-home-hero"] == "hero_dach" and headers["x-offers"] == "bag,shoe"
    assert headers["edgewise-segment"].partition("-")[2] == "0-3-7.5-9-9-2"
    assert {name: headers[name] for name in ("accept", "cookie", "user-agent", "x-tag")} == {
        name: sent[name] for name in ("accept", "cookie", "user-agent", "x-tag")
    }
    assert "if-none-match" not in headers and headers["accept-encoding"] == "identity"


def test_caches_are_told_what_the_page_depends_on(site: Site) -> None:
    kept = {"cache-control": "public, max-age=600", "etag": '"1"', "vary": "Accept-Encoding"}
    site.origin.replies["/cached"] = Reply(headers=kept)
    answer = site.worker.ask("GET", "/cached")
    assert answer.headers["cache-control"] == "public, max-age=600"
    assert answer.headers["vary"] == "Accept-Encoding, edgewise-segment, x-tag, cookie"
    assert answer.headers["edgewise-segment"].endswith("-2-4-5.6-9-9-2-l1.2") and "etag" not in answer.headers


def test_head_says_what_get_says(site: Site) -> None:
    head, get = (site.worker.ask(method, "/page", cf=GERMANY) for method in ("HEAD", "GET"))
    assert head.body == b"" and head.status == get.status
    dropped = {"date", "transfer-encoding", "content-length"}
    assert {k: v for k, v in head.headers.items() if k not in dropped} == {
        k: v for k, v in get.headers.items() if k not in dropped
    }


def test_first_bytes_come_before_the_origin_has_ended(site: Site) -> None:
    body = PAGE.encode() + b"<p>x</p>" * 8000
    site.origin.replies["/slow"] = Reply(body=body, pieces=4, pause=0.3, is_chunked=True)
    site.origin.replies["/slow-short"] = Reply(body=PAGE.encode(), pieces=4, pause=0.3)
    for path in ("/slow", "/slow-short"):
        connection = http.client.HTTPConnection(LOCAL, site.worker.port, timeout=10)
        begin = time.monotonic()
        connection.request("GET", path)
        response = connection.getresponse()
        response.read(50)
        first = time.monotonic() - begin
        response.read()
        last = time.monotonic() - begin
        connection.close()
        assert first < 0.5, (path, first)
        assert last > 0.8, (path, last)


@pytest.mark.parametrize("element", [b"<p>x", b"<li>x", b"<div><span>", b"<svg><path/>"])
def test_a_page_that_would_exhaust_the_rewriter_comes_whole(site: Site, element: bytes) -> None:
    body = PAGE.encode().replace(b"</body>", element * 30_000 + b"</body>")
    for path, is_chunked in (("/open", False), ("/open-chunked", True)):
        site.origin.replies[path] = Reply(body=body, is_chunked=is_chunked)
        answer = site.worker.ask("GET", path, cf=GERMANY).body
        assert answer.endswith(element * 30_000 + b"</body></html>")
        assert b'data-edgewise="hero_dach"' in answer


def test_a_page_of_unknown_length_is_edited_up_to_the_longest(site: Site) -> None:
    body = PAGE.encode() + b"<!--" + b"x" * 3_000_000 + b"--><edgewise-slot name=home_hero>late</edgewise-slot>"
    site.origin.replies["/endless"] = Reply(body=body, is_chunked=True, pieces=50)
    answer = site.worker.ask("GET", "/endless").body
    assert b'data-edgewise="hero_default"' in answer
    assert answer.endswith(b"--><edgewise-slot name=home_hero>late</edgewise-slot>")
    assert answer.count(b"x") >= 3_000_000


def test_a_long_attribute_passes(site: Site) -> None:
    image = b'<img src="data:image/png;base64,' + b"A" * 1_500_000 + b'">'
    site.origin.replies["/image"] = Reply(body=PAGE.encode() + image)
    assert site.worker.ask("GET", "/image").body.endswith(image)


def test_an_origin_that_breaks_off_ends_the_answer(site: Site) -> None:
    for path, pad in (("/cut", b""), ("/cut-long", b"<p>x</p>" * 8000)):
        site.origin.replies[path] = Reply(body=PAGE.encode() + pad, is_cut=True)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            site.worker.ask("GET", path)
    assert site.worker.ask("GET", "/page").status == 200


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<div><edgewise-slot name=tested>x<p>y</p></div><p>rest</p>", b"</div><p>rest</p>"),
        (b"<edgewise-slot name=tested>a<edgewise-slot name=tested>b</edgewise-slot>c</edgewise-slot>d", b"d"),
        (
            b"<edgewise-slot name=tested>x</edgewise-slot><!-- <edgewise-slot name=tested>x -->",
            b"<edgewise-slot name=tested>x -->",
        ),
        (
            b"<edgewise-slot name=tested>x</edgewise-slot><textarea><edgewise-slot name=tested>x",
            b"<edgewise-slot name=tested>x",
        ),
    ],
)
def test_a_slot_ends_with_its_parent_at_the_latest(site: Site, page: bytes, expected: bytes) -> None:
    site.origin.replies["/slots"] = Reply(body=page)
    answer = site.worker.ask("GET", "/slots").body
    assert answer.count(b"<h2>Welcome</h2>") == 1 and answer.endswith(expected)


def test_an_origin_that_does_not_answer_is_a_502_that_nobody_keeps(site: Site) -> None:
    for method, path in (("GET", "/page"), ("GET", "/a.css"), ("HEAD", "/page")):
        answer = site.worker.ask(method, path, headers={"test-silent": "1"})
        assert (answer.status, answer.headers["cache-control"]) == (502, "no-store")


def test_redirects_lead_within_the_site_and_nowhere_twice(site: Site) -> None:
    answer = site.worker.ask("GET", "/?campaign=sale&x=1")
    assert (answer.status, answer.headers["location"]) == (302, "/sale?campaign=sale&x=1")
    assert answer.headers["cache-control"] == "private, no-store" and answer.body == b""
    assert site.worker.ask("GET", answer.headers["location"]).status == 200
    assert site.worker.ask("GET", "/home/a?campaign=sale").status == 302
    assert site.worker.ask("POST", "/?campaign=sale", b"x").status == 200


def test_rewrites_ask_the_origin_for_another_page(site: Site) -> None:
    answer = site.worker.ask("GET", "/?campaign=b")
    assert answer.status == 200 and site.origin.last[1] == "/home-b?x=1&campaign=b"
    assert site.origin.last[2]["edgewise-segment"].endswith("-9-10-2")


def test_previews_show_what_is_signed(site: Site) -> None:
    soon = int(time.time()) + 60
    forced = [Forced("experiment", "hero_test", "bold"), Forced("decision", "home_hero", "hero_big")]
    token = write_preview("k1", KEY, forced, expires=soon)
    site.origin.replies["/tested"] = Reply(
        body=PAGE.replace("</body>", "<edgewise-slot name=tested>t</edgewise-slot>").encode()
    )
    answer = site.worker.ask("GET", f"/tested?a=1&edgewise_preview={token}&b=2")
    page = answer.body.decode()
    assert "<h2>B</h2>" in page and 'data-edgewise="hero_big"' in page
    assert hydrated(answer.body)["decisions"]["home_hero"]["forced"] is True
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["edgewise-preview"] == "experiment hero_test=bold, decision home_hero=hero_big"
    assert site.origin.last[1] == "/tested?a=1&b=2" and site.origin.last[2]["x-home-hero"] == "hero_big"
    for bad, told in (
        (token[:-1] + ("A" if token[-1] != "A" else "B"), "refused forged"),
        (write_preview("k1", KEY, forced, expires=soon - 120), "refused expired"),
        (write_preview("k2", KEY, forced, expires=soon), "refused unknown-key"),
        ("", "refused unreadable"),
    ):
        refused = site.worker.ask("GET", f"/tested?edgewise_preview={bad}")
        assert refused.headers["edgewise-preview"] == told and b'data-edgewise="hero_default"' in refused.body
        assert refused.headers["cache-control"] == "private, no-store" and site.origin.last[1] == "/tested"
