"""The life of objects: what is deprecated is used no more, what is retired is read by nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from feature_registry.checks.draft import Draft, Spot
from feature_registry.checks.references import references
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents.base import Living
from feature_registry.findings import short
from feature_registry.nearest import suggestion

NOUNS: Mapping[str, str] = MappingProxyType(
    {
        "features": "feature",
        "cohorts": "cohort",
        "models": "model",
        "layers": "layer",
        "experiments": "experiment",
        "decisions": "decision",
        "payloads": "payload",
    }
)
"""The kinds of objects that come and go."""


def replacements(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for replacements that do not exist, that are retired themselves, or that replace what is in use."""
    for kind, name, document in _living(draft):
        if document.replaced_by is None:
            continue
        spot, replacement = Spot(kind, name, "/replaced_by"), short(document.replaced_by)
        if document.status == "active":
            message = f"the {NOUNS[kind]} `{name}` has a replacement, but is still active"
            remedy = 'add "status": "deprecated", or take `replaced_by` out'
            yield draft.error("bad-replacement", spot, message, remedy, key=True)
        elif document.replaced_by == name:
            message = f"the {NOUNS[kind]} `{name}` cannot replace itself"
            yield draft.error("bad-replacement", spot, message, "name the object to use instead")
        elif document.replaced_by not in draft.names(kind):
            if draft.is_complete:
                help_line = suggestion(document.replaced_by, draft.names(kind), kind)
                yield draft.error("bad-replacement", spot, f"unknown {NOUNS[kind]} `{replacement}`", help_line)
        elif _status(draft, kind, document.replaced_by) == "retired":
            message = f"the replacement `{replacement}` is retired itself"
            yield draft.error("bad-replacement", spot, message, "name an object that may be used")


def uses_of_the_leaving(draft: Draft) -> Iterator[Diagnostic]:
    """Errors where something reads what is retired, warnings where something uses what is deprecated.

    What is retired itself, and not a decision, is read by nothing: its own references do not count. Nor does it count
    when what is deprecated uses what is deprecated.
    """
    leaving = {(kind, name): one for kind, name, one in _living(draft) if one.status != "active"}
    if not leaving:
        return
    ranked = set()
    for reference in references(draft):
        if reference.kind == "groups":
            ranked.add(reference.name)
        document = leaving.get((reference.kind, reference.name))
        reader = leaving.get((reference.spot.kind, reference.spot.name))
        if document is not None and not _is_gone(reference.spot.kind, reader):
            if document.status == "retired":
                message = f"the {NOUNS[reference.kind]} `{short(reference.name)}` is retired, and read here"
                yield draft.error("retired-in-use", reference.spot, message, _instead(document, "take it out of here"))
            elif reader is None:
                message = f"the {NOUNS[reference.kind]} `{short(reference.name)}` is deprecated"
                yield draft.warning("deprecated-in-use", reference.spot, message, _instead(document, "do without it"))
    yield from _candidates(draft, ranked, leaving)


def _candidates(draft: Draft, ranked: set[str], leaving: Mapping[tuple[str, str], Living]) -> Iterator[Diagnostic]:
    """The same for payloads that a ranking finds by their group."""
    for name, payload in draft.registry.payloads.items():
        if payload.group in ranked and ("payloads", name) in leaving:
            spot = Spot("payloads", name, "/group")
            message = f"the payload `{name}` is {payload.status}, and still a candidate of the group `{payload.group}`"
            give = draft.error if payload.status == "retired" else draft.warning
            code = "retired-in-use" if payload.status == "retired" else "deprecated-in-use"
            yield give(code, spot, message, "take `group` out: rankings then leave it aside")


def _living(draft: Draft) -> Iterator[tuple[str, str, Living]]:
    for kind in NOUNS:
        for name, document in getattr(draft.registry, kind).items():
            yield kind, name, document


def _status(draft: Draft, kind: str, name: str) -> str | None:
    document = getattr(draft.registry, kind).get(name)
    return document.status if isinstance(document, Living) else None


def _is_gone(kind: str, reader: Living | None) -> bool:
    """Whether nothing can read the reader itself; the shop may still ask for a decision that is retired."""
    return reader is not None and reader.status == "retired" and kind != "decisions"


def _instead(document: Living, otherwise: str) -> str:
    return otherwise if document.replaced_by is None else f"use `{short(document.replaced_by)}` instead"
