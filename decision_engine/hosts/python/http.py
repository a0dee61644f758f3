"""The routes of a host: a pure function from request to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from .decide import Decider
from .errors import MESSAGES, RequestError
from .messages import HttpRequest, HttpResponse, json_response, json_text
from .observe import Observer
from .ofrep import Ofrep
from .percent import Query, decode, read_query
from .strict_json import parse_object
from .tables import Tables

HEALTH = "/.edgewise/health"
RELEASE = "/.edgewise/release"
DECIDE = "/.edgewise/decide"
FLAGS = "/ofrep/v1/evaluate/flags"

Handler: TypeAlias = Callable[[HttpRequest], HttpResponse]

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
            HEALTH: (_READ, lambda _: json_response(200, health)),
            RELEASE: (_READ, lambda _: json_response(200, release)),
            DECIDE: ((*_READ, "POST"), self._decide),
            FLAGS: (("POST",), self._ofrep.evaluate_all),
        }

    def owns(self, target: str) -> bool:
        """Whether the path is one of the host's; an adapter in front of a shop passes all others to the origin."""
        path = target.partition("?")[0]
        return path in self._routes or _flag_key(path) is not None

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer a request; nothing is raised."""
        response = self._route(request)
        return replace(response, body=b"") if request.method == "HEAD" else response

    def _route(self, request: HttpRequest) -> HttpResponse:
        methods: tuple[str, ...]
        handle: Handler
        path = request.target.partition("?")[0]
        if path in self._routes:
            methods, handle = self._routes[path]
        elif (key := _flag_key(path)) is not None:
            methods, handle = ("POST",), partial(self._ofrep.evaluate_one, key=key)
        else:
            return json_response(404, f"{{{_error('no-such-route')}}}")
        if request.method not in methods:
            return json_response(405, f"{{{_error('method-not-allowed')}}}", allow=", ".join(methods))
        return handle(request)

    def _decide(self, http: HttpRequest) -> HttpResponse:
        try:
            query = read_query(http.target.partition("?")[2])
            request = parse_object(http.body if http.method == "POST" else _document(query))
            chosen = self._decider.select(request)
            filled = self._observer.fill_with_visitor(request, http, query.parameters)
            text = self._decider.answer(filled.request, http.at, chosen)
        except RequestError as error:
            refusal = f"{_error(error.code, error.message)},"
            return json_response(error.status, self._decider.renderer.neutral(http.at, refusal))
        except Exception as error:
            self._decider.failed(error)
            return json_response(200, self._decider.renderer.neutral(http.at))
        if filled.set_cookie is None:
            return json_response(200, text)
        return json_response(200, text, **{"set-cookie": filled.set_cookie})


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
