"""What one request has come to, from stage to stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..consent import Outcome
from ..decided import Decided
from ..leaves import Replacement
from ..messages import HttpRequest, HttpResponse, Known
from ..records import Trace


@dataclass(slots=True)
class Trail:
    """A request on its way.

    `mode` is the degrade mode, and `log` says which requests leave a record in it. `begun` is when the request began,
    in ms of a clock that never goes back; `times` are the ms of the stages in the order of the records. `is_page` tells
    of a page of the shop, which has outcomes and no answer of its own. `later` holds work for after the response.
    """

    http: HttpRequest
    known: Known = field(default_factory=Known)
    gate: Outcome | None = None
    decided: Decided | None = None
    replaced: dict[int, Replacement] = field(default_factory=dict)
    response: HttpResponse | None = None
    mode: str = "full"
    log: str = "sampled"
    begun: float = 0.0
    times: list[float | None] = field(default_factory=lambda: [None] * 5)
    trace: Trace | None = None
    is_page: bool = False
    later: list[Callable[[], object]] = field(default_factory=list)

    @property
    def is_neutral(self) -> bool:
        """Whether an exception made all outcomes neutral."""
        decided = self.decided
        return decided is not None and decided.response is None and decided.codes is None

    @property
    def cookie(self) -> str:
        """The header `cookie`, empty when there is none."""
        return self.http.headers.get("cookie", "")
