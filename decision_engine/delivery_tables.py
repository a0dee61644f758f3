"""The delivery's tables: slots, edits, headers, routes and previews, as both hosts read them.

Decisions stand by name: their numbers are those of the tables that an artefact has.
"""

from __future__ import annotations

from decision_engine.compact_json import Json
from feature_registry import Registry
from feature_registry.documents import Edit, Route, Segment, Slot
from feature_registry.slot_templates import URL_ATTRIBUTES, Part, Template


def delivery_table(registry: Registry) -> Json:
    """The delivery as artefacts carry it; None without the policy."""
    policy = registry.policies.delivery
    if policy is None:
        return None
    return {
        "pages": list(policy.pages),
        "slots": {name: _slot(slot) for name, slot in policy.slots.items()},
        "edits": [_edit(edit) for edit in policy.edits],
        "hydrate": list(policy.hydrate),
        "segment": None if policy.segment is None else _segment(policy.segment),
        "routes": [_route(route) for route in policy.routes],
        "preview": None if policy.preview is None else policy.preview.parameter,
        "longest": policy.longest,
    }


def _slot(slot: Slot) -> Json:
    return {
        "decision": slot.decision,
        "parts": [_part(part) for part in slot.html.parts],
        "frame": None if slot.frame is None else _around(slot.frame),
    }


def _part(part: Part) -> Json:
    return part if isinstance(part, str) else {"path": list(part.path), "as": part.context}


def _around(frame: Template) -> Json:
    """What stands before the items and behind them."""
    texts = ["", ""]
    place = 0
    for part in frame.parts:
        if isinstance(part, str):
            texts[place] = part
        else:
            place = 1
    return texts


def _edit(edit: Edit) -> Json:
    return {
        "selector": edit.selector,
        "decision": edit.decision,
        "text": None if edit.text is None else list(edit.text),
        "attributes": [
            {"name": name, "path": list(path), "as": "url" if name in URL_ATTRIBUTES else "attribute"}
            for name, path in edit.attributes.items()
        ],
    }


def _segment(segment: Segment) -> Json:
    return {
        "decisions": list(segment.decisions),
        "header": segment.header,
        "headers": dict(segment.headers),
        "parameter": segment.parameter,
        "downstream": segment.downstream,
    }


def _route(route: Route) -> Json:
    return {
        "decision": route.decision,
        "paths": list(route.paths),
        "kind": route.kind,
        "path": list(route.field),
        "status": route.status,
    }
