"""Which decisions can give another outcome, for whom, and because of what.

A decision is unchanged when it means the same with everything that it refers to (identities.py). So what is called
unchanged is; what is called changed may still give the same outcomes to everyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from feature_registry.compatibility.changes import Changes
from feature_registry.compatibility.graph import Graph, Meanings
from feature_registry.compatibility.identities import Form, Key, Numbers, without_effect
from feature_registry.compatibility.words import named, whom
from feature_registry.documents import DecisionDocument, Rule

_CAUSES = 5
"""How many causes of one rule are told; the nearest ones."""


class Effect(StrEnum):
    """What happens to a rule."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """One rule that takes part in another outcome: its places (from 0; None on the side where it is not), for whom in
    words, and what it is because of. The last line of a decision, `otherwise`, has no place on either side."""

    old: int | None
    new: int | None
    effect: Effect
    whom: str
    because: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The effect as a JSON object."""
        return {**asdict(self), "effect": str(self.effect), "because": list(self.because)}


@dataclass(frozen=True, slots=True)
class Affected:
    """The decisions of both registries, by what happens to them."""

    changed: Mapping[str, tuple[RuleEffect, ...]]
    unchanged: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    cohorts: tuple[str, ...]
    experiments: tuple[str, ...]
    """Cohorts and experiments of both whose members can be others."""


