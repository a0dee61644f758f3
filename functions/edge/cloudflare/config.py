"""Writes the configuration of the worker: for workerd itself, and for Cloudflare's deployment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath

COMPATIBILITY_DATE = "2026-11-01"
"""Which behaviour of the runtime the worker relies on; workerd refuses a date that it does not know."""

CF_HEADER = "CF-Blob"
"""The request header that stands for Cloudflare's `request.cf` in workerd; never in production, where anyone could send it."""

_KINDS = {".js": "esModule", ".wasm": "wasm"}


def workerd_config(modules: Iterable[str], *, address: str = "127.0.0.1:8787", cf_header: str | None = None) -> str:
    """The text of `config.capnp`: one worker of the modules named, the first of which is its entry.

    `cf_header` lets requests bring their own `request.cf` as JSON: for tests and local use only.
    """
    http = f"cfBlobHeader = {json.dumps(cf_header)}" if cf_header else ""
    lines = [f"    {_module(name)}," for name in modules]
    return "\n".join(
        [
            'using Workerd = import "/workerd/workerd.capnp";',
            "",
            "const config :Workerd.Config = (",
            '  services = [(name = "edgewise", worker = .edgewise)],',
            f'  sockets = [(name = "http", address = {json.dumps(address)}, http = ({http}), service = "edgewise")],',
            ");",
            "",
            "const edgewise :Workerd.Worker = (",
            "  modules = [",
            *lines,
            "  ],",
            f'  compatibilityDate = "{COMPATIBILITY_DATE}",',
            ");",
            "",
        ]
    )


def wrangler_config(entry: str, *, name: str = "edgewise") -> str:
    """The text of `wrangler.toml`: the modules are uploaded as they are, unbundled."""
    return "\n".join(
        [
            f"name = {json.dumps(name)}",
            f"main = {json.dumps(entry)}",
            f'compatibility_date = "{COMPATIBILITY_DATE}"',
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
    return f"(name = {json.dumps(name)}, {kind} = embed {json.dumps(name)})"
