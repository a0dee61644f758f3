"""Hostile input, made by plain functions of a seed or of nothing: the same corpus every time, for drills and tests."""

from infra.drills.corpora.documents import bombs, colliding_keys, documents, prototypes
from infra.drills.corpora.headers import Lines, Malformed, malformed_headers
from infra.drills.corpora.identifiers import identifier_pairs
from infra.drills.corpora.injections import canaries, injections
from infra.drills.corpora.patterns import BadPattern, bad_patterns
from infra.drills.corpora.urls import forbidden_urls

__all__ = [
    "BadPattern",
    "Lines",
    "Malformed",
    "bad_patterns",
    "bombs",
    "canaries",
    "colliding_keys",
    "documents",
    "forbidden_urls",
    "identifier_pairs",
    "injections",
    "malformed_headers",
    "prototypes",
]
