"""The size of what a page loads: the host and the example's rules, without its model, bundled and minified."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import load
from functions.edge.browser.build import PAGE_ENTRY, build_browser
from infra.folders import write_files
from tests.conftest import ROOT

REGISTRY = ROOT / "examples" / "online_shop" / "registry"
MODEL = "purchase_intent"
MOST_BYTES = 6 * 1024


def rules_alone() -> dict[str, Any]:
    """The example's registry without its model, and without what hangs on it: two cohorts, the rules that ask for them,
    and one term of a score."""
    documents: dict[str, Any] = {}
    for path in sorted(REGISTRY.glob("*.json")):
        for kind, objects in json.loads(path.read_text(encoding="utf-8")).items():
            if kind != "$schema":
                documents.setdefault(kind, {}).update(objects)
    del documents["models"]
    modelled = [name for name, cohort in documents["cohorts"].items() if MODEL in json.dumps(cohort)]
    for name in modelled:
        del documents["cohorts"][name]
    documents["decisions"] = without([MODEL, *modelled], documents["decisions"])
    return documents


def without(names: list[str], value: Any) -> Any:
    """A document without the conditions and terms that name a model or a cohort; a rule goes with its condition."""
    if isinstance(value, list):
        return [without(names, item) for item in value if not is_about(names, item)]
    if isinstance(value, dict):
        return {key: without(names, member) for key, member in value.items()}
    return value


def is_about(names: list[str], item: Any) -> bool:
    """Whether an item of a list stands and falls with one of the names."""
    if not isinstance(item, dict):
        return False
    if item.get("model") in names or item.get("cohort") in names:
        return True
    if "if" in item:
        return is_about(names, item["if"])
    return any(is_about(names, part) for key in ("all", "multiply") for part in item.get(key, []))


@pytest.mark.node
def test_the_host_with_the_rules_of_the_example_is_small(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    path.write_text(json.dumps(rules_alone()), encoding="utf-8")
    registry = load(path, SIGNATURES)
    assert len(registry.decisions) == 5
    write_files(build_browser(compile_program(registry)).files, tmp_path / "browser")
    bundler = ROOT / "node_modules" / ".bin" / "esbuild"
    command = [bundler, "--bundle", "--minify", "--format=esm", tmp_path / "browser" / PAGE_ENTRY]
    bundle = subprocess.run(command, capture_output=True, check=True).stdout
    size = len(gzip.compress(bundle, compresslevel=9, mtime=0))
    assert size <= MOST_BYTES, f"{size:,} bytes"
    assert size > MOST_BYTES / 2, f"{size:,} bytes: does the bundle hold everything?"
