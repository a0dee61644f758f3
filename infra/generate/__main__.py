"""Write every generated file, or with `--check` say which ones are not as they would be generated.

python -m infra.generate [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra.generate import generated_files

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 when `--check` finds a file that differs."""
    checking = "--check" in arguments
    stale = []
    for name, text in generated_files().items():
        path = ROOT / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not checking:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{'differs' if checking else 'written'}: {name}")
    if checking and stale:
        print("help: run `python -m infra.generate` and commit the result")
    return 1 if checking and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
