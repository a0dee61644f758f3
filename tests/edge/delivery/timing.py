"""How much the delivery adds to a page, beside the same worker that only passes on.

`python -m tests.edge.delivery.timing` prints milliseconds to the first byte and to the last: medians, and in brackets
what the fastest tenth of the pages took, which a busy machine disturbs less.
"""

from __future__ import annotations

import http.client
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.edge.delivery.site import PAGE, Reply, Site, site
from tests.edge.serving import LOCAL

ROUNDS = 600
SIZES = {"20 KB": 200, "100 KB": 1_000, "400 KB": 4_000}
FILLER = b'<div class="card"><a href="/p/1"><img src="/1.webp" alt="x"></a><p>Some words of a product</p></div>'


def measure(found: Site, path: str, headers: dict[str, str]) -> tuple[list[float], list[float]]:
    """Milliseconds to the first byte of the body, and to the last, sorted."""
    firsts: list[float] = []
    lasts: list[float] = []
    with closing(http.client.HTTPConnection(LOCAL, found.worker.port, timeout=10)) as connection:
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read(1)
            firsts.append(1000 * (time.perf_counter() - begin))
            response.read()
            lasts.append(1000 * (time.perf_counter() - begin))
    return sorted(firsts), sorted(lasts)


def added(plain: list[float], delivered: list[float]) -> str:
    """What was added, in the middle and among the fastest."""
    middle, fast = ROUNDS // 2, ROUNDS // 10
    return f"{delivered[middle] - plain[middle]:+.2f} ({delivered[fast] - plain[fast]:+.2f})"


def main() -> None:
    """Print a line for each size of page."""
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as found:
        for name, cards in SIZES.items():
            found.origin.replies["/page"] = Reply(body=PAGE.encode().replace(b"</body>", FILLER * cards + b"</body>"))
            for _ in range(2):  # the first round warms up
                plain = measure(found, "/page", {"test-raw": "1"})
                delivered = measure(found, "/page", {})
            first, last = (added(*pair) for pair in zip(plain, delivered, strict=True))
            print(f"{name:>7}: {first} ms to the first byte, {last} ms to the last")


if __name__ == "__main__":
    main()
