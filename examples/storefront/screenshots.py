"""Takes the pictures of docs/storefront in chromium: before and after a consent, a likely buyer, offline, a phone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from infra.errors import EngineError

SCRIPT = Path(__file__).with_name("screenshots.mjs")


def take(url: str, folder: Path) -> None:
    """Write the pictures of the shop at `url`. Raises EngineError where node or chromium is missing or a page fails."""
    node = shutil.which("node")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if node is None or chromium is None:
        raise EngineError("no-node", "the pictures need node and chromium", "install them, then `npm ci`")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([node, SCRIPT, chromium, url, folder], capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if "Error" in line] or ["it said nothing"]
        raise EngineError("engine-failed", f"the pictures were not taken: {said[0]}", "run it again")
