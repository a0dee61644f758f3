"""The JavaScript host's files, for the artefacts that carry them."""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "CDN_FILES",
    "CONSENT_FILES",
    "DELIVERY_FILES",
    "FETCH_ADAPTER",
    "FOLDER",
    "HOST_FILES",
    "HYBRID_FILES",
    "PROFILE_FILES",
    "RECORDS_FILES",
    "SERVICE_FILES",
    "WASM_HOST_FILES",
    "host_sources",
]

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
    "known.js",
    "leaves.js",
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
    "visitor_device.js",
    "visitor_features.js",
    "visitor_hints.js",
    "visitor_language.js",
    "visitor_local.js",
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

SERVICE_FILES = (
    "consent_stage.js",
    "keys.js",
    "origins.js",
    "service.js",
    "service_cookies.js",
    "service_hybrid.js",
    "service_identity.js",
    "service_profile.js",
    "service_records.js",
    "service_sticky.js",
    "service_trail.js",
    "watching.js",
)
"""The service around the host, and its stages, which import what each stage is made of."""

PROFILE_FILES = (
    "base64url.js",
    "profile_cache.js",
    "profile_content.js",
    "profile_envelope.js",
    "profile_sticky.js",
    "profile_store.js",
    "profiles.js",
    "pseudonym.js",
)
"""Profile tokens, the KV and pseudonyms, which import `ascii.js` and `strict_json.js` of the host besides."""

HYBRID_FILES = (
    "budget.js",
    "hybrid_answer.js",
    "hybrid_ask.js",
    "hybrid_breaker.js",
    "hybrid_question.js",
    "modes.js",
)
"""Hybrid decisions and degrade modes, which import four files of the host besides."""

RECORDS_FILES = (
    "records_bins.js",
    "records_counts.js",
    "records_events.js",
    "records_fields.js",
    "records_keys.js",
    "records_outbox.js",
    "records_outcomes.js",
    "records_recorder.js",
    "records_sampling.js",
    "records_trace.js",
)
"""The recorder, which imports `murmur.js` of the host, and `pseudonym.js` of profiles, besides."""

DELIVERY_FILES = (
    "deliver.js",
    "deliver_escape.js",
    "deliver_headers.js",
    "deliver_outcomes.js",
    "deliver_preview.js",
    "deliver_routes.js",
    "deliver_segment.js",
    "deliver_slots.js",
    "deliver_vary.js",
)
"""Delivery into pages, which imports `ascii.js`, `objects.js` and `query.js` of the host and `base64url.js` besides."""

CDN_FILES = ("visitor_geo.js",)
"""What reads the visitor's place from the headers of a CDN in front; it imports `ascii.js` and `query.js` besides."""

FETCH_ADAPTER = "fetch_adapter.js"
"""What platforms with the web's Request and Response put around the host."""


def host_sources(names: tuple[str, ...] = HOST_FILES) -> dict[str, bytes]:
    """The files' bytes by name; they import each other by `./NAME` and nothing else."""
    return {name: (FOLDER / name).read_bytes() for name in names}
