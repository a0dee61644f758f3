"""Questions for an experiment: who, how many, which variations, and when, in a time zone of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from feature_registry import Experiment, Registry
from feature_registry.documents.base import name_problem
from feature_registry.nearest import did_you_mean
from feature_registry.values import read_timestamp
from infra.writing.conversation import AnswerError, Conversation, read_items, read_number
from infra.writing.placing import Addition

_LOCAL = "%Y-%m-%dT%H:%M"
_PERCENT = 100


def ask_experiment(talk: Conversation, registry: Registry) -> list[Addition]:
    """A new experiment."""
    name = talk.name("Name of the experiment", registry.experiments)
    document: dict[str, Any] = {}
    if (description := talk.text("The question that it answers")) is not None:
        document["description"] = description
    document["unit"] = talk.ask("What is bucketed: the unit", _unit, default=_usual_unit(registry))
    layers = [
        one
        for one, layer in registry.layers.items()
        if layer.unit == document["unit"] and free_share(registry.experiments, one) is not None
    ]
    if layers and (
        layer := talk.choice("A layer with room: its experiments never share a unit", layers, "layers", optional=True)
    ):
        document["layer"] = layer
        share = _ask_share(talk, registry.experiments, layer)
        if share != [0, 1]:
            document["share"] = share
    cohorts = list(registry.cohorts)
    if cohorts and (cohort := talk.choice("Who may take part", cohorts, "cohorts", optional=True)):
        document["cohort"] = cohort
    traffic = talk.ask("How many of these take part, in percent", _percent, default="100")
    if traffic != _PERCENT:
        document["traffic"] = traffic / _PERCENT
    names = talk.ask("Variations, with commas", _variations, default="control, variant")
    equal = ", ".join("1" for _ in names)
    document["variations"] = talk.ask("Their weights", lambda given: _weights(names, given), default=equal)
    document |= _ask_window(talk)
    return [Addition("experiments", name, document)]


def free_share(experiments: Mapping[str, Experiment], layer: str) -> tuple[float, float] | None:
    """The largest part of a layer that no experiment has; None when all is taken."""
    used = sorted(one.share for one in experiments.values() if one.layer == layer)
    best, start = (0.0, 0.0), 0.0
    for low, high in (*used, (1.0, 1.0)):
        if low - start > best[1] - best[0]:
            best = (start, low)
        start = max(start, high)
    return best if best[1] > best[0] else None


def _ask_share(talk: Conversation, experiments: Mapping[str, Experiment], layer: str) -> list[float | int]:
    free = free_share(experiments, layer)
    assert free is not None, "only layers with room are offered"
    taken = [one.share for one in experiments.values() if one.layer == layer]

    def read(given: str) -> list[float | int]:
        bounds = [read_number(item.strip().rstrip("%")) for item in given.split("-")]
        if len(bounds) != 2 or not 0 <= bounds[0] < bounds[1] <= _PERCENT:
            raise AnswerError("expected two percentages such as 0-50")
        low, high = (bound / _PERCENT for bound in bounds)
        for other in taken:
            if low < other[1] and other[0] < high:
                raise AnswerError(f"{_shown(other)} belongs to another experiment")
        return [int(bound) if bound.is_integer() else bound for bound in (low, high)]

    return talk.ask("Which part of the layer, in percent", read, default=_shown(free))


def _ask_window(talk: Conversation) -> dict[str, str]:
    """When it starts and ends; either may be left out."""
    zone = None
    window: dict[str, str] = {}
    for key, question in (("starts", "Starts"), ("ends", "Ends")):
        while moment := talk.ask(f"{question}, such as 2026-11-27T08:00 (may be left out)", _moment):
            if isinstance(moment, datetime):
                zone = zone or talk.ask("Time zone of these times", _zone, default="Europe/Berlin")
                moment = moment.replace(tzinfo=zone).isoformat()
            if "starts" not in window or read_timestamp(moment) > read_timestamp(window["starts"]):
                window[key] = moment
                break
            talk.tell("  it cannot end before it starts")
    return window


def _shown(share: tuple[float, float]) -> str:
    return "-".join(f"{round(bound * _PERCENT, 6):g}" for bound in share)


def _usual_unit(registry: Registry) -> str:
    identity = registry.policies.identity
    units = [one.unit for one in registry.experiments.values()]
    return identity.unit if identity is not None else units[0] if units else "visitor_id"


def _unit(given: str) -> str:
    if not given:
        raise AnswerError("give the name of a unit, such as visitor_id")
    return given


def _percent(given: str) -> float:
    value = read_number(given.rstrip("%").strip())
    if not 0 <= value <= _PERCENT:
        raise AnswerError("expected a percentage from 0 to 100")
    return value


def _variations(given: str) -> list[str]:
    names = read_items(given)
    for name in names:
        if (problem := name_problem(name)) is not None:
            raise AnswerError(f"`{name}`: {problem[1]}")
    if len(set(names)) < len(names) or len(names) < 2:
        raise AnswerError("give at least two different names")
    return names


def _weights(names: list[str], given: str) -> dict[str, float | int]:
    weights = [read_number(item) for item in read_items(given)]
    if len(weights) != len(names) or min(weights) < 0 or sum(weights) <= 0:
        raise AnswerError(f"give {len(names)} weights of 0 and more, with commas, not all of them 0")
    return dict(zip(names, weights, strict=True))


def _moment(given: str) -> datetime | str | None:
    """A local time, an RFC 3339 text, or nothing."""
    if not given:
        return None
    try:
        return datetime.strptime(given.replace(" ", "T"), _LOCAL)  # its zone is asked for next
    except ValueError:
        read_timestamp(given)
        return given


def _zone(given: str) -> ZoneInfo:
    if given not in available_timezones():
        raise AnswerError(f"no such time zone; {did_you_mean(given, available_timezones()) or 'such as Europe/Berlin'}")
    return ZoneInfo(given)
