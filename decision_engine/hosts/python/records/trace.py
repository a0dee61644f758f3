"""Trace context (W3C Trace Context, 2021): one id that follows a request to the origin and the cloud.

    00-TRACE-PARENT-FLAGS

TRACE is 32 hexadecimal digits in lower case, PARENT 16, FLAGS 2. What a visitor sends may be anything: by the table a
trace begins anew at the edge, or goes on where a trusted proxy in front of it writes the header.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_LENGTH = 55
_HEX = frozenset("0123456789abcdef")
_SAMPLED = 1


class Trace(NamedTuple):
    """The trace that a request belongs to, the part of it that is the request's own, and whether it is sampled."""

    trace: str
    span: str
    sampled: bool

    @property
    def header(self) -> str:
        """The header for the next one in the chain."""
        return f"00-{self.trace}-{self.span}-0{int(self.sampled)}"


def read_traceparent(header: str | None) -> Trace | None:
    """The header's trace and parent; None when it is absent or not exactly as the specification has it.

    A later version may have more behind a `-`; the version `ff` and ids of zeros are none.
    """
    if header is None or len(header) < _LENGTH:
        return None
    version, trace, parent, flags = header[:2], header[3:35], header[36:52], header[53:_LENGTH]
    if header[2] != "-" or header[35] != "-" or header[52] != "-" or version == "ff":
        return None
    if len(header) > _LENGTH and (version == "00" or header[_LENGTH] != "-"):
        return None
    if not _HEX.issuperset(version + trace + parent + flags) or not trace.strip("0") or not parent.strip("0"):
        return None
    return Trace(trace, parent, bool(int(flags, 16) & _SAMPLED))


def start_trace(header: str | None, trace: str, new_id: Callable[[], str]) -> Trace:
    """The trace of a request. `trace` is the table's: `accept` goes on with the header's, `restart` begins a new one.

    `new_id` draws a UUID; its digits become the ids.
    """
    given = read_traceparent(header) if trace == "accept" else None
    span = new_id().replace("-", "").lower()[-16:]
    if given is not None:
        return Trace(given.trace, span, given.sampled)
    return Trace(new_id().replace("-", "").lower(), span, True)


def write_traceparent(trace: Trace) -> str:
    """The header for the next one in the chain."""
    return trace.header
