"""A program by hand for tests/conformance/hosts/tables.json: as a Python engine, and as WebAssembly (program.wat)."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WAT = ROOT / "tests" / "edge" / "cloudflare" / "program.wat"


def decide(vector: Sequence[float]) -> list[int]:
    """home_hero: 1 in Germany, else 2 for a known visitor; offers: the ranking when page_values > 10; else 0."""
    hero = 1 if vector[0] == 2 else 2 if vector[15] == vector[15] else 0
    return [hero, 1, 0, 2, 1, 0] if vector[1] > 10 else [hero, 0, 0, 0, 0, 0]


def assemble(path: Path) -> None:
    """Write the WebAssembly module."""
    subprocess.run([ROOT / "node_modules" / ".bin" / "wat2wasm", WAT, "-o", path], check=True)
