"""The shop itself, the server behind the edge. It knows nothing of decisions; its pages have slots with defaults."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import uvicorn
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from examples.storefront.keys import Keys
from feature_registry import Registry
from infra.dev import free_port

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

LOCAL = "127.0.0.1"
SHOP = Path(__file__).with_name("shop")
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
COUNTRIES = {
    "": "somewhere else",
    "DE": "Germany",
    "AT": "Austria",
    "CH": "Switzerland",
    "FR": "France",
    "NL": "Netherlands",
    "GB": "United Kingdom",
}
RATES = {
    "home": {"bounce": 0.018, "exit": 0.034},
    "category": {"bounce": 0.008, "exit": 0.021},
    "product": {"bounce": 0.004, "exit": 0.016},
    "delivery": {"bounce": 0.012, "exit": 0.04},
    "basket": {"bounce": 0.003, "exit": 0.019},
}
"""What the shop's web analytics say of its kinds of pages."""
DEFAULT_PICKS = ("camp-mug", "dry-bag", "head-torch")
VISITOR = "nf_visitor"
MEMBER = "nf_member"
CONSENT = "nf_consent"
PROFILE = "ew_profile"
SHIP_TO = "nf_ship_to"
BASKET = "nf_basket"
MOST_IN_BASKET = 20
TIERS = ("silver", "gold")
ROBIN = "gold"
"""The tier of the one member there is."""
MOST_BODY = 16_384
MOST_EXPOSURES = 1000
WEEK = 7 * 86_400

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
"""The content security policy: nothing inline, nothing of other sites."""


