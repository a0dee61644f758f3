"""Derived features: what they read exists in the right type, leads to no circle, and is not laundered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feature_registry.checks.cycles import shortest_circle
from feature_registry.checks.draft import Draft, Spot
from feature_registry.derivations import BandDerivation, BoolDerivation, read_features, sources
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Feature
from feature_registry.nearest import listed
from feature_registry.privacy import DATA_CLASSES, LINKABILITIES, linkability_of
from feature_registry.values import FeatureType

LONGEST_CHAIN = 16
"""Levels of derived features on derived features; later stages go down by recursion."""


def derived_types(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for features of a type that cannot be counted with, and for bands that are not as many as the values."""
    for name, feature in _derived(draft):
        derivation = feature.derivation
        if derivation is None or isinstance(derivation, BoolDerivation):
            continue  # tests of features are checked with all others
        for source in sources(derivation):
            read = draft.registry.features.get(source.feature)
            wanted = (FeatureType.TIMESTAMP,) if source.of_time else (FeatureType.NUMBER, FeatureType.BOOL)
            if read is not None and read.type not in wanted:
                expected = "a timestamp" if source.of_time else "a number or a bool"
                message = f"expected {expected}, found a feature of type {read.type}"
                help_line = (
                    "days are counted from a time"
                    if source.of_time
                    else 'of a time, {"days_since": "..."} is a number; test texts in a derived bool'
                )
                yield draft.error("not-for-type", Spot("features", name, source.at), message, help_line)
        if isinstance(derivation, BandDerivation):
            yield from _bands(draft, name, feature, derivation)


def feature_circles(draft: Draft) -> Iterator[Diagnostic]:
    """One error for each set of features that are derived from each other in a circle, and for chains too long."""
    uses: dict[str, dict[str, Spot]] = {name: {} for name, _ in _derived(draft)}
    for name, feature in _derived(draft):
        assert feature.derivation is not None, "it is a derived one"
        for source in sources(feature.derivation):
            if source.feature in uses:
                uses[name].setdefault(source.feature, Spot("features", name, source.at))
    reported: set[str] = set()
    for name in sorted(uses):
        circle = None if name in reported else shortest_circle(name, uses)
        if circle is not None and not reported.intersection(circle):
            path = " -> ".join(f"`{step}`" for step in (*circle, name))
            target = circle[1] if len(circle) > 1 else name
            help_line = "take one of these out: a feature cannot be derived from itself"
            yield draft.error("feature-cycle", uses[name][target], f"features form a circle: {path}", help_line)
        reported.update(circle or ())
    if not reported:
        yield from _long_chains(draft, uses)


def laundered_contracts(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for derived features whose contract asks for less care than that of a feature they read."""
    for name, feature in _derived(draft):
        assert feature.derivation is not None, "it is a derived one"
        for read_name in read_features(feature.derivation):
            read = draft.registry.features.get(read_name)
            if read is None or not draft.is_sound("features", read_name):
                continue
            for key, message, help_line in _laundered(feature, read_name, read):
                spot = Spot("features", name, f"/{key}" if key in _written(feature) else "")
                yield draft.error("laundered", spot, message, help_line)


def _laundered(feature: Feature, read_name: str, read: Feature) -> Iterator[tuple[str, str, str]]:
    """(key, message, help) for each part of the contract that is weaker than the one of the feature read."""
    reads = f"since it reads `{read_name}`"
    if feature.tier < read.tier:
        yield "tier", f"expected tier {read.tier}, {reads}, found tier {feature.tier}", f'write "tier": {read.tier}'
    missing = [purpose for purpose in read.purposes if purpose not in feature.purposes]
    if missing:
        found = listed(feature.purposes) if feature.purposes else "none"
        wanted = ", ".join(f'"{purpose}"' for purpose in (*feature.purposes, *missing))
        message = f"expected the purposes {listed(missing)}, {reads}, found {found}"
        yield "purposes", message, f'write "purposes": [{wanted}]: what is denied there is denied here'
    if DATA_CLASSES[feature.data_class] < DATA_CLASSES[read.data_class]:
        message = f"expected data of the class {read.data_class}, {reads}, found {feature.data_class}"
        yield "data_class", message, f'write "data_class": "{read.data_class}"'
    if read.region is not None and feature.region != read.region:
        found = "none" if feature.region is None else f"`{feature.region}`"
        message = f"expected the region `{read.region}`, {reads}, found {found}"
        yield "region", message, f'write "region": "{read.region}"; features of two regions cannot be joined'
    known, needed = linkability_of(feature), linkability_of(read)
    if feature.type is FeatureType.NUMBER and LINKABILITIES[known] < LINKABILITIES[needed]:
        message = f"expected the linkability {needed}, {reads}, found {known}"
        yield "linkability", message, f'write "linkability": "{needed}"; that of a bool or a band may be lower'


def _written(feature: Feature) -> frozenset[str]:
    return frozenset(feature.model_fields_set)


def _bands(draft: Draft, name: str, feature: Feature, derivation: BandDerivation) -> Iterator[Diagnostic]:
    bands = len(derivation.limits) + 1
    if feature.values is None:
        message = "missing key `values`: the names of the bands, from the lowest on"
        yield draft.error("missing-key", Spot("features", name, ""), message, f"the limits make {bands} bands")
    elif len(feature.values) != bands:
        message = f"expected {bands} values, one for each band, found {len(feature.values)}"
        yield draft.error("bad-derivation", Spot("features", name, "/values"), message, "n limits make n + 1 bands")


def _long_chains(draft: Draft, uses: Mapping[str, Mapping[str, Spot]]) -> Iterator[Diagnostic]:
    """Only the innermost of a chain is reported."""
    lengths: dict[str, int] = {}
    for first in uses:
        pending = [(first, False)]
        while pending:
            name, is_done = pending.pop()
            if is_done:
                inner = max((lengths[one] for one in uses[name]), default=0)
                lengths[name] = inner + 1
                if lengths[name] == LONGEST_CHAIN + 1:
                    message = f"expected at most {LONGEST_CHAIN} levels of derived features, found {lengths[name]}"
                    yield draft.error("too-deep", Spot("features", name, "/derive"), message, "use fewer steps")
            elif name not in lengths:
                pending += [(name, True), *((one, False) for one in uses[name] if one not in lengths)]


def _derived(draft: Draft) -> Iterator[tuple[str, Feature]]:
    return ((name, feature) for name, feature in draft.registry.features.items() if feature.derivation is not None)
