"""Delivery: what outcomes do to a page of the shop, as plans that a platform carries out (docs/delivery.md).

A platform asks for a plan, sends the origin the plan's request, and gives the visitor the origin's answer as the plan
says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..percent import decode
from ..tables import Tables
from .escape import escape_script
from .headers import (
    CONDITIONAL_HEADERS,
    PRIVATE,
    About,
    Cache,
    Changes,
    Header,
    answer_headers,
    edit_problem,
)
from .outcomes import Outcomes, Replacement
from .preview import Preview, forced_outcomes, read_preview
from .routes import find_way, matches_any
from .segment import hydrated_token, outcome_header, segment_token
from .slots import Change, Shown, edit_change, slot_html
from .vary import read_vary

DECIDE = "/.edgewise/decide"
PREVIEW_HEADER = "edgewise-preview"

_PAGE_DESTINATIONS = ("document", "iframe", "frame", "empty")
_PAGE_ENDINGS = ("html", "htm", "xhtml", "php", "asp", "aspx", "jsp", "do")


class Delivery:
    """The delivery of one registry, by `service.delivery` of its tables."""

    def __init__(self, table: Any, tables: Tables) -> None:
        self.table = table
        self.registry = tables["registry"]
        self.outcomes = Outcomes(tables)
        self.names = [decision["name"] for decision in tables["decisions"]]
        numbers = self.outcomes.numbers

        def numbered(items: Sequence[Any]) -> list[Any]:
            return [{**one, "decision": numbers[one["decision"]]} for one in items if one["decision"] in numbers]

        def numbers_of(names: Sequence[str]) -> list[int]:
            return [numbers[name] for name in names if name in numbers]

        segment = table["segment"] or {"decisions": [], "headers": {}, "header": ""}
        self.slots: dict[str, Any] = {
            name: {**one, "decision": numbers[one["decision"]]}
            for name, one in table["slots"].items()
            if one["decision"] in numbers
        }
        self.edits = numbered(table["edits"])
        self.routes = numbered(table["routes"])
        self.hydrated = numbers_of(table["hydrate"])
        self.segment = numbers_of(segment["decisions"])
        self.told = [(numbers[name], header) for name, header in segment["headers"].items() if name in numbers]
        changed = [one["decision"] for one in (*self.slots.values(), *self.edits)]
        self.edited = list(dict.fromkeys([*changed, *self.hydrated]))
        self.parameter: str | None = segment.get("parameter")
        self.vary = read_vary(tables)
        self.own_headers: tuple[str, ...] = (
            () if table["segment"] is None else (segment["header"], *segment["headers"].values())
        )
        self.steers_origin = bool(self.own_headers or self.routes)

    def is_page(self, method: str, target: str, header: Header) -> bool:
        """Whether a request is for a page that outcomes may change; but for a part of one, and for a connection of
        another kind.

        No other header counts, so that what a visitor's headers say changes nothing that a cache cannot see.
        """
        if method not in ("GET", "HEAD"):
            return False
        path = target.partition("?")[0]
        is_delivered = _is_page_path(path) and matches_any(self.table["pages"], path)
        if not is_delivered and not any(matches_any(one["paths"], path) for one in self.routes):
            return False
        return header("range") is None and header("upgrade") is None

    def conditional_headers(self, destination: str | None) -> tuple[str, ...]:
        """Headers to leave out of the request to the origin, beside `own_headers`: with them, it could answer with less
        than a page. Those of images and their like stay; `destination` is the header `sec-fetch-dest`."""
        is_page = destination is None or destination in _PAGE_DESTINATIONS
        return CONDITIONAL_HEADERS if self.edited and is_page else ()

    def read(self, target: str) -> tuple[str, str, str | None]:
        """A page's address: the target with which the host decides, that for the origin, and the token of a preview.

        The parameter `d`, in which a page of the shop may carry anything, is no object here.
        """
        path, mark, query = target.partition("?")
        if not mark:
            return DECIDE, target, None
        to_host: list[str] = []
        to_origin: list[str] = []
        preview: str | None = None
        for piece in query.split("&"):
            name, equals, value = piece.partition("=")
            decoded = _component(name)
            if decoded is not None and decoded == self.table["preview"]:
                if preview is None:
                    preview = (_component(value) or "") if equals else ""
                continue
            if decoded is not None and decoded == self.parameter:
                continue  # the edge alone says it
            to_origin.append(piece)
            if decoded != "d":
                to_host.append(piece)
        return _with_query(DECIDE, to_host), _with_query(path, to_origin), preview

    def force(self, text: str, keys: Mapping[str, bytes], at: int) -> Preview:
        """Verify the token of a preview."""
        return read_preview(text, keys, at)

    def plan(
        self,
        target: str,
        codes: Sequence[int] | None,
        *,
        replaced: Mapping[int, Replacement] | None = None,
        preview: Preview | None = None,
        cookie: str | None = None,
    ) -> Plan:
        """What a page gets. `target` is the origin's, as `read` gives it; `codes` are None when the outcomes are the
        neutral ones; `cookie` is the value of `set-cookie` that names the visitor."""
        return Plan(self, target, codes, replaced or {}, preview, cookie)


class Plan:
    """What one page gets: where the visitor is sent, what the origin is asked, and what its answer becomes."""

    def __init__(
        self,
        delivery: Delivery,
        target: str,
        codes: Sequence[int] | None,
        replaced: Mapping[int, Replacement],
        preview: Preview | None,
        cookie: str | None,
    ) -> None:
        self._delivery = delivery
        self._codes = codes
        self._replaced = replaced
        self._preview = preview
        self._cookie = cookie
        self._forced = {} if preview is None else forced_outcomes(preview.forced, delivery.outcomes)
        self._shown: dict[int, Shown] = {}
        self._is_own = cookie is not None or preview is not None or codes is None
        way = find_way(delivery.routes, target, self.outcome)
        self._used = [*way.used, *delivery.segment]
        self.redirect = way.redirect
        self.is_editable = bool(delivery.edited) and matches_any(delivery.table["pages"], target.partition("?")[0])
        self.token = None
        if delivery.table["segment"] is not None:
            payload_of = delivery.outcomes.payload_of
            self.token = segment_token(delivery.registry, delivery.segment, self.outcome, payload_of)
        self.target = _with_token(way.rewrite or target, delivery.parameter, self.token)
        self.to_origin = [] if self.token is None else self._origin_headers(self.token)

    def outcome(self, decision: int) -> Shown:
        """What a decision shows here."""
        if decision not in self._shown:
            self._shown[decision] = self._read_outcome(decision)
        return self._shown[decision]

    def slot(self, name: str | None) -> str | None:
        """The HTML of a slot; None when its default stands."""
        slot = self._delivery.slots.get(name or "")
        return None if slot is None else slot_html(slot, self.outcome(slot["decision"]))

    def edits(self) -> list[tuple[str, Change]]:
        """The edits that change something: selectors with what happens to their elements."""
        changes = [
            (edit["selector"], edit_change(edit, self.outcome(edit["decision"]))) for edit in self._delivery.edits
        ]
        return [(selector, change) for selector, change in changes if change is not None]

    def data(self) -> str | None:
        """The element with the outcomes for the page's own scripts; None when none are wanted."""
        if not self._delivery.hydrated:
            return None
        members: list[str] = []
        for decision in self._delivery.hydrated:
            shown = self.outcome(decision)
            outcome = json.dumps(shown.outcome, ensure_ascii=False)
            name = self._delivery.names[decision]
            members.append(f'{name}:{{"outcome":{outcome},"payload":{shown.payload},{shown.tail}')
        text = f'{{"decisions":{{{",".join(members)}}},"registry":{json.dumps(self._delivery.registry)}}}'
        return f'<script type="application/json" id="edgewise-data">{escape_script(text)}</script>'

    def problem(self, status: int, header: Header, *, is_decoded: bool = False) -> str | None:
        """Why the origin's answer must pass as it is; None when it is to be edited."""
        if not self.is_editable:
            return "nothing-to-edit"
        return edit_problem(status, header, self._delivery.table["longest"], is_decoded=is_decoded)

    def headers(self, header: Header, *, is_edited: bool) -> Changes:
        """What the answer's headers say; `set-cookie` is one more."""
        segment = self._delivery.table["segment"] or {"header": "", "downstream": "keep"}
        cache = self.cache(is_edited=is_edited)
        vary, downstream = self._delivery.vary, segment["downstream"]
        token = self._shown_token(is_edited=is_edited)
        about = About(cache, is_edited, token, segment["header"], vary, downstream)
        return [*answer_headers(about, header), *self._own_headers(is_named=cache != "none")]

    def redirect_headers(self) -> Changes:
        """The headers of the redirect."""
        assert self.redirect is not None, "asked for where there is one"
        return [("location", self.redirect.location), ("cache-control", PRIVATE), *self._own_headers(is_named=True)]

    def cache(self, *, is_edited: bool) -> Cache:
        """Whether the page depends on outcomes, and whether the token holds all of them."""
        used = [*self._used, *self._delivery.edited] if is_edited else self._used
        if not used and self._preview is None:
            return "none"
        if self._is_own or self._shown_token(is_edited=is_edited) is None:
            return "private"
        return "segment" if all(decision in self._delivery.segment for decision in used) else "private"

    def _shown_token(self, *, is_edited: bool) -> str | None:
        """The token of the visitor's page: what is hydrated also says how it was decided."""
        return hydrated_token(self.token, self._delivery.hydrated, self.outcome) if is_edited else self.token

    def _own_headers(self, *, is_named: bool) -> Changes:
        told: Changes = [] if self._preview is None else [(PREVIEW_HEADER, self._preview.told)]
        return [*told, ("set-cookie", self._cookie)] if self._cookie is not None and is_named else told

    def _origin_headers(self, token: str) -> list[tuple[str, str]]:
        headers = [(self._delivery.table["segment"]["header"], token)]
        for decision, name in self._delivery.told:
            value = outcome_header(self.outcome(decision))
            if value is not None:
                headers.append((name, value))
        return headers

    def _read_outcome(self, decision: int) -> Shown:
        outcomes = self._delivery.outcomes
        if decision in self._forced:
            return self._forced[decision]
        if self._codes is None:
            return outcomes.neutral(decision)
        if decision in self._replaced:
            return outcomes.replaced(decision, self._codes, self._replaced[decision])
        return outcomes.shown(decision, self._codes)


def _with_token(target: str, parameter: str | None, token: str | None) -> str:
    if parameter is None or token is None:
        return target
    return f"{target}{'&' if '?' in target else '?'}{parameter}={token}"


def _with_query(path: str, pieces: list[str]) -> str:
    return f"{path}?{'&'.join(pieces)}" if pieces else path


def _component(text: str) -> str | None:
    return decode(text.replace("+", " "))


def _is_page_path(path: str) -> bool:
    """Whether the last segment has no ending, or a page's."""
    name = path.rpartition("/")[2]
    return "." not in name or name.rpartition(".")[2].lower() in _PAGE_ENDINGS
