"""The policy `delivery`: decisions exist and run at the edge, payloads have their fields, redirects do not circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feature_registry.checks.draft import Draft, Spot
from feature_registry.checks.payloads import shown
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Delivery, Route
from feature_registry.findings import described, short
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import suggestion
from feature_registry.safe_urls import is_safe_url, is_site_path
from feature_registry.slot_templates import URL_ATTRIBUTES, Context

_EXPECTED: Mapping[Context, str] = {
    "text": "text, a number, `true` or `false`",
    "attribute": "text, a number, `true` or `false`",
    "path": "text or a number",
    "url": "an address (`https://...` or `/...`, percent-encoded)",
}


def delivery_decisions(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for decisions that the policy names and that do not exist, or are made in the cloud."""
    delivery = _delivery(draft)
    if delivery is None or not draft.is_complete:
        return
    for at, name in _named(delivery):
        spot = Spot("policies", "delivery", at)
        decision = draft.registry.decisions.get(name)
        if name not in draft.names("decisions"):
            help_line = suggestion(name, draft.names("decisions"), "decisions")
            yield draft.error("unknown-decision", spot, f"unknown decision `{short(name)}`", help_line)
        elif decision is not None and decision.runs == "cloud":
            message = f"expected a decision of the edge, found `{name}`, which runs in the cloud"
            yield draft.error("not-at-edge", spot, message, "pages are delivered at the edge")


def delivery_segment(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for headers of decisions outside the segment, and for a header that stands for two things."""
    delivery = _delivery(draft)
    if delivery is None or delivery.segment is None:
        return
    taken = {delivery.segment.header}
    for name, header in delivery.segment.headers.items():
        spot = Spot("policies", "delivery", pointer_to("segment", "headers", name))
        if name not in delivery.segment.decisions:
            message = f"expected a decision of the segment, found `{short(name)}`"
            help_line = "the cache key must hold what the origin is told: add it to `segment.decisions`"
            yield draft.error("outside-segment", spot, message, help_line, key=True)
        if header in taken:
            yield draft.error("repeated-value", spot, f"expected headers of different names, found `{header}` again")
        taken.add(header)


def delivered_fields(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for payloads that have some of the fields that a slot or an edit shows, but not all, or not in its form.

    A payload with none of them leaves the page as it is.
    """
    delivery = _delivery(draft)
    if delivery is None:
        return
    for name, slot in delivery.slots.items():
        fields = [(hole.path, hole.context) for hole in slot.html.holes]
        yield from _misses(draft, slot.decision, f"the slot `{name}`", fields)
    for index, edit in enumerate(delivery.edits):
        fields = [] if edit.text is None else [(edit.text, "text")]
        fields += [(path, "url" if one in URL_ATTRIBUTES else "attribute") for one, path in edit.attributes.items()]
        if not fields:
            spot = Spot("policies", "delivery", pointer_to("edits", str(index)))
            yield draft.error("too-few", spot, "expected `text` or `attributes`, found neither", "say what to change")
        yield from _misses(draft, edit.decision, f"an edit of `{short(edit.selector)}`", fields)


def routed_paths(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for payloads that send visitors outside the site, or to a path from where they are sent on again."""
    delivery = _delivery(draft)
    if delivery is None:
        return
    for route in delivery.routes:
        for payload in _shown(draft, route.decision):
            found = field_of(draft.registry.payloads[payload].value, route.field)
            if found is None:
                continue
            spot = Spot("payloads", payload, "/value")
            if not isinstance(found, str) or not is_site_path(found):
                message = f"expected `{_shown_path(route.field)}` to be a path of the site, found {described(found)}"
                yield draft.error(
                    "missing-field", spot, message, "for instance `/sale`; percent-encode other characters"
                )
            elif route.kind == "redirect" and any(_leads_on(other, found) for other in delivery.routes):
                message = f"expected a path that no redirect begins at, found `{short(found)}`"
                yield draft.error(
                    "redirect-loop", spot, message, "take it out of the route's `paths`, or lead elsewhere"
                )


def field_of(value: object, path: tuple[str, ...]) -> object:
    """The member at a path; None where there is none."""
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def matches(pattern: str, path: str) -> bool:
    """Whether a path is that of a pattern, or below it where it ends in `/*`."""
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def _delivery(draft: Draft) -> Delivery | None:
    delivery = draft.registry.policies.delivery
    return delivery if draft.is_sound("policies", "delivery") else None


def _named(delivery: Delivery) -> Iterator[tuple[str, str]]:
    """Each decision that the policy names, with the pointer to its name."""
    yield from ((pointer_to("slots", name, "decision"), slot.decision) for name, slot in delivery.slots.items())
    yield from ((pointer_to("edits", str(at), "decision"), edit.decision) for at, edit in enumerate(delivery.edits))
    yield from ((pointer_to("hydrate", str(at)), name) for at, name in enumerate(delivery.hydrate))
    if delivery.segment is not None:
        names = delivery.segment.decisions
        yield from ((pointer_to("segment", "decisions", str(at)), name) for at, name in enumerate(names))
    yield from ((pointer_to("routes", str(at), "decision"), one.decision) for at, one in enumerate(delivery.routes))


def _shown(draft: Draft, name: str) -> tuple[str, ...]:
    decision = draft.registry.decisions.get(name)
    return () if decision is None else shown(draft, decision)


def _misses(
    draft: Draft, decision: str, place: str, fields: list[tuple[tuple[str, ...], Context]]
) -> Iterator[Diagnostic]:
    for payload in _shown(draft, decision):
        value = draft.registry.payloads[payload].value
        found = [(path, context, field_of(value, path)) for path, context in fields]
        if all(one is None for *_, one in found):
            continue
        for path, context, one in found:
            if not _fits(one, context):
                what = "nothing" if one is None else described(one)
                message = f"expected `{_shown_path(path)}` to be {_EXPECTED[context]} for {place}, found {what}"
                help_line = "a payload with none of the fields leaves the page as it is"
                yield draft.error("missing-field", Spot("payloads", payload, "/value"), message, help_line)


def _fits(value: object, context: Context) -> bool:
    if context == "url":
        return isinstance(value, str) and is_safe_url(value)
    return isinstance(value, str | int | float)


def _leads_on(route: Route, path: str) -> bool:
    return route.kind == "redirect" and any(matches(one, path.partition("?")[0]) for one in route.paths)


def _shown_path(path: tuple[str, ...]) -> str:
    return ".".join(path) or "."