class Shop:
    """The shop's pages and its few addresses; `exposures` holds what browsers have told, the last 1,000."""

    def __init__(self, registry: Registry, keys: Keys, edgewise: Mapping[str, bytes]) -> None:
        self.keys = keys
        self._registry = registry
        catalogue = json.loads((SHOP / "catalogue.json").read_text(encoding="utf-8"))
        self.categories: Mapping[str, Mapping[str, str]] = catalogue["categories"]
        self.products: Mapping[str, Mapping[str, str]] = {one["name"]: one for one in catalogue["products"]}
        self.exposures: deque[Mapping[str, Any]] = deque(maxlen=MOST_EXPOSURES)
        self._edgewise = edgewise
        self._static = {
            str(path.relative_to(SHOP)): path.read_bytes() for path in SHOP.rglob("*") if path.suffix in KINDS
        }
        loader = FileSystemLoader(SHOP / "pages")
        self._pages = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def application(self) -> Starlette:
        """The shop as a web application."""
        return Starlette(
            routes=[
                Route("/", self._home),
                Route("/c/{name}", self._category),
                Route("/p/{name}", self._product),
                Route("/delivery", self._delivery),
                Route("/static/{path:path}", self._file(self._static)),
                Route("/edgewise/{path:path}", self._file(self._edgewise)),
                Route("/service_worker.js", self._worker),
                Route("/ship-to", self._ship_to, methods=["POST"]),
                Route("/basket", self._basket),
                Route("/basket", self._add, methods=["POST"]),
                Route("/account", self._sign_in, methods=["POST"]),
                Route("/account/features", self._features),
                Route("/consent", self._withdraw, methods=["DELETE"]),
                Route("/exposures", self._expose, methods=["POST"]),
            ]
        )

    async def _home(self, request: Request) -> Response:
        return self._page(request, "home", picks=[self.products[name] for name in DEFAULT_PICKS])

    async def _category(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self.categories:
            return Response(status_code=404)
        products = [one for one in self.products.values() if one["category"] == name]
        return self._page(request, "category", category=name, products=products)

    async def _product(self, request: Request) -> Response:
        product = self.products.get(request.path_params["name"])
        if product is None:
            return Response(status_code=404)
        return self._page(request, "product", category=product["category"], product=product)

    async def _delivery(self, request: Request) -> Response:
        return self._page(request, "delivery")

    async def _basket(self, request: Request) -> Response:
        return self._page(request, "basket")

    def _in_basket(self, request: Request) -> list[Mapping[str, str]]:
        return [self.products[name] for name in request.cookies.get(BASKET, "").split(".") if name in self.products]

    def _page(self, request: Request, kind: str, *, category: str = "", **values: object) -> Response:
        text = self._pages.get_template(f"{kind}.html").render(
            kind=kind,
            category=category,
            rates=RATES[kind],
            categories=self.categories,
            countries=COUNTRIES,
            ship_to=request.cookies.get(SHIP_TO, ""),
            member=MEMBER in request.cookies,
            basket=self._in_basket(request),
            **values,
        )
        headers = {"content-security-policy": POLICY, "cache-control": "no-cache"}
        response = Response(text, media_type="text/html", headers=headers)
        if PROFILE not in request.cookies:
            self._introduce(request, response, request.cookies.get(MEMBER))
        return response

    def _introduce(self, request: Request, response: Response, tier: str | None) -> None:
        """Tell the edge of a member, when he agreed to be known."""
        visitor = request.cookies.get(VISITOR)
        has_agreed = unquote(request.cookies.get(CONSENT, "")).endswith("C0003:1")
        if tier in TIERS and visitor and has_agreed:
            token = self.keys.token(self._registry, visitor, tier)
            response.set_cookie(PROFILE, token, max_age=WEEK, secure=True, httponly=True, samesite="lax")

    def _file(self, files: Mapping[str, bytes]) -> Handler:
        async def serve(request: Request) -> Response:
            path = request.path_params["path"]
            content = files.get(path)
            kind = KINDS.get(Path(path).suffix)
            if content is None or kind is None:
                return Response(status_code=404)
            return Response(content, media_type=kind, headers={"cache-control": "no-cache"})

        return serve

    async def _worker(self, request: Request) -> Response:
        return Response(self._static["service_worker.js"], media_type=KINDS[".js"])

    async def _ship_to(self, request: Request) -> Response:
        country = await _field(request, "country")
        response = _back(request)
        if country in COUNTRIES and country:
            response.set_cookie(SHIP_TO, country, samesite="lax")
        else:
            response.delete_cookie(SHIP_TO)
        return response

    async def _add(self, request: Request) -> Response:
        name = await _field(request, "product")
        names = [one["name"] for one in self._in_basket(request)]
        response = _back(request)
        if name in self.products and len(names) < MOST_IN_BASKET:
            response.set_cookie(BASKET, ".".join([*names, name]), samesite="lax")
        return response

    async def _sign_in(self, request: Request) -> Response:
        """There is one member, and no password: it is an example."""
        response = _back(request)
        if MEMBER in request.cookies:
            response.delete_cookie(MEMBER, httponly=True, samesite="lax")
            response.delete_cookie(PROFILE, secure=True, httponly=True, samesite="lax")
        else:
            response.set_cookie(MEMBER, ROBIN, max_age=WEEK, httponly=True, samesite="lax")
            self._introduce(request, response, ROBIN)
        return response

    async def _features(self, request: Request) -> Response:
        """What the shop knows of a visitor, for his own device: used without a network."""
        tier = request.cookies.get(MEMBER)
        visitor = request.cookies.get(VISITOR)
        found = {
            "units": {} if visitor is None else {"visitor_id": visitor},
            "features": {} if tier is None else {"loyalty": tier},
            "timestamps": {} if tier is None else {"profile": time.time_ns() // 1_000_000},
        }
        return JSONResponse(found, headers={"cache-control": "private, no-store"})

    async def _withdraw(self, request: Request) -> Response:
        """Take back the cookies that scripts cannot."""
        response = Response(status_code=204)
        for name in (VISITOR, MEMBER, PROFILE):
            response.delete_cookie(name, secure=name != MEMBER, httponly=True, samesite="lax")
        return response

    async def _expose(self, request: Request) -> Response:
        try:
            told = json.loads(await _body(request))
        except ValueError:
            return Response(status_code=400)
        self.exposures.extend(told.get("exposures", []) if isinstance(told, dict) else [])
        return Response(status_code=204)


@contextmanager
def serving(shop: Shop) -> Iterator[str]:
    """Serve a shop at a free port of this machine; gives `host:port`."""
    port = free_port()
    config = uvicorn.Config(
        shop.application(), host=LOCAL, port=port, log_level="warning", lifespan="off", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="northfold", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"{LOCAL}:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def _body(request: Request) -> bytes:
    """The body, cut where it is longer than any of ours."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_BODY:
            break
    return bytes(found[:MOST_BODY])


async def _field(request: Request, name: str) -> str:
    """A field of a form that was posted; empty when it is not there."""
    return parse_qs((await _body(request)).decode("ascii", "replace")).get(name, [""])[0]


def _back(request: Request) -> RedirectResponse:
    """To the page that the form stands on."""
    path = urlsplit(request.headers.get("referer", "/")).path
    return RedirectResponse(path if path.startswith("/") and not path.startswith("//") else "/", 303)
