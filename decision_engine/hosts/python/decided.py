"""A request between its decision and its answer, so that other stages may look at the outcomes and replace some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .encode import Request
from .messages import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A request that was decided, and is still to be rendered.

    `response` stands where there is nothing to decide. `request` is the request object with all that was observed.
    `chosen` are the decisions asked for. `codes` is None when the neutral outcomes stand, `error` what made them so.
    `cookie` is the value of `set-cookie`.
    """

    http: HttpRequest
    form: Literal["decide", "flag", "flags"] = "decide"
    response: HttpResponse | None = None
    request: Request | None = None
    chosen: Sequence[int] = ()
    codes: Sequence[int] | None = None
    cookie: str | None = None
    error: BaseException | None = None

    @property
    def at(self) -> int:
        """The time of the request, ms UTC."""
        return self.http.at
