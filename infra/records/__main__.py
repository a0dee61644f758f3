"""Run the sink on this machine.

python -m infra.records FOLDER [--registry PATH] [--port 8790]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from decision_engine.operators import SIGNATURES
from feature_registry import RegistryError, load
from infra.records.app import RECORDS_PATH, records_app
from infra.records.store import NEVER, RecordStore, Retention


def main() -> int:
    """Serve until the process is ended; exit code 1 for a registry that cannot be loaded."""
    parser = argparse.ArgumentParser(prog="python -m infra.records", description="Take records of nodes into a folder.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where records are kept")
    parser.add_argument("--registry", type=Path, metavar="PATH", help="whose policy of retention holds; none: for good")
    parser.add_argument("--port", type=int, default=8790, help="8790 by default")
    given = parser.parse_args()
    retention = Retention()
    if given.registry is not None:
        try:
            kept = load(given.registry, SIGNATURES).policies.retention
        except RegistryError as problems:
            print(problems)
            return 1
        retention = Retention(kept.telemetry or NEVER, kept.exposures or NEVER)
    print(f"records go to http://127.0.0.1:{given.port}{RECORDS_PATH}")
    app = records_app(RecordStore(given.folder, retention))
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
