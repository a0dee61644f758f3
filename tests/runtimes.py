"""Other JavaScript runtimes on this machine, and skipping visibly where one is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import IN_CI, ROOT, require_node

MODULES = ROOT / "node_modules"

NAMES = ("deno", "bun", "chromium", "js-compute-runtime")


def find(name: str) -> Path | None:
    """The program of one of `NAMES`, or None when it is not installed."""
    if name == "chromium":
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        return Path(found) if found and (MODULES / "playwright-core").is_dir() else None
    if name == "bun":  # its own link is made by a script of its package, which a careful installation leaves out
        return next(iter(sorted(MODULES.glob("@oven/bun-*/bin/bun"))), None)
    path = MODULES / ".bin" / name
    return path if path.exists() else None


def require(name: str) -> Path:
    """The program; without it the calling test is skipped with the reason, or fails in CI."""
    require_node()
    found = find(name)
    if found is not None:
        return found
    package = "chromium of the system, and playwright-core" if name == "chromium" else name
    reason = f"needs {package}: run `make setup`"
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
