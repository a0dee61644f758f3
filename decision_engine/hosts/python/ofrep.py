"""The OpenFeature Remote Evaluation Protocol 0.3.0: one flag, or all of them, is one decision, or all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from .decide import Decider
from .decided import Decided
from .encode import Request, group
from .errors import RequestError
from .messages import NO_STORE, HttpRequest, HttpResponse, json_response, json_text
from .murmur import halves
from .observe import Observer
from .percent import read_query
from .render import Replaced
from .strict_json import parse_object
from .tables import Tables

TARGETING_KEY = "targetingKey"

_NOT_FEATURES = frozenset({"units", "features", "timestamps", "consent", "decisions", TARGETING_KEY})


class _Failure(NamedTuple):
    """An error of the protocol."""

    status: int
    code: str
    details: str


class Ofrep:
    """The two routes of the protocol."""

    def __init__(self, tables: Tables, decider: Decider, observer: Observer) -> None:
        self._decider = decider
        self._observer = observer
        self._features = {feature["name"] for feature in tables["features"]} - _NOT_FEATURES
        identity, units = tables["identity"], tables["units"]
        self._unit = identity["unit"] if identity else units[0]["name"] if units else None

    def decide_one(self, http: HttpRequest, key: str) -> Decided:
        """Decide one flag."""
        context = _context(http.body)
        if isinstance(context, _Failure):
            return Decided(http=http, response=_failure(context, key))
        number = self._decider.numbers.get(key)
        if number is None:
            return Decided(http=http, response=_failure(_Failure(404, "FLAG_NOT_FOUND", "no such flag"), key))
        return self._decide(context, http, "flag", (number,))

    def decide_all(self, http: HttpRequest) -> Decided:
        """Decide all flags."""
        context = _context(http.body)
        if isinstance(context, _Failure):
            return Decided(http=http, response=_failure(context))
        return self._decide(context, http, "flags", self._decider.everything)

    def render_one(self, decided: Decided, replaced: Replaced) -> HttpResponse:
        """Answer for one flag."""
        (number,) = decided.chosen
        renderer, error = self._decider.renderer, decided.error
        if decided.codes is not None:
            try:
                return json_response(200, renderer.flag(decided.codes, number, replaced))
            except Exception as failure:
                error = failure
        if error is not None:
            self._decider.failed(error)
        return json_response(200, renderer.neutral_flag(number))

    def render_all(self, decided: Decided, replaced: Replaced) -> HttpResponse:
        """Answer for all flags, with an entity tag."""
        renderer, error = self._decider.renderer, decided.error
        if decided.codes is not None:
            try:
                return _tagged(renderer.flags(decided.codes, replaced), decided.http)
            except Exception as failure:
                error = failure
        if error is not None:
            self._decider.failed(error)
        return json_response(200, renderer.neutral_flags())

    def _decide(
        self, context: Request, http: HttpRequest, form: Literal["flag", "flags"], chosen: Sequence[int]
    ) -> Decided:
        known = http.known or self._decider.unknown
        try:
            request = self._request(context, http)
            codes = self._decider.codes(request, http.at, known)
        except Exception as error:
            return Decided(http=http, form=form, chosen=chosen, error=error)
        return Decided(http=http, form=form, request=request, chosen=chosen, codes=codes)

    def _request(self, context: Request, http: HttpRequest) -> Request:
        """The request object that a context stands for."""
        request = {name: value for name, value in context.items() if name != TARGETING_KEY}
        own = group(context, "features")
        named = {
            name: value for name, value in context.items() if name in self._features and not isinstance(value, dict)
        }
        request["features"] = {**named, **own}
        if self._unit is not None:
            request["units"] = {self._unit: context[TARGETING_KEY], **group(context, "units")}
        return self._observer.fill(request, http, read_query(http.target.partition("?")[2]).parameters)


def _tagged(text: str, http: HttpRequest) -> HttpResponse:
    tag = entity_tag(text)
    if _holds(http.headers.get("if-none-match", ""), tag):
        return HttpResponse(304, {"cache-control": NO_STORE, "etag": tag}, b"")
    return json_response(200, text, etag=tag)


def entity_tag(text: str) -> str:
    """The strong entity tag of a body: both halves of its hash, quoted."""
    first, second = halves(text.encode())
    return f'"{first:08x}{second:08x}"'


def _context(body: bytes) -> Request | _Failure:
    try:
        document = parse_object(body)
    except RequestError as error:
        return _Failure(error.status, "PARSE_ERROR", error.message)
    context = document.get("context")
    if not isinstance(context, dict):
        return _Failure(400, "INVALID_CONTEXT", "context is not an object")
    key = context.get(TARGETING_KEY, "")
    if not isinstance(key, str):
        return _Failure(400, "INVALID_CONTEXT", f"{TARGETING_KEY} is not a text")
    if not key:
        return _Failure(400, "TARGETING_KEY_MISSING", f"context has no {TARGETING_KEY}")
    return context


def _failure(failure: _Failure, key: str | None = None) -> HttpResponse:
    members = {} if key is None else {"key": key}
    return json_response(
        failure.status, json_text({**members, "errorCode": failure.code, "errorDetails": failure.details})
    )


def _holds(if_none_match: str, tag: str) -> bool:
    listed = [item.strip(" \t").removeprefix("W/") for item in if_none_match.split(",")]
    return tag in listed or "*" in listed
