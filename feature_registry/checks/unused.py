"""Objects that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.checks.draft import Draft, Spot
from feature_registry.checks.references import references
from feature_registry.diagnostics import Diagnostic

_NOUNS = {
    "features": "feature",
    "cohorts": "cohort",
    "models": "model",
    "layers": "layer",
    "experiments": "experiment",
    "payloads": "payload",
}


def unused_objects(draft: Draft) -> Iterator[Diagnostic]:
    """Warnings for objects that no other names; none while documents are broken, since those may name them.

    Nothing should use what is retired, and the replacement of what is going is meant to be used soon.
    """
    if draft.broken or not draft.is_complete:
        return
    used = {(reference.kind, reference.name) for reference in references(draft)}
    used |= {
        (kind, name)
        for kind in _NOUNS
        for own, document in getattr(draft.registry, kind).items()
        for name in ((own,) if document.status == "retired" else (document.replaced_by,))
    }
    for kind, name in draft.registry.files:
        if kind not in _NOUNS or (kind, name) in used:
            continue
        group = draft.registry.payloads[name].group if kind == "payloads" else None
        if group is None or ("groups", group) not in used:
            message = f"the {_NOUNS[kind]} `{name}` is not used"
            yield draft.warning("unused", Spot(kind, name, ""), message, "use it, or take it out", key=True)
