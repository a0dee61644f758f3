"""Writes the configuration of the Python Worker: for the legacy runtime of workerd, and for Cloudflare's deployment.

A current workerd downloads the interpreter when it starts. The last one that carries its own is 1.20240909.0, with
Python 3.12.1: the legacy runtime. It says that the worker runs, and nothing of how fast it is in production.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

COMPATIBILITY_DATE = "2026-10-01"
"""The behaviour of the runtime in production that the worker relies on."""

LEGACY_DATE = "2024-09-02"
"""The latest date that the legacy runtime knows."""

_GLOBAL_HANDLERS = "disable_python_no_global_handlers"
"""Lets the handler be a function of the module: the legacy runtime knows no other form."""


def workerd_config(
    modules: Iterable[str], *, address: str = "127.0.0.1:8787", cf_header: str | None = None, origin: str | None = None
) -> str:
    """The text of `config.capnp` for the legacy runtime: one worker of the modules named, the first is its entry.

    `cf_header` lets requests bring their own `request.cf` as JSON: for tests and local use only. `origin` is the
    address (host:port) of the shop that gets all requests but Edgewise's own.
    """
    http = f"cfBlobHeader = {_text(cf_header)}" if cf_header else ""
    services = ['(name = "edgewise", worker = .edgewise)']
    bindings = []
    if origin:
        services.append(f'(name = "origin", external = (address = {_text(origin)}, http = ()))')
        bindings.append('(name = "ORIGIN", service = "origin")')
    return "\n".join(
        [
            "# The legacy runtime, workerd 1.20240909.0: workerd serve config.capnp --experimental",
            'using Workerd = import "/workerd/workerd.capnp";',
            "",
            "const config :Workerd.Config = (",
            f"  services = [{', '.join(services)}],",
            f'  sockets = [(name = "http", address = {_text(address)}, http = ({http}), service = "edgewise")],',
            ");",
            "",
            "const edgewise :Workerd.Worker = (",
            "  modules = [",
            *(f"    (name = {_text(name)}, pythonModule = embed {_text(name)})," for name in modules),
            "  ],",
            f"  bindings = [{', '.join(bindings)}],",
            '  compatibilityFlags = ["python_workers"],',
            f"  compatibilityDate = {_text(LEGACY_DATE)},",
            ");",
            "",
        ]
    )


def wrangler_config(entry: str, *, name: str = "edgewise") -> str:
    """The text of `wrangler.toml`."""
    return "\n".join(
        [
            f"name = {_text(name)}",
            f"main = {_text(entry)}",
            f"compatibility_date = {_text(COMPATIBILITY_DATE)}",
            f'compatibility_flags = ["python_workers", {_text(_GLOBAL_HANDLERS)}]',
            "",
        ]
    )


def _text(text: str) -> str:
    """A string of Cap'n Proto and of TOML; both read JSON's."""
    return json.dumps(text)
