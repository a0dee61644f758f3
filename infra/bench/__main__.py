"""python -m infra.bench [NAME...] [--json]: measure against peers and budgets; without names, everything."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence

from infra.bench.compiling import measure_compiling
from infra.bench.deciding import measure_deciding
from infra.bench.forests import measure_forests
from infra.bench.result import Row, print_rows
from infra.bench.serving import measure_serving
from infra.errors import InfraError

BENCHMARKS: Mapping[str, tuple[str, Callable[[], list[Row]]]] = {
    "deciding": ("A request of the example decided by wasm in V8, all decisions, model included", measure_deciding),
    "forests": ("One row through the medium model (100 trees, 31 leaves, 17 inputs)", measure_forests),
    "serving": ("The worker beside a worker with a constant answer, in the same workerd", measure_serving),
    "compiling": ("`edgewise check` and `compile` of 500 cohorts and 100 decisions, whole process", measure_compiling),
}


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when every ratio is reached, 1 when one is not or a benchmark cannot run here."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown benchmark `{unknown[0]}`: choose from {', '.join(BENCHMARKS)}")
    found: dict[str, list[Row]] = {}
    failed = False
    for name in options.names or BENCHMARKS:
        title, measure = BENCHMARKS[name]
        try:
            found[name] = measure()
        except InfraError as problem:
            failed = True
            print(f"{title}\nnot measured: {problem}", file=sys.stderr)
            continue
        if not options.json:
            print_rows(title, found[name])
    if options.json:
        print(json.dumps({name: [row.to_json() for row in rows] for name, rows in found.items()}, indent=2))
    return 1 if failed or any(not row.reached for rows in found.values() for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
