"""The rule on user agents on labelled ones, where they stand beside the repository; and its time on hostile ones."""

import time
from pathlib import Path
from random import Random

import pytest

from decision_engine.hosts.python.visitor import agent_type, read_languages
from decision_engine.hosts.python.visitor.language import _read_list
from infra.bench.user_agents import main, measure_agents
from tests.hosts.visitor.shared import ROOT, run_node

LABELLED = ROOT.parent / "shared" / "data" / "user_agents" / "mobile_detect_ua.jsonl"
PIECES = [
    "bot", "/", "-", ";", ")", " (", "tab", "pad", "Android", " ", "sm-", "SM-T", "Mobile", "nexus 7", "Pixel", " C",
    "x", "\u0131", "\x00", "\xe9", "\U0001f600", "iPhone", "Silk", "tv", "smart", "Linux", "X11", "windows", "K", "q=",
    ",", "de", "*", "0.5", "\t", "AT", "1", ".", "_", "zh-Hant", "Q=1",
]  # fmt: skip


@pytest.mark.skipif(not LABELLED.exists(), reason="no labelled user agents beside the repository")
def test_the_rule_agrees_with_labels_on_both_halves(capsys: pytest.CaptureFixture[str]) -> None:
    tuned, held_out, together = measure_agents(LABELLED)
    assert min(tuned.total, held_out.total) > 800
    assert tuned.share >= 0.95 and held_out.share >= 0.95 and together.share >= 0.955
    assert main([str(LABELLED)]) == 0
    assert f"held out   {held_out.total:>6}  {held_out.share:.4f}" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert main([]) == 2
    assert "expected a file of labelled user agents" in capsys.readouterr().err


@pytest.mark.node
def test_both_hosts_tell_random_texts_alike() -> None:
    source = Random(20261121)
    texts = ["".join(source.choices(PIECES, k=source.randint(0, 60))) for _ in range(4000)]
    values = ["de", "zh-Hant", "AT-1"]
    devices = run_node([{"device": {"headers": {"user-agent": text}, "cdn": None}} for text in texts])
    (languages,) = run_node([{"languages": {"headers": texts, "values": values}}])
    printable = 0
    for text, device, language in zip(texts, devices, languages, strict=True):
        cut = text[:512]
        is_shown = cut.isascii() and cut.isprintable() and cut != ""
        assert device == (agent_type(cut) if is_shown else None), text
        assert language == read_languages(text).best(values), text
        printable += is_shown
    assert printable > 200


def test_long_headers_are_not_remembered() -> None:
    before = _read_list.cache_info().currsize
    for number in range(50):
        assert read_languages(f"de,{'x' * 512}{number}").best(None) is None
    assert _read_list.cache_info().currsize == before


def test_hostile_texts_take_bounded_time() -> None:
    long = ["a" * 10**6, "-" * 10**6, ",;q=" * 250_000, "a-" * 500_000, "smart" * 10**5, "de," * 170, "a-b-" * 127]
    for text in long:
        start = time.perf_counter()
        agent_type(text[:512])
        read_languages(text).best(["de-a-b", "x"])
        assert time.perf_counter() - start < 0.05, text[:10]
