"""Writes the configuration of the worker: for workerd itself, and for Cloudflare's deployment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

COMPATIBILITY_DATE = "2026-10-01"
"""The behaviour of the runtime that the worker relies on; workerd refuses a date that it does not know."""

CF_HEADER = "CF-Blob"
"""The request header that stands for `request.cf` in workerd; never in production, where anyone could send it."""

_KINDS = {".js": "esModule", ".wasm": "wasm"}


def workerd_config(
    modules: Iterable[str],
    *,
    address: str = "127.0.0.1:8787",
    cf_header: str | None = None,
    origin: str | None = None,
    services: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> str:
    """The text of `config.capnp`: one worker of the modules named, the first of which is its entry.

    `cf_header` lets requests bring their own `request.cf` as JSON: for tests and local use only. `origin` is the
    address (host:port) of the shop that gets all requests but Edgewise's own. `services` are the addresses of others by
    the binding's name, `texts` the values of variables and secrets.
    """
    http = f"cfBlobHeader = {_text(cf_header)}" if cf_header else ""
    external = ({"ORIGIN": origin} if origin else {}) | dict(services or {})
    running = ['(name = "edgewise", worker = .edgewise)']
    bindings = [f"(name = {_text(name)}, text = {_text(value)})" for name, value in (texts or {}).items()]
    for name, host in external.items():
        running.append(f"(name = {_text(name.lower())}, external = (address = {_text(host)}, http = ()))")
        bindings.append(f"(name = {_text(name)}, service = {_text(name.lower())})")
    return "\n".join(
        [
            'using Workerd = import "/workerd/workerd.capnp";',
            "",
            "const config :Workerd.Config = (",
            f"  services = [{', '.join(running)}],",
            f'  sockets = [(name = "http", address = {_text(address)}, http = ({http}), service = "edgewise")],',
            ");",
            "",
            "const edgewise :Workerd.Worker = (",
            "  modules = [",
            *(f"    {_module(name)}," for name in modules),
            "  ],",
            f"  bindings = [{', '.join(bindings)}],",
            f"  compatibilityDate = {_text(COMPATIBILITY_DATE)},",
            ");",
            "",
        ]
    )


def wrangler_config(entry: str, *, name: str = "edgewise") -> str:
    """The text of `wrangler.toml`: the modules are uploaded as they are, unbundled."""
    return "\n".join(
        [
            f"name = {_text(name)}",
            f"main = {_text(entry)}",
            f"compatibility_date = {_text(COMPATIBILITY_DATE)}",
            "no_bundle = true",
            "find_additional_modules = true",
            "",
            "[[rules]]",
            'type = "ESModule"',
            'globs = ["**/*.js"]',
            "",
            "[[rules]]",
            'type = "CompiledWasm"',
            'globs = ["**/*.wasm"]',
            "",
        ]
    )


def _module(name: str) -> str:
    kind = _KINDS[PurePosixPath(name).suffix]
    return f"(name = {_text(name)}, {kind} = embed {_text(name)})"


def _text(text: str) -> str:
    """A string of Cap'n Proto and of TOML; both read JSON's."""
    return json.dumps(text)
