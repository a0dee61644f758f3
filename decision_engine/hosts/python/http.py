"""The routes of a host as pure functions: decide a request, then render what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from .decide import Decider
from .decided import Decided
from .errors import MESSAGES, RequestError
from .messages import HttpRequest, HttpResponse, json_response, json_text
from .observe import Observer
from .ofrep import Ofrep
from .percent import Query, decode, read_query
from .render import Replaced
from .strict_json import parse_object
from .tables import Tables

HEALTH = "/.edgewise/health"
RELEASE = "/.edgewise/release"
DECIDE = "/.edgewise/decide"
FLAGS = "/ofrep/v1/evaluate/flags"
GPC = "/.well-known/gpc.json"

Handler: TypeAlias = Callable[[HttpRequest], Decided]

_READ = ("GET", "HEAD")


class Router:
    """Answers every route of one host."""

    def __init__(self, tables: Tables, decider: Decider, target: str) -> None:
        self._decider = decider
        self._observer = Observer(tables)
        self._ofrep = Ofrep(tables, decider, self._observer)
        registry = json_text(tables["registry"])
        health = f'{{"status":"ok","registry":{registry}}}'
        features = json_text([feature["name"] for feature in tables["features"]])
        release = (
            f'{{"registry":{registry},"target":{json_text(target)},"ir":{tables["ir"]},"tables":{tables["tables"]},'
            f'"decisions":{json_text(decider.names)},"features":{features}}}'
        )
        self._routes: dict[str, tuple[tuple[str, ...], Handler]] = {
            HEALTH: (_READ, _settled(json_response(200, health))),
            RELEASE: (_READ, _settled(json_response(200, release))),
            DECIDE: ((*_READ, "POST"), self._decide),
            FLAGS: (("POST",), self._ofrep.decide_all),
        }
        if gate := (tables.get("service") or {}).get("gate"):
            self._routes[GPC] = (_READ, _settled(json_response(200, gate["gpc"])))
        self._renderers: Mapping[str, Callable[[Decided, Replaced], HttpResponse]] = {
            "decide": self._render,
            "flag": self._ofrep.render_one,
            "flags": self._ofrep.render_all,
        }

    def owns(self, target: str) -> bool:
        """Whether the path is one of the host's; an adapter in front of a shop passes all others to the origin."""
        path = target.partition("?")[0]
        return path in self._routes or _flag_key(path) is not None

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; nothing is raised."""
        return self.render(self.decide(request))

    def decide(self, request: HttpRequest) -> Decided:
        """The first half of `respond`."""
        methods: tuple[str, ...]
        handle: Handler
        path = request.target.partition("?")[0]
        if path in self._routes:
            methods, handle = self._routes[path]
        elif (key := _flag_key(path)) is not None:
            methods, handle = ("POST",), partial(self._ofrep.decide_one, key=key)
        else:
            return Decided(http=request, response=json_response(404, f"{{{_error('no-such-route')}}}"))
        if request.method not in methods:
            refusal = json_response(405, f"{{{_error('method-not-allowed')}}}", allow=", ".join(methods))
            return Decided(http=request, response=refusal)
        return handle(request)

    def render(self, decided: Decided, replaced: Replaced | None = None) -> HttpResponse:
        """The second half, with other outcomes for some decisions."""
        response = decided.response or self._renderers[decided.form](decided, replaced or {})
        return replace(response, body=b"") if decided.http.method == "HEAD" else response

    def _decide(self, http: HttpRequest) -> Decided:
        chosen: Sequence[int] = ()
        known = http.known or self._decider.unknown
        try:
            query = read_query(http.target.partition("?")[2])
            request = parse_object(http.body if http.method == "POST" else _document(query))
            chosen = self._decider.select(request)
            filled = self._observer.fill_with_visitor(request, http, query.parameters, known)
            codes = self._decider.codes(filled.request, http.at, known)
        except RequestError as error:
            refusal = f"{_error(error.code, error.message)},"
            body = self._decider.renderer.neutral(http.at, refusal)
            return Decided(http=http, response=json_response(error.status, body))
        except Exception as error:
            return Decided(http=http, chosen=chosen, error=error)
        return Decided(http=http, request=filled.request, chosen=chosen, codes=codes, cookie=filled.set_cookie)

    def _render(self, decided: Decided, replaced: Replaced) -> HttpResponse:
        renderer, at = self._decider.renderer, decided.at
        if decided.codes is None:
            if decided.error is not None:
                self._decider.failed(decided.error)
            return json_response(200, renderer.neutral(at))
        try:
            text = renderer.answer(decided.codes, at, decided.chosen, replaced)
        except Exception as error:
            self._decider.failed(error)
            return json_response(200, renderer.neutral(at))
        if decided.cookie is None:
            return json_response(200, text)
        return json_response(200, text, **{"set-cookie": decided.cookie})


def _settled(response: HttpResponse) -> Handler:
    return lambda http: Decided(http=http, response=response)


def _document(query: Query) -> bytes:
    if not query.has_document:
        return b"{}"
    if query.document is None:
        raise RequestError("bad-encoding")
    return query.document.encode("utf-8", "surrogatepass")


def _flag_key(path: str) -> str | None:
    """The key in a path of one flag; as sent where it cannot be decoded."""
    if not path.startswith(f"{FLAGS}/"):
        return None
    raw = path[len(FLAGS) + 1 :]
    if not raw or "/" in raw:
        return None
    key = decode(raw)
    return raw if key is None else key


def _error(code: str, message: str | None = None) -> str:
    return f'"error":{json_text({"code": code, "message": MESSAGES[code] if message is None else message})}'
