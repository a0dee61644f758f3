"""Reads shares by a named bucketing: a range of places instead of a fraction."""

from __future__ import annotations

from feature_registry.bucketings import FLAGD, FLAGD_LEGACY, NAMED_BUCKETINGS, named_seed
from feature_registry.conditions import NamedRange, Share
from feature_registry.findings import Findings
from feature_registry.nearest import listed
from feature_registry.places import read_places
from feature_registry.values import BadValueError, read_bool, read_text, read_timestamp

NAMED_KEYS = ("bucketing", "seed", "seed_after", "ramp")


def read_named_share(findings: Findings, json: dict[str, object], at: str) -> Share | None:
    """{"share": [low, high], "of": unit, "bucketing": name, "seed": text} as a condition; None when it is broken."""
    for key, example in (("of", '"visitor_id"'), ("bucketing", f'"{FLAGD}"'), ("seed", '"my-experiment"')):
        if key not in json:
            message = f"missing key `{key}` of a share by a named bucketing"
            findings.add("missing-key", message, at, f'for instance "{key}": {example}')
    bounds = findings.read_key(json, "share", at, read_places)
    unit = findings.read_key(json, "of", at, read_text) if "of" in json else None
    name = findings.read_key(json, "bucketing", at, read_bucketing) if "bucketing" in json else None
    seed = findings.read_key(json, "seed", at, read_text) if "seed" in json else None
    after = findings.read_key(json, "seed_after", at, read_text) if "seed_after" in json else ""
    settled = findings.read_key(json, "if_missing", at, read_bool) if "if_missing" in json else None
    ramp = findings.read_key(json, "ramp", at, _read_ramp) if "ramp" in json else None
    if bounds is None or unit is None or name is None or seed is None or after is None:
        return None
    if ramp is not None and (bounds != (0.0, 1.0) or name != FLAGD):
        message = f"expected the share [0, 1] of the bucketing `{FLAGD}` beside a ramp, found another one"
        findings.add("bad-bucketing", message, f"{at}/ramp", "a ramp grows from nothing to all places", key=True)
        return None
    if after and name not in (FLAGD, FLAGD_LEGACY):
        message = f"expected no `seed_after` for the bucketing `{name}`, found one"
        findings.add("unknown-key", message, f"{at}/seed_after", "only flagd's bucketings have one", key=True)
        return None
    low, high = bounds
    return Share(high - low, unit, None, at, NamedRange(named_seed(name, seed, after), low, high, ramp), settled)


def _read_ramp(json: object) -> tuple[int, int]:
    """[starts, ends], two times. Raises BadValueError."""
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[starts, ends], two times", "wrong-type", "nobody is in before, everybody is after")
    starts, ends = (read_timestamp(time) for time in json)
    if ends <= starts:
        raise BadValueError("[starts, ends] with `ends` after `starts`", "bad-window", "swap the two")
    return starts, ends


def read_bucketing(json: object) -> str:
    """The name of a bucketing of another system. Raises BadValueError."""
    if json not in NAMED_BUCKETINGS or not isinstance(json, str):
        raise BadValueError("a named bucketing", "unknown-value", f"they are {listed(NAMED_BUCKETINGS)}")
    return json
