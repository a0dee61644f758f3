"""Templates of slots: what they become, and the lists that stand twice."""

import json
import re
from pathlib import Path

import pytest

from feature_registry.safe_urls import is_safe_url, is_site_path
from feature_registry.slot_templates import ELEMENTS, Hole, read_frame, read_template
from feature_registry.values import BadValueError

ROOT = Path(__file__).resolve().parents[2]


def test_holes_have_the_context_that_they_stand_in() -> None:
    text = '<a href="{link}" title="{t}">{a.b} é</a><img src=\'/i/{file}?x={t}\' alt="">{{{.}}}'
    assert read_template(text).parts == (
        '<a href="',
        Hole(("link",), "url"),
        '" title="',
        Hole(("t",), "attribute"),
        '">',
        Hole(("a", "b"), "text"),
        ' &#233;</a><img src="/i/',
        Hole(("file",), "path"),
        "?x=",
        Hole(("t",), "path"),
        '" alt="">{',
        Hole((), "text"),
        "}",
    )


def test_quotes_of_the_other_kind_do_not_end_a_value() -> None:
    assert read_template("<p title='a \"b\"'>x > y</p>").parts == ('<p title="a &quot;b&quot;">x &gt; y</p>',)


def test_a_frame_has_its_items_in_text() -> None:
    assert [hole.context for hole in read_frame("<ul>{items}</ul>").holes] == ["text"]
    for bad in ("<ul></ul>", '<ul class="{items}"></ul>', "{items}{items}", "{title}"):
        with pytest.raises(BadValueError):
            read_frame(bad)


@pytest.mark.parametrize("kind", ["url", "path"])
def test_compiling_refuses_the_addresses_that_hosts_refuse(kind: str) -> None:
    cases = json.loads((ROOT / "tests" / "conformance" / "delivery" / "escape.json").read_text("utf-8"))["cases"]
    chosen = [case for case in cases if kind in case]
    assert len(chosen) > 15
    judge = is_safe_url if kind == "url" else is_site_path
    assert [judge(case[kind]) for case in chosen] == [case["expect"] for case in chosen]


def test_edits_touch_the_elements_of_templates() -> None:
    source = (ROOT / "functions" / "edge" / "cloudflare" / "deliver_html.js").read_text("utf-8")
    listed = source[source.index("EDITED_ELEMENTS = ") : source.index('.split(" ")')]
    names = " ".join(re.findall(r'"([^"]*)"', listed)).split()
    assert sorted(names) == sorted(ELEMENTS | {"main"})
