"""Which object refers to which, and what each one means with all that it refers to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from types import MappingProxyType

from feature_registry.checks.draft import Draft
from feature_registry.checks.references import references
from feature_registry.compatibility.identities import Form, Key, Numbers, is_named, without_effect
from feature_registry.documents.base import Document
from feature_registry.operators import OperatorSignature
from feature_registry.registry import Registry


class Graph:
    """The references of one registry.

    INVARIANT (closures): whatever can change an outcome of a decision is reached from it. `references` of the checks
    gives every name that an object gives of another; `units` lead to the identity policy, `groups` to their candidates.
    """

    def __init__(self, registry: Registry, operators: Iterable[OperatorSignature]) -> None:
        self.registry = registry
        self.operators = MappingProxyType({signature.name: signature for signature in operators})
        self._targets: dict[Key, dict[Key, None]] = {}
        self._of_decisions: dict[str, list[tuple[str, Key]]] = {}
        self._read()

    def targets(self, key: Key) -> tuple[Key, ...]:
        """What an object refers to, each once, in the order of the document."""
        return tuple(self._targets.get(key, ()))

    def targets_at(self, decision: str, pointer: str) -> tuple[Key, ...]:
        """What the part of a decision at a JSON pointer refers to."""
        inside = self._of_decisions.get(decision, ())
        return tuple(key for at, key in inside if at == pointer or at.startswith(f"{pointer}/"))

    def reached(self, starts: Iterable[Key]) -> dict[Key, Key | None]:
        """Everything that is reached from objects, nearest first; each with the object that leads to it."""
        came_from: dict[Key, Key | None] = dict.fromkeys(starts)
        pending = list(came_from)
        for key in pending:  # grows while it is walked
            for target in self._targets.get(key, ()):
                if target not in came_from:
                    came_from[target] = key
                    pending.append(target)
        return came_from

    def reaching(self, ends: Iterable[Key]) -> set[Key]:
        """Everything from which one of these objects is reached, themselves included."""
        sources: dict[Key, list[Key]] = {}
        for key, targets in self._targets.items():
            for target in targets:
                sources.setdefault(target, []).append(key)
        found = set(ends)
        pending = list(found)
        for key in pending:  # grows while it is walked
            for source in sources.get(key, ()):
                if source not in found:
                    found.add(source)
                    pending.append(source)
        return found

    def groups(self) -> dict[str, tuple[Key, ...]]:
        """The candidates of every group, in the order that settles ties."""
        return {name: tuple(targets) for (kind, name), targets in self._targets.items() if kind == "groups"}

    def innermost_first(self, starts: Iterable[Key], within: Set[Key]) -> Iterator[Key]:
        """All that is reached from objects without leaving a set, each after what it refers to."""
        seen: set[Key] = set()
        for start in starts:
            pending = [(start, False)]
            while pending:
                key, is_done = pending.pop()
                if is_done:
                    yield key
                elif key not in seen:
                    seen.add(key)
                    pending.append((key, True))
                    targets = self._targets.get(key, ())
                    pending.extend((target, False) for target in targets if target in within)

    def document(self, key: Key) -> Document | None:
        """The document of an object; a unit's is the identity policy, where a cookie names it. A group has none."""
        kind, name = key
        if kind == "units":
            identity = self.registry.policies.identity
            return identity if identity.unit == name else None
        if kind == "policies":
            policy = getattr(self.registry.policies, name)
            assert policy is None or isinstance(policy, Document), "every policy is a document"
            return policy
        documents: Mapping[str, Document] = getattr(self.registry, "payloads" if kind == "candidates" else kind, {})
        return documents.get(name)

    def _read(self) -> None:
        draft = Draft(self.registry, self.operators, frozenset(), True)
        for one in references(draft):
            kind = "candidates" if one.spot.kind == "payloads" else one.spot.kind
            target = (one.kind, one.name)
            self._targets.setdefault((kind, one.spot.name), {})[target] = None
            if kind == "decisions":
                self._of_decisions.setdefault(one.spot.name, []).append((one.spot.at, target))
        for name, payload in self.registry.payloads.items():
            if payload.group is not None:
                self._targets.setdefault(("groups", payload.group), {})["candidates", name] = None


class Meanings:
    """The meaning of objects of one registry, as numbers of a table that several registries share.

    An object that is not in `possible` means the same in all of them, and is not looked into.
    """

    def __init__(self, graph: Graph, numbers: Numbers, possible: Set[Key]) -> None:
        self._graph = graph
        self._possible = possible
        self._numbers = numbers
        self._known: dict[Key, int] = {}

    def of(self, key: Key) -> int:
        """The number of an object with all that it refers to."""
        if key not in self._known:
            for inner in self._graph.innermost_first([key], within=self._possible):
                if inner not in self._known:
                    for target in self._graph.targets(inner):
                        if target not in self._possible:
                            self._known[target] = self._numbers.of("same", *target)
                    self._known[inner] = self._meaning(inner)
        return self._known[key]

    def form(self, key: Key) -> Form:
        """The canonical form of parts of an object, whose references are known."""
        return Form(key, self._numbers, self._graph.operators, self._known)

    def _meaning(self, key: Key) -> int:
        kind, name = key
        document = self._graph.document(key)
        targets = [self._known[target] for target in self._graph.targets(key)]
        own = 0
        if kind == "payloads" and document is not None:
            own = self.form(key).attribute(document, "value")
        elif document is not None:
            own = self.form(key).document(document, without_effect(kind))
        return self._numbers.of(
            kind,
            name if is_named(kind) or kind == "units" else "",
            own,
            *(targets if kind == "groups" else sorted(set(targets))),
            *self._content(key),
        )

    def _content(self, key: Key) -> Iterator[str]:
        if key[0] == "models":
            yield hashlib.sha256(self._graph.registry.model_files[key[1]]).hexdigest()