def find_affected(old: Graph, new: Graph, numbers: Numbers, changes: Changes) -> Affected:
    """Compare every decision, cohort and experiment that both registries have."""
    touched = _touched(old, new, changes)
    possible = frozenset(old.reaching(touched) | new.reaching(touched))
    sides = _Sides(old, new, Meanings(old, numbers, possible), Meanings(new, numbers, possible), touched, possible)
    olds, news = old.registry.decisions, new.registry.decisions
    changed = {name: tuple(sides.effects(name)) for name in olds if name in news and sides.differ(("decisions", name))}
    return Affected(
        changed,
        tuple(name for name in olds if name in news and name not in changed),
        tuple(name for name in news if name not in olds),
        tuple(name for name in olds if name not in news),
        *(
            tuple(name for name in ours if name in theirs and sides.differ((kind, name)))
            for kind, ours, theirs in (
                ("cohorts", old.registry.cohorts, new.registry.cohorts),
                ("experiments", old.registry.experiments, new.registry.experiments),
            )
        ),
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both registries. `touched` tells what happens to objects that do something else than before; only what reaches
    one of them, `possible`, can mean something else."""

    old: Graph
    new: Graph
    old_meanings: Meanings
    new_meanings: Meanings
    touched: Mapping[Key, str]
    possible: frozenset[Key]

    def differ(self, key: Key) -> bool:
        return key in self.possible and self.old_meanings.of(key) != self.new_meanings.of(key)

    def effects(self, name: str) -> Iterator[RuleEffect]:
        """The rules that differ, in the order of the decision, then what concerns all of it."""
        key = ("decisions", name)
        before, after = self.old.registry.decisions[name], self.new.registry.decisions[name]
        olds = [_meaning(self.old, self.old_meanings, name, rule) for rule in before.rules]
        news = [_meaning(self.new, self.new_meanings, name, rule) for rule in after.rules]
        matcher = SequenceMatcher(None, olds, news, autojunk=False)
        for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            if tag == "equal":
                continue
            pairs = min(old_to - old_from, new_to - new_from)
            for was, now in zip(range(old_from, old_to), range(new_from, new_to), strict=False):
                yield self._changed(name, before.rules[was], after.rules[now], was, now)
            for was in range(old_from + pairs, old_to):
                if olds[was] not in news:
                    told = whom(self.old.registry, before.rules[was], was)
                    yield RuleEffect(was, None, Effect.REMOVED, told, (f"the rule of {named(key)} is removed",))
            for now in range(new_from + pairs, new_to):
                was_at = olds.index(news[now]) if news[now] in olds else None
                effect = Effect.ADDED if was_at is None else Effect.MOVED
                told = whom(self.new.registry, after.rules[now], now)
                yield RuleEffect(was_at, now, effect, told, (f"the rule of {named(key)} is {effect}",))
        yield from self._whole(name, before, after)

    def _changed(self, name: str, old: Rule, new: Rule, was: int, now: int) -> RuleEffect:
        earlier, told = whom(self.old.registry, old, was), whom(self.new.registry, new, now)
        because = []
        if _is_written_otherwise(self.new, name, old, new):
            because.append(f"the rule of {named(('decisions', name))} is changed")
        because += self._causes(self.old.targets_at(name, old.at), self.new.targets_at(name, new.at))
        both = told if told == earlier else f"{earlier}; and {told}"
        return RuleEffect(was, now, Effect.CHANGED, both, tuple(because))

    def _whole(self, name: str, before: DecisionDocument, after: DecisionDocument) -> Iterator[RuleEffect]:
        """What becomes of those whom no rule matches, and of the place where the decision is made."""
        everyone = "visitors whom no rule matches" if after.rules else "all visitors"
        because: list[str] = []
        if before.otherwise != after.otherwise:
            because.append(f"`otherwise` of {named(('decisions', name))} is changed")
        elif self.differ(("payloads", after.otherwise)):
            because.append(f"{named(('payloads', after.otherwise))} is changed")
        if because:
            yield RuleEffect(None, None, Effect.CHANGED, everyone, tuple(because))
        if before.runs != after.runs:
            told = f"{named(('decisions', name))} moves from the {before.runs} to the {after.runs}"
            yield RuleEffect(None, None, Effect.CHANGED, "all visitors", (told,))

    def _causes(self, olds: tuple[Key, ...], news: tuple[Key, ...]) -> list[str]:
        """The touched objects that a rule reaches, nearest first, each with the object that leads to it."""
        found: dict[Key, str] = {}
        for graph, starts in ((self.new, news), (self.old, olds)):
            reached = graph.reached(starts)
            for key in reached:
                if key in self.touched and key not in found:
                    found[key] = f"{named(key)} is {self.touched[key]}{_through(reached, key)}"
        told = list(found.values())
        return told if len(told) <= _CAUSES else [*told[:_CAUSES], f"{len(told) - _CAUSES} more changes"]


def _meaning(graph: Graph, meanings: Meanings, decision: str, rule: Rule) -> tuple[int, ...]:
    """What a rule means with all that it refers to."""
    targets = sorted({meanings.of(key) for key in graph.targets_at(decision, rule.at)})
    return meanings.form(("decisions", decision)).value(rule), *targets


def _touched(old: Graph, new: Graph, changes: Changes) -> dict[Key, str]:
    """The objects that do something else than before, whatever they refer to, with what happened to them."""
    touched = dict.fromkeys(changes.added, "added") | dict.fromkeys(changes.removed, "removed")
    touched |= {("candidates", name): what for (kind, name), what in touched.items() if kind == "payloads"}
    numbers = Numbers()
    groups, others = old.groups(), new.groups()
    touched |= {("groups", one): "changed" for one in {**groups, **others} if groups.get(one) != others.get(one)}
    for kind, name in changes.changed:
        if (kind, name) == ("policies", "identity"):
            touched |= {("units", graph.registry.policies.identity.unit): "changed" for graph in (old, new)}
        for key in ((kind, name), ("candidates", name)) if kind == "payloads" else ((kind, name),):
            if _own(old, key, numbers) != _own(new, key, numbers):
                touched[key] = "changed"
    return touched


def _own(graph: Graph, key: Key, numbers: Numbers) -> tuple[int, bytes]:
    """What an object says itself, other objects taken by name."""
    document = graph.document(key)
    if document is None:
        return 0, b""
    form = Form(key, numbers, graph.operators)
    if key[0] == "payloads":
        return form.attribute(document, "value"), b""
    file = graph.registry.model_files[key[1]] if key[0] == "models" else b""
    return form.document(document, without_effect(key[0])), file


def _is_written_otherwise(graph: Graph, decision: str, old: Rule, new: Rule) -> bool:
    """Whether a rule itself differs, other objects taken by name."""
    form = Form(("decisions", decision), Numbers(), graph.operators)
    return form.value(old) != form.value(new)


def _through(reached: Mapping[Key, Key | None], key: Key) -> str:
    """The way to an object, as a remark; nothing when the rule names it itself, or its group does."""
    way = reached[key]
    if way is None or way[0] in ("groups", "units"):
        return ""
    return f", through {named(way)}"
