"""Ends a command in order: a signal asks it to stop, and what runs finishes first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, the wish of a supervisor, the end of the terminal; Windows lacks the last one."""


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that is set by the first of the signals. Meant for the main thread, as signals are."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    numbers = [signal.Signals[name] for name in NAMES if name in signal.Signals.__members__]
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
