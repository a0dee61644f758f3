"""What a request says of each feature: value, status and age, read plainly from the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from decision_engine.hosts.python.values import TEXT_GROUPS, Status, Value, acceptor, parsing_acceptor, timestamp
from decision_engine.ir.nodes import FeatureSpec
from decision_engine.tables import feature_table

Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Served:
    """A feature as served. `value` is None unless the status is present, default, or stale with a default.

    `age` is in ms, None when no timestamp is known. `layer` is context or identity. `inputs` are the features that a
    derived one reads.
    """

    value: Value | None
    status: Status
    age: int | None
    layer: str = "context"
    inputs: tuple[str, ...] = ()


class FeatureReader:
    """Reads one feature from requests (docs/reference/host.md, "Values")."""

    def __init__(self, feature: FeatureSpec, layer: str = "context") -> None:
        self._layer = layer
        table = feature_table(feature)
        self._feature = feature
        self._accept: Callable[[object], Value | None] = acceptor(table)
        self._read = parsing_acceptor(table) if feature.path[0] in TEXT_GROUPS else self._accept
        self._default = None if table["default"] is None else self._accept(table["default"])

    def serve(self, request: Request, at: int) -> Served:
        """Read, check and age the feature at time `at` (ms UTC)."""
        feature = self._feature
        if denied(request).intersection(feature.purposes):
            return Served(None, Status.DENIED, None, self._layer)
        given = _object(request.get("features"))
        if feature.name in given:
            value = self._accept(given[feature.name])
        else:
            value = self._read(_at_path(request, feature.path))
        age = _age(feature, _object(request.get("timestamps")), at)
        if value is None:
            status = Status.MISSING if self._default is None else Status.DEFAULT
            return Served(self._default, status, age, self._layer)
        if age is not None and feature.max_age is not None and age > feature.max_age:
            return Served(self._default, Status.STALE, age, self._layer)
        return Served(value, Status.PRESENT, age, self._layer)


def denied(request: Request) -> frozenset[str]:
    """The purposes that consent denies."""
    listed = _object(request.get("consent")).get("denied")
    return (
        frozenset(purpose for purpose in listed if isinstance(purpose, str))
        if isinstance(listed, list)
        else frozenset()
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _at_path(request: object, path: tuple[str, ...]) -> object:
    for key in path:
        if not isinstance(request, dict) or key not in request:
            return None
        request = request[key]
    return request


def _age(feature: FeatureSpec, timestamps: Mapping[str, Any], at: int) -> int | None:
    for key in (".".join(feature.path), feature.path[0]):
        written = timestamp(timestamps.get(key))
        if written is not None:
            return max(0, at - written)
    return None
