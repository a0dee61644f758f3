"""Layers: identity features change slowly and are kept in a profile; context features come with the request."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.checks.draft import Draft, Spot
from feature_registry.derivations import sources
from feature_registry.diagnostics import Diagnostic

OF_REQUESTS = ("geo", "device", "language", "local", "headers", "query", "session")
"""Groups of a request that say how it comes, and nothing lasting about who sends it."""


def identity_features(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for identity features that are read from what comes with the request, or derived from it."""
    for name, feature in draft.registry.features.items():
        if feature.kind != "identity":
            continue
        if feature.path and feature.path[0] in OF_REQUESTS:
            message = f"expected a context feature, since `{feature.path[0]}` comes with the request, found identity"
            help_line = 'take "kind" out, or read it from a profile'
            yield draft.error("wrong-layer", Spot("features", name, "/kind"), message, help_line)
        if feature.derivation is None:
            continue
        for source in sources(feature.derivation):
            read = draft.registry.features.get(source.feature)
            if source.of_time or (read is not None and read.kind == "context"):
                why = "the time passes" if source.of_time else f"`{source.feature}` is one"
                message = f"expected a context feature, since {why}, found identity"
                yield draft.error("wrong-layer", Spot("features", name, "/kind"), message, 'take "kind" out')
                break
