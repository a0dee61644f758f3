"""`edgewise status --records`: by ring, node and mode; small cells hidden; a trace from features to outcome."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.records import RecordStore, read_batch
from tests.cli.running import EXAMPLE, Run
from tests.records.material import AT, body, counts, exposure, requests_line

REGISTRY = EXAMPLE / "registry"
NOW = "2026-11-21T10:00:01Z"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def decided(mode: str, count: int, degrade: str = "full") -> dict[str, Any]:
    told = {"reason": "DEFAULT", "rule": None, "experiment": None, "variation": None}
    ending = {"decision": "home_hero", "outcome": "hero_default", **told, "mode": mode, "degrade": degrade}
    return {"kind": "decided", **ending, "count": count}


def exposures(variation: str, count: int, first: int = 0) -> list[dict[str, Any]]:
    made = [exposure(f"{variation}.{n}", f"{variation}{n:04d}".ljust(22, "A"), variation) for n in range(count)]
    return [
        {**one, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"} if n < first else one for n, one in enumerate(made)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two nodes, one of them local-only for a while, and an experiment of three variations."""
    store = RecordStore(tmp_path / "records")
    stage = {"kind": "stages", "stage": "gate", "degrade": "full", "bins": {"541": 9, "631": 1}}
    dropped = {"kind": "counted", "stage": "records", "name": "queue-full", "count": 7}
    served = {"kind": "served", "feature": "page_values", "region": "DE", "device": "mobile", "beyond": 1}
    served |= {"counts": {"present": 90, "stale": 10}, "ages": {"1": 90, "20": 1}}
    events = [
        counts("a.1", requests_line(90, {"541": 89, "631": 1}), decided("edge", 60), decided("fallback", 30), stage),
        counts("a.2", requests_line(10, degrade="local-only"), decided("edge", 10, "local-only"), dropped, served),
        counts("b.1", requests_line(5, status=503), requests_line(5), decided("neutral", 10), node="AMS-1"),
        *exposures("control", 80),
        *exposures("bold", 70, first=1),
        *exposures("odd", 3),
    ]
    batch = read_batch(body(*events), AT)
    assert batch is not None and not batch.refused
    store.take(batch, AT)
    return tmp_path / "records"


def test_by_ring_node_and_mode(run: Run, folder: Path) -> None:
    ran = run("status", REGISTRY, "--records", folder, "--at", NOW, "--json")
    assert ran.code == 0
    sites = {(one["ring"], one["node"], one["mode"]): one for one in ran.json["sites"]}
    assert list(sites) == [("pilot", "AMS-1", "full"), ("pilot", "FRA-1", "full"), ("pilot", "FRA-1", "local-only")]
    frankfurt = sites["pilot", "FRA-1", "full"]
    assert frankfurt["requests"] == 90
    assert frankfurt["shares"] == {"edge": 2 / 3, "cloud": 0, "fallback": 1 / 3, "neutral": 0}
    assert (frankfurt["p50_ms"], frankfurt["p99_ms"]) == (1.1, 11.0) or frankfurt["p50_ms"] == 1.1
    assert sites["pilot", "AMS-1", "full"]["statuses"] == {"200": 5, "503": 5}
    assert ran.json["counted"] == [
        {"ring": "pilot", "node": "FRA-1", "stage": "records", "name": "queue-full", "count": 7}
    ]
    assert ran.json["features"] == [{"feature": "page_values", "counts": {"present": 90, "stale": 10}}]


def test_small_cells_and_what_would_give_them_away_are_hidden(run: Run, folder: Path) -> None:
    """The example shows no group of fewer than 50; the smallest other variation is hidden beside the one of 3."""
    found = run("status", REGISTRY, "--records", folder, "--at", NOW, "--json").json["exposures"]
    assert {one["variation"]: one["units"] for one in found} == {"control": 80, "bold": None, "odd": None}
    assert all(one["exposures"] is None for one in found if one["units"] is None)


def test_people_see_tables(run: Run, folder: Path) -> None:
    ran = run("status", REGISTRY, "--records", folder, "--at", NOW)
    assert ran.code == 0
    for text in ("FRA-1", "local-only", "33.3%", "queue-full", "page_values", "10.0%", "few"):
        assert text in ran.out, text


def test_a_trace_is_followed(run: Run, folder: Path) -> None:
    ran = run("status", REGISTRY, "--records", folder, "--trace", TRACE, "--at", NOW, "--json")
    assert [(one["decision"], one["outcome"], one["variation"]) for one in ran.json["records"]] == [
        ("home_hero", "hero_b", "bold")
    ]
    assert "hero_b" in run("status", REGISTRY, "--records", folder, "--trace", TRACE, "--at", NOW).out


def test_the_policy_of_retention_holds_at_reading(run: Run, folder: Path) -> None:
    """Counters for 30 days, exposures for 90: the example's policy."""
    last = run("status", REGISTRY, "--records", folder, "--at", "2026-12-21T09:59:59.999Z", "--json").json
    assert last["sites"] and last["exposures"]
    after = run("status", REGISTRY, "--records", folder, "--at", "2026-12-21T10:00:01Z", "--json").json
    assert not after["sites"] and not after["counted"] and after["exposures"]
    end = run("status", REGISTRY, "--records", folder, "--at", "2027-02-19T10:00:01Z", "--json").json
    assert not end["exposures"]


def test_gates_of_freshness_read_the_same_records(run: Run, folder: Path) -> None:
    line = {"kind": "sessions", "region": "DE", "device": "mobile", "count": 600}
    served = {"kind": "served", "feature": "product_pages", "region": "DE", "device": "mobile", "beyond": 300}
    served |= {"counts": {"present": 300, "stale": 300}, "ages": {"1": 300, "20": 300}}
    batch = read_batch(body(counts("c.1", line, served)), AT)
    assert batch is not None
    RecordStore(folder).take(batch, AT)
    ran = run("status", REGISTRY, "--records", folder, "--freshness", "--of", "product_pages", "--at", NOW, "--json")
    assert (ran.code, ran.json["state"]) == (1, "breach")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--records", "missing"], 1, "expected the folder of a sink"),
        (["--records", ".", "--histograms", "x"], 2, "expected one of"),
        (["--freshness", "--trace", TRACE, "--data", "x"], 2, "expected `--records`"),
        (["--records", ".", "--trace", "short"], 2, "32 hexadecimal digits"),
    ],
)
def test_mistakes(arguments: list[str], code: int, message: str, run: Run, folder: Path) -> None:
    given = [str(folder / one) if one in ("missing", ".") else one for one in arguments]
    ran = run("status", REGISTRY, *given)
    assert ran.code == code and message in ran.err


def test_an_empty_folder_says_so(run: Run, tmp_path: Path) -> None:
    ran = run("status", REGISTRY, "--records", tmp_path)
    assert ran.code == 0 and "no records" in ran.out
    assert json.loads(run("status", REGISTRY, "--records", tmp_path, "--json").out)["sites"] == []
