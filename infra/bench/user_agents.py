"""How often the rule on user agents tells the type of device that labelled agents have.

    python -m infra.bench.user_agents FILE.jsonl

A line of the file is `{"ua": TEXT, "type": "phone" | "tablet" | "other"}`. The rule was tuned on one half of such a
file, drawn by the CRC-32 of the agent's UTF-8; the other half shows what it is worth on agents it was not fitted to.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from decision_engine.hosts.python.visitor import agent_type

TYPES = {"phone": "mobile", "tablet": "tablet", "other": "other"}
"""What the labels are called here; `other` is whatever is neither: desktops, TVs, bots."""

_HALVES = ("tuned on", "held out")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of pairs (labelled, told) among the agents of one half."""

    name: str
    pairs: Counter[tuple[str, str]]

    @property
    def total(self) -> int:
        """How many agents there are."""
        return self.pairs.total()

    @property
    def share(self) -> float:
        """The share of agents whose label the rule tells, from 0 to 1."""
        return sum(count for (wanted, told), count in self.pairs.items() if wanted == told) / self.total


def measure_agents(path: Path) -> list[Agreement]:
    """Both halves, and all together. Raises OSError and ValueError for a file that cannot be read."""
    halves = [Agreement(name, Counter()) for name in _HALVES]
    for agent, wanted in _labelled(path):
        told = agent_type(agent)
        halves[zlib.crc32(agent.encode()) & 1].pairs[wanted, told if told in ("mobile", "tablet") else "other"] += 1
    return [*halves, Agreement("all", halves[0].pairs + halves[1].pairs)]


def report(found: Sequence[Agreement]) -> str:
    """A table of shares, and what was told of each label."""
    lines = [f"{'half':<10} {'agents':>6}  agreement"]
    lines += [f"{half.name:<10} {half.total:>6}  {half.share:.4f}" for half in found]
    lines += ["", f"{'labelled':<10} {'told':<8} {'agents':>6}"]
    lines += [f"{wanted:<10} {told:<8} {count:>6}" for (wanted, told), count in sorted(found[-1].pairs.items())]
    return "\n".join(lines)


def _labelled(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["ua"], TYPES[row["type"]]


def main(arguments: Sequence[str]) -> int:
    """Print the report; 2 when there is no file to read."""
    if len(arguments) != 1:
        print("expected one file of labelled user agents, found", len(arguments), file=sys.stderr)
        return 2
    try:
        found = measure_agents(Path(arguments[0]))
    except (OSError, ValueError, KeyError) as error:
        print(f"expected a file of labelled user agents, found `{arguments[0]}`: {error!r}", file=sys.stderr)
        return 2
    print(report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
