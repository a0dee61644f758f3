"""`edgewise diff`."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import EXAMPLE, Run

SHOP = EXAMPLE / "registry"
DURING = "2025-02-01T00:00:00Z"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A copy of the example, to be changed."""
    return Path(shutil.copytree(SHOP, tmp_path / "new"))


def change(registry: Path, file: str, kind: str, name: str, **members: Any) -> None:
    """Set members of an object; None removes one."""
    path = registry / file
    document = json.loads(path.read_text("utf-8"))
    found = {**document[kind][name], **members}
    document[kind][name] = {key: value for key, value in found.items() if value is not None}
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")


def test_a_registry_is_the_same_as_itself(run: Run) -> None:
    ran = run("diff", SHOP, SHOP)
    assert (ran.code, ran.out, ran.err) == (0, "the two registries mean the same\n", "")


def test_another_form_is_no_change(run: Run, new: Path) -> None:
    for path in new.glob("*.json"):
        document = json.loads(path.read_text("utf-8"))
        text = json.dumps({kind: document[kind] for kind in reversed(document)}, indent=7)
        path.write_text(text, encoding="utf-8")
    change(new, "features.json", "features", "country", tier=1)
    found = run("diff", SHOP, new, "--json").json
    assert found["ok"] is True
    assert found["objects"] == {"added": [], "removed": [], "changed": []}
    assert found["decisions"]["changed"] == []


def test_a_change_is_told_in_words(run: Run, new: Path) -> None:
    change(new, "experiments.json", "experiments", "hero_test", variations={"classic": 30, "bold": 70})
    ran = run("diff", SHOP, new, "--at", DURING)
    assert (ran.code, ran.err) == (1, "")
    assert "20 % of the units of `visitor_id` that are in `hero_test` move from `classic` to `bold`" in ran.out
    assert "breaking[experiment-reweighted] NEW experiments.json:" in ran.out
    assert "because" in ran.out
    assert "units of `visitor_id` in the experiment `hero_test`, in the cohort `dach`" in ran.out
    assert ran.out.splitlines()[-1].endswith("1 of 5 decisions can change; 1 breaking change")


def test_a_rule_can_be_allowed(run: Run, new: Path) -> None:
    change(new, "experiments.json", "experiments", "hero_test", variations={"classic": 30, "bold": 70})
    ran = run("diff", SHOP, new, "--at", DURING, "--allow", "experiment-reweighted")
    assert ran.code == 0
    assert "allowed[experiment-reweighted]" in ran.out
    assert ran.out.splitlines()[-1].endswith("nothing breaks")
    assert run("diff", SHOP, new, "--at", "2025-01-01T00:00:00Z").code == 0, "before it starts"


def test_everything_stands_in_the_json(run: Run, new: Path) -> None:
    change(new, "features.json", "features", "basket_value", unit="cent", description="In cents.")
    change(new, "experiments.json", "experiments", "shipping_test", traffic=0.45)
    ran = run("diff", SHOP, new, "--at", DURING, "--json")
    found = ran.json
    assert (ran.code, found["ok"], found["breaking"]) == (1, False, 3)
    assert [one["rule"] for one in found["findings"]] == [
        "feature-unit-changed",
        "feature-changed-without-version",
        "experiment-traffic-lowered",
    ]
    changed = {one["name"]: one["attributes"] for one in found["objects"]["changed"]}
    assert {one["attribute"] for one in changed["basket_value"]} == {"/unit", "/description"}
    assert changed["shipping_test"] == [{"attribute": "/traffic", "old": 0.9, "new": 0.45}]
    (moved,) = found["units"]["experiments"]
    assert moved["experiment"] == "shipping_test"
    assert sum(one["of_enrolled"] for one in moved["moves"]) == pytest.approx(0.5, abs=1e-6)
    names = [one["decision"] for one in found["decisions"]["changed"]]
    assert names == ["free_shipping_threshold"]
    assert len(found["decisions"]["unchanged"]) == 4
    finding = found["findings"][0]
    assert finding["file"] == "features.json"
    assert finding["pointer"] == "/features/basket_value/unit"
    assert finding["reason"] and finding["advice"]


def test_what_is_gone_is_found_in_the_old_registry(run: Run, new: Path) -> None:
    path = new / "decisions.json"
    document = json.loads(path.read_text("utf-8"))
    del document["decisions"]["home_hero"]
    path.write_text(json.dumps(document), encoding="utf-8")
    found = run("diff", SHOP, new, "--json").json
    (finding,) = [one for one in found["findings"] if one["rule"] == "decision-removed"]
    assert (finding["in"], finding["file"]) == ("old", "decisions.json")
    assert found["decisions"]["removed"] == ["home_hero"]


def test_an_unknown_rule_is_a_wrong_command_line(run: Run) -> None:
    ran = run("diff", SHOP, SHOP, "--allow", "experiment-reweigted")
    assert ran.code == 2
    assert "found `experiment-reweigted`" in ran.err
    assert "did you mean `experiment-reweighted`?" in ran.err


def test_both_registries_are_checked_first(run: Run, new: Path) -> None:
    change(new, "experiments.json", "experiments", "hero_test", cohort="dahc")
    for arguments in ((SHOP, new), (new, SHOP)):
        ran = run("diff", *arguments)
        assert ran.code == 1
        assert f"error[unknown-cohort] {new / 'experiments.json'}:" in ran.err
    (new / "models" / "purchase_intent.txt").write_text("tree\n", encoding="utf-8")
    change(new, "experiments.json", "experiments", "hero_test", cohort="dach")
    assert run("diff", SHOP, new).code == 1, "a model that cannot be loaded"


def test_a_registry_that_is_not_there(run: Run, tmp_path: Path) -> None:
    ran = run("diff", SHOP, tmp_path / "none")
    assert ran.code == 1
    assert "error[no-such-path]" in ran.err
