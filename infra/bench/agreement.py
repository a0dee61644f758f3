"""What contenders compute is compared before it is timed: a fast wrong answer is worth nothing."""

from __future__ import annotations

from infra.errors import EngineError


def check_equal(name: str, found: object, expected: object) -> None:
    """Raise EngineError when a contender's results are other ones than expected."""
    if found != expected:
        raise EngineError("disagreement", f"{name} does not compute what it should; nothing was timed")
