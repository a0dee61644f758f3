"""The drills, by their numbers in docs/drills.md."""

from __future__ import annotations

from infra.drills import addresses, cloud, consents, hostile, pages, profiles, sinks, texts
from infra.drills.drill import Drill

DRILLS: tuple[Drill, ...] = (
    Drill(
        9,
        "KV miss, error, slow, partial",
        "memory, else last known good, else neutral; no longer than its timeout",
        profiles.failing_kv,
        needs=profiles.needs_store,
    ),
    Drill(
        10,
        "1,000 concurrent cold requests",
        "one fetch; a short wait",
        profiles.cold,
        needs=profiles.needs_store,
    ),
    Drill(
        11,
        "re-rank down, slow, garbage, throttled",
        "the local outcome within the request's time; a breaker",
        cloud.failing_cloud,
        needs=cloud.needs_cloud,
    ),
    Drill(
        14,
        "malformed cookies and headers, bad UTF-8, NUL, CRLF",
        "treated as absent; 200",
        hostile.malformed,
    ),
    Drill(
        15,
        "oversized headers, cookies, URL, body",
        "capped; 413 on the API alone",
        hostile.oversized,
    ),
    Drill(
        16,
        "hash flooding",
        "text keys alone, at most 256, under 5 ms more",
        hostile.floods,
    ),
    Drill(
        17,
        "__proto__, constructor, prototype as keys",
        "keys like any other; nothing sticks",
        hostile.prototypes,
    ),
    Drill(
        18,
        "regular-expression denial of service",
        "no backtracking engine can be reached",
        texts.patterns,
        place=texts.patterns_place,
        examine=texts.patterns_compile,
        weight=0.5,
    ),
    Drill(
        19,
        "JSON bombs, depth, big ints, NaN, duplicate keys, BOM",
        "one strict rule on both hosts",
        hostile.strict_json,
        examine=hostile.python_reads_in_bounds,
    ),
    Drill(
        20,
        "unicode ids: NFC and NFD, confusables, zero width, case",
        "ids byte for byte; the same bucket everywhere",
        texts.identifiers,
        examine=texts.identifiers_agree,
        needs=texts.needs_unit,
        weight=0.5,
    ),
    Drill(
        21,
        "cache poisoning, one visitor's page for another",
        "keys from segment tokens alone",
        pages.poisoned_caches,
        needs=pages.needs_delivery,
    ),
    Drill(
        22,
        "tampered sticky cookies and tokens",
        "as without them: assigned by hash",
        profiles.tampered,
        examine=profiles.flips,
        needs=profiles.needs_tokens,
    ),
    Drill(
        23,
        "server-side request forgery through gateway or configuration",
        "origins pinned; private and metadata ranges refused; no redirects followed",
        addresses.elsewhere,
        examine=addresses.configured,
    ),
    Drill(
        24,
        "consent replay, forged strings",
        "a receipt is bound to its visitor and epoch; what is broken grants nothing",
        consents.forged,
        examine=consents.nothing_is_granted,
        needs=consents.needs_gate,
    ),
    Drill(
        25,
        "personal data in records, logs or addresses",
        "fields that are allowed, and no others",
        sinks.marked,
        needs=sinks.needs_records,
    ),
    Drill(
        26,
        "header or script injection through payloads",
        "line ends stripped, escaped by context",
        pages.injections,
        place=pages.injections_place,
        examine=pages.unsafe_links_are_refused,
    ),
)
