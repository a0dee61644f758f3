"""python -m examples.storefront [--port N] [--slots edge|client] [--screenshots FOLDER]: the shop behind its edge."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from examples.storefront.edge import storefront
from feature_registry import RegistryError
from infra.cli.output import print_diagnostics, print_note
from infra.errors import InfraError

PORT = 8788


def main(arguments: Sequence[str]) -> int:
    """Serve until Ctrl-C, or take the pictures of the docs and end."""
    parser = argparse.ArgumentParser(prog="python -m examples.storefront", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help=f"where to listen (default {PORT})")
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="take the pictures of the docs, and end")
    parser.add_argument("--slots", choices=("edge", "client"), default="edge", help="who fills the slots of pages")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with storefront(options.port, slots=options.slots) as running:
            if options.screenshots is not None:
                from examples.storefront.screenshots import take

                take(running.url, options.screenshots)
                return 0
            print_note(f"the shop is open at {running.url}, until Ctrl-C", "green")
            if options.slots == "edge":
                for variation in ("trail", "summit"):
                    token = running.shop.keys.preview("hero_test", variation)
                    print_note(f"preview of {variation}: {running.url}/?edgewise_preview={token}")
            stop.wait()
    except (RegistryError, InfraError) as problem:
        print_diagnostics(problem.diagnostics, to_stderr=True)
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
