"""Decide one request with this artefact: `python decide.py [--at MS] [REQUEST.json]`, or the request on standard input.

Copied into artefacts as it stands. It needs Python 3.11 or later and nothing else.
"""

import argparse
import json
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Print the answer; give the exit code: 1 for a request that is refused."""
    parser = argparse.ArgumentParser(description="Decide one request with this artefact.")
    parser.add_argument("request", nargs="?", default="-", help="a file with the request as JSON; - reads it from here")
    parser.add_argument("--at", type=int, metavar="MS", help="the time of the request, in ms UTC; now by default")
    arguments = parser.parse_args()
    at = time.time_ns() // 1_000_000 if arguments.at is None else arguments.at

    sys.path.insert(0, str(FOLDER))  # an isolated interpreter does not look beside the script
    import edgewise_host  # type: ignore[import-not-found] # stands beside this file in an artefact only
    import program  # type: ignore[import-not-found] # the same: an artefact only

    tables = json.loads((FOLDER / "tables.json").read_text(encoding="utf-8"))
    host = edgewise_host.Host(tables, program.decide, target="python")
    try:
        content = sys.stdin.buffer.read() if arguments.request == "-" else Path(arguments.request).read_bytes()
        answer = host.decide(edgewise_host.parse_object(content), at)
    except OSError as error:
        print(f"error[unreadable] {arguments.request}: {error.strerror}", file=sys.stderr)
        return 1
    except edgewise_host.RequestError as error:
        print(f"error[{error.code}] {arguments.request}: {error.message}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(answer.encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
