"""The decoders of consent strings on the shared cases, in Python and in JavaScript."""

import gzip
import json
from typing import Any

import pytest

from decision_engine.hosts.javascript import FOLDER, bundle
from tests.hosts.consent.shared import VECTORS, load, run_node, run_python

FILES = ("tc.json", "gpp.json", "us.json", "groups.json", "gpc.json", "cookies.json")
DECODERS = ("consent_bits.js", "consent_tcf.js", "consent_gpp.js")
MOST_BYTES = 4096


@pytest.mark.parametrize("name", FILES)
def test_python(name: str) -> None:
    for case in load(name):
        assert run_python(case) == case["expect"], case["name"]


@pytest.mark.node
@pytest.mark.parametrize("name", FILES)
def test_javascript(name: str) -> None:
    cases = load(name)
    for case, answer in zip(cases, run_node(cases), strict=True):
        assert answer == case["expect"], case["name"]


def test_the_cases_hold_every_official_vector() -> None:
    if not VECTORS.is_dir():
        pytest.skip("the official vectors do not stand beside the repository")
    known = {
        case[kind] for name, kind in (("tc.json", "tc"), ("gpp.json", "gpp"), ("us.json", "us")) for case in load(name)
    }
    for path in sorted(VECTORS.glob("*.json")):
        vectors: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
        assert vectors
        missing = [one["string"] for one in vectors if "string" in one and one["string"] not in known]
        assert not missing, path.name


def test_the_decoders_are_small() -> None:
    sources = {name: (FOLDER / name).read_text(encoding="utf-8") for name in DECODERS}
    entry = (
        'import { readTc } from "./consent_tcf.js";\nimport { readGpp } from "./consent_gpp.js";\n\nreadTc(readGpp);\n'
    )
    text = bundle.bundle("entry.js", {"entry.js": entry, **sources})
    assert len(gzip.compress(text.encode(), mtime=0)) <= MOST_BYTES
