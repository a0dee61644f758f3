"""Gives deadlines to clients of a KV that have none of their own, by threads; runtimes without threads have no use."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class WithinDeadline:
    """A KV whose questions are asked in threads of its own; a question that takes too long is left to end there."""

    def __init__(self, get: Callable[[str], str | None], threads: int = 8) -> None:
        self._get = get
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="edgewise-kv")

    def get(self, key: str, timeout: float) -> str | None:
        """The text of a key. Raises TimeoutError after `timeout` seconds, or what the client raises."""
        question = self._pool.submit(self._get, key)
        try:
            return question.result(timeout)
        except TimeoutError:
            question.cancel()  # where it still waits for a thread
            raise

    def close(self) -> None:
        """End the threads that have nothing to do."""
        self._pool.shutdown(wait=False, cancel_futures=True)
