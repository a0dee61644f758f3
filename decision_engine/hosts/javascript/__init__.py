"""The JavaScript host's files, for the artefacts that carry them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CONSENT_FILES", "FETCH_ADAPTER", "FOLDER", "HOST_FILES", "WASM_HOST_FILES", "host_sources"]

FOLDER = Path(__file__).resolve().parent
"""Where the files stand."""

HOST_FILES = (
    "ascii.js",
    "automata.js",
    "clocks.js",
    "cookies.js",
    "elements.js",
    "encode.js",
    "errors.js",
    "host.js",
    "http.js",
    "messages.js",
    "murmur.js",
    "named_hash.js",
    "objects.js",
    "observed.js",
    "ofrep.js",
    "page_view.js",
    "plain.js",
    "query.js",
    "readings.js",
    "render.js",
    "sights.js",
    "strict_json.js",
    "timestamps.js",
    "values.js",
    "versions.js",
)
"""What `host.js` imports, itself included."""

WASM_HOST_FILES = (*HOST_FILES, "wasm_engine.js")
"""The same, and the engine of a program as WebAssembly."""

CONSENT_FILES = (
    "consent_bits.js",
    "consent_gate.js",
    "consent_gpp.js",
    "consent_groups.js",
    "consent_places.js",
    "consent_receipts.js",
    "consent_requests.js",
    "consent_tcf.js",
    "consent_tcf_rules.js",
)
"""The consent gate, which imports `ascii.js`, `objects.js` and `query.js` of the host besides."""

FETCH_ADAPTER = "fetch_adapter.js"
"""What platforms with the web's Request and Response put around the host."""


def host_sources(names: tuple[str, ...] = HOST_FILES) -> dict[str, bytes]:
    """The files' bytes by name; they import each other by `./NAME` and nothing else."""
    return {name: (FOLDER / name).read_bytes() for name in names}
