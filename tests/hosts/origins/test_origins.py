"""Both hosts take and refuse the same configured addresses, and refuse all of the corpus."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python.origins import OriginError, read_origin, read_private
from infra.drills.corpora import forbidden_urls

ROOT = Path(__file__).resolve().parents[3]
CASES: list[dict[str, Any]] = json.loads((ROOT / "tests/conformance/origins/urls.json").read_text("utf-8"))["cases"]
SETTINGS = ("", " ", "a:1", "a:1,b:2", " a:1 , ,b:2 ", ",", "a:1,,")


def python(url: str, listed: list[str]) -> dict[str, str] | None:
    try:
        origin = read_origin(url, listed)
    except OriginError:
        return None
    return {"base": origin.base, "path": origin.path}


def javascript(node: Path, asked: list[dict[str, Any]]) -> list[Any]:
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    command = [str(node), str(Path(__file__).with_name("runner.mjs"))]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_python_reads_the_case(case: dict[str, Any]) -> None:
    assert python(case["url"], case.get("private", [])) == case["origin"]


@pytest.mark.node
def test_javascript_reads_the_cases(node: Path) -> None:
    found = javascript(node, [{"url": case["url"], "listed": case.get("private", [])} for case in CASES])
    assert found == [case["origin"] for case in CASES]


@pytest.mark.node
def test_both_refuse_the_corpus(node: Path) -> None:
    urls = list(forbidden_urls())
    assert len(urls) == len(set(urls)) == 150
    assert [python(url, []) for url in urls] == [None] * len(urls)
    assert javascript(node, [{"url": url, "listed": []} for url in urls]) == [None] * len(urls)


@pytest.mark.node
def test_both_agree_on_altered_addresses(node: Path) -> None:
    source = random.Random(23)
    wholes = [case["url"] for case in CASES] + list(forbidden_urls())
    listed = ["127.0.0.1:8788", "shop:80", "[::1]:8080", "a:443"]
    urls = []
    for _ in range(5_000):
        url = source.choice(wholes)
        at = source.randrange(len(url) + 1)
        urls.append(url[:at] + source.choice("a.:/@\\?#[]0-_%\u00e9 \t") + url[at + source.choice((0, 1)) :])
    found = javascript(node, [{"url": url, "listed": listed} for url in urls])
    assert found == [python(url, listed) for url in urls]
    assert 0 < sum(one is not None for one in found) < len(urls)


@pytest.mark.node
def test_both_read_lists_of_private_hosts(node: Path) -> None:
    assert [list(read_private(text)) for text in SETTINGS] == javascript(node, [{"setting": text} for text in SETTINGS])
