"""python -m infra.bench ...: the same as `edgewise bench ...`."""

from __future__ import annotations

import sys

from infra.cli.main import run

if __name__ == "__main__":
    run(["bench", *sys.argv[1:]])
