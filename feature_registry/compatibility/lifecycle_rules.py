"""Rules about leaving: what a live release reads is first no longer used, then retired, then removed."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.compatibility.rule import Comparison, CompatibilityRule, Find, Hit, Weight
from feature_registry.documents.base import Living

_ORDER = "stop using it, release that, set its status to `retired`, and remove it with a later release"
_REASON = "The live release reads it: nodes that have not got the new release, and a rollback, still need it."

_REMOVABLE = ("features", "models", "cohorts", "layers", "experiments", "payloads")


def _removed(kind: str) -> Find:
    """Finds objects of a kind that are gone though the live release reads them; what it retired it does not read."""

    def find(both: Comparison) -> Iterator[Hit]:
        for key in both.changes.removed:
            if key[0] == kind and both.is_read(*key):
                yield Hit(key, "", f"the {kind[:-1]} `{key[1]}` is removed, and the live release reads it")

    return find


def _retired(both: Comparison) -> Iterator[Hit]:
    for key in both.changes.changed:
        kind, name = key
        if kind in _REMOVABLE and both.is_read(kind, name):
            old, new = getattr(both.old, kind)[name], getattr(both.new, kind)[name]
            assert isinstance(new, Living), "objects of these kinds have a life"
            if new.status == "retired" != old.status:
                yield Hit(key, "/status", f"the {kind[:-1]} `{name}` is retired, and the live release reads it")


def _back(both: Comparison) -> Iterator[Hit]:
    for key in both.changes.changed:
        kind, name = key
        if kind in (*_REMOVABLE, "decisions"):
            old, new = getattr(both.old, kind)[name], getattr(both.new, kind)[name]
            if old.status == "retired" != new.status:
                yield Hit(key, "/status", f"the {kind[:-1]} `{name}` was retired, and is {new.status} again")


LIFECYCLE_RULES: tuple[CompatibilityRule, ...] = (
    *(
        CompatibilityRule(
            f"{kind[:-1]}-removed",
            Weight.BREAKING,
            f"A {kind[:-1]} is removed that the live release reads.".replace("A exp", "An exp"),
            _REASON,
            _ORDER,
            _removed(kind),
        )
        for kind in _REMOVABLE
    ),
    CompatibilityRule(
        "retired-too-early",
        Weight.BREAKING,
        "An object is retired that the live release reads.",
        "Those who keep it up may stop to do so while it is still needed.",
        "release what no longer uses it first, then retire it",
        _retired,
    ),
    CompatibilityRule(
        "retired-returns",
        Weight.NOTICE,
        "An object that was retired may be used again.",
        "Nobody may have kept it up meanwhile.",
        "see that values still arrive, or add a new object",
        _back,
    ),
)
