"""A store: revisions, drafts, approvals, heads of environments, and the log of every write.

Every write is one commit of the storage: the records that it changes, its entry in the log, the log's new end, and a
note that its request was carried out. Each record is written on the condition that it is as it was read; when it is
not, the whole request is thought through again. So a write sees all that was written before it, or does not happen.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from pydantic import JsonValue

from feature_registry.diagnostics import Diagnostic, has_errors
from feature_registry.errors import RegistryError
from feature_registry.operators import OperatorSignature
from feature_registry.registry import Registry
from feature_registry.stores.audit import problems, request_key
from feature_registry.stores.content import Edit, checked, edit_json
from feature_registry.stores.errors import StaleError, StoreError
from feature_registry.stores.loading import loaded
from feature_registry.stores.merge import Keep
from feature_registry.stores.names import check_message
from feature_registry.stores.plans import (
    Moment,
    Plan,
    Request,
    check_publishable,
    plan_approval,
    plan_discard,
    plan_edit,
    plan_publishing,
    plan_rebase,
    plan_settings,
    plan_start,
)
from feature_registry.stores.reading import Reader, entry_key
from feature_registry.stores.records import (
    DEFAULT_SETTINGS,
    Chain,
    Done,
    Draft,
    Entry,
    Published,
    Revision,
    Settings,
    damaged,
    decode,
)
from feature_registry.stores.storage import Commit, Storage, Write, digest_of
from feature_registry.stores.text import canonical

Check: TypeAlias = Callable[[Registry | None, Registry], Sequence[Diagnostic]]
"""Compares the registry that runs (None: there is none) with the one to be published; an error stops it."""
Clock: TypeAlias = Callable[[], int]
"""Gives the time in milliseconds UTC. Nothing is decided by it: what came first, the log's numbers say."""

ATTEMPTS = 200


def pause(attempt: int, seconds: float) -> None:
    """Wait a random time that grows with the attempts, so that writers step out of each other's way.

    It goes by the seconds that the attempt took: a store far away needs longer ones than a file.
    """
    time.sleep(random.uniform(0, min(1.0, seconds * 2 ** min(attempt, 6))))


class Store(Reader):
    """Reads and writes of one store. `operators` are those of the engine, which publishing checks conditions with.

    A store belongs to one thread; any number may be open at the same place. Every write takes a Request. Writes raise
    StoreError, and RegistryError for a registry with errors; then nothing is written.
    """

    def __init__(
        self,
        storage: Storage,
        operators: Sequence[OperatorSignature],
        clock: Clock,
        pause: Callable[[int, float], None] = pause,
    ) -> None:
        super().__init__(storage)
        self._operators, self._clock, self._pause = operators, clock, pause

    def setup(self, request: Request, settings: Settings = DEFAULT_SETTINGS) -> Settings:
        """Settle which environments there are and what publishing to them asks for."""
        return self._settle(request, "setup", settings)

    def configure(self, request: Request, settings: Settings) -> Settings:
        """Add environments, or ask for more approvals. Nothing is taken away."""
        return self._settle(request, "configure", settings)

    def start(self, request: Request, name: str, environment: str, revision: str | None = None) -> Draft:
        """Begin a draft of what `environment` runs; or of `revision`, to bring it there from elsewhere, or back."""
        arguments: JsonValue = [name, environment, revision]
        plan = self._write(
            request, "start", arguments, lambda moment: plan_start(self, moment, name, environment, revision)
        )
        return self._draft(plan)

    def edit(self, request: Request, name: str, edits: Sequence[Edit], etag: str, *, merge: bool = False) -> Draft:
        """Change a draft that is as `etag` says. Approvals that it had are void when its content changes.

        When somebody else changed it since: ConflictError; with `merge`, only when both changed the same objects.
        """
        wanted = [checked(edit, self.place) for edit in edits]
        arguments: JsonValue = [name, etag, merge, digest_of(canonical([edit_json(edit) for edit in wanted]))]
        return self._draft(
            self._write(request, "edit", arguments, lambda moment: plan_edit(self, moment, name, wanted, etag, merge))
        )

    def rebase(self, request: Request, name: str, environment: str, etag: str, keep: Keep | None = None) -> Draft:
        """Put a draft's changes on top of what `environment` runs by now. Approvals are void then.

        `keep` says for each clash (`cohorts/loyal`) whether `yours` or `theirs` is to stand.
        """
        settled: dict[str, JsonValue] = {subject: str(side) for subject, side in (keep or {}).items()}
        arguments: JsonValue = [name, environment, etag, settled]
        return self._draft(
            self._write(
                request,
                "rebase",
                arguments,
                lambda moment: plan_rebase(self, moment, name, environment, etag, keep or {}),
            )
        )

    def approve(self, request: Request, name: str, environment: str, tree: str) -> Draft:
        """Say that a draft may go to an environment; `tree` is the content that was looked at."""
        return self._draft(
            self._write(
                request,
                "approve",
                [name, environment, tree],
                lambda moment: plan_approval(self, moment, name, environment, tree),
            )
        )

    def discard(self, request: Request, name: str, etag: str) -> Draft:
        """Remove a draft that is as `etag` says."""
        return self._draft(
            self._write(request, "discard", [name, etag], lambda moment: plan_discard(self, moment, name, etag))
        )

    def publish(
        self,
        request: Request,
        name: str,
        environment: str,
        *,
        etag: str,
        message: str,
        head_etag: str | None = None,
        check: Check | None = None,
    ) -> Published:
        """Make a draft a revision, and the revision the head of an environment.

        The draft must be as `etag` says, and the head the one that the draft is based on (and as `head_etag` says, when
        it is given); the draft must have its approvals; and the registry must load without errors, and pass `check`.
        """
        check_message(message, self.place)
        inspected: dict[
            str, tuple[str, list[dict[str, JsonValue]]]
        ] = {}  # by tree: another attempt need not load again

        def plan(moment: Moment) -> Plan:
            draft = self.draft(name)
            approvals = check_publishable(self, draft, environment, etag, head_etag)
            if draft.tree not in inspected:
                inspected[draft.tree] = self._inspect(draft, check)
            registry, warnings = inspected[draft.tree]
            revision = Revision(
                registry=registry,
                tree=draft.tree,
                parent=draft.base,
                environment=environment,
                author=draft.editors[0],
                editors=draft.editors,
                published_by=request.by,
                at=moment.at,
                message=message,
                approvals=approvals,
            )
            return plan_publishing(self, moment, draft, revision, warnings)

        result = self._write(request, "publish", [name, environment, etag, head_etag, message], plan)
        return decode(Published, canonical(dict(result)), self.place)

    def verify(self, known: Chain | None = None) -> tuple[Diagnostic, ...]:
        """Everything that is not as it was written: see `audit.problems`."""
        return tuple(problems(self, known))

    def _settle(self, request: Request, action: Literal["setup", "configure"], settings: Settings) -> Settings:
        is_first = action == "setup"
        result = self._write(
            request, action, settings.to_json(), lambda moment: plan_settings(self, settings, is_first=is_first)
        )
        return decode(Settings, canonical(result["settings"]), self.place)

    def _inspect(self, draft: Draft, check: Check | None) -> tuple[str, list[dict[str, JsonValue]]]:
        """The digest of the draft's registry, and its warnings. Raises RegistryError."""
        with loaded(self.content(draft.tree), self._operators) as (registry, found):
            diagnostics = [*found]
            if check is not None and draft.base is None:
                diagnostics += check(None, registry)
            elif check is not None:
                with loaded(self.revision_content(draft.base), self._operators) as (running, _):
                    diagnostics += check(running, registry)
            if has_errors(diagnostics):
                raise RegistryError(diagnostics)
            return registry.digest, [dict(one.to_json()) for one in diagnostics]

    def _write(
        self, request: Request, action: str, arguments: JsonValue, planned: Callable[[Moment], Plan]
    ) -> Mapping[str, JsonValue]:
        """Carry out a request, once: a request that was carried out is only answered again."""
        request.check(self.place)
        asked = digest_of(canonical([action, request.by, arguments]))
        for attempt in range(ATTEMPTS):
            began = time.monotonic()
            done = self._answered(request, asked)
            if done is not None:
                return done
            chain = self.chain()
            moment = Moment(request, chain.sequence + 1, self._clock())
            try:
                plan = planned(moment)
                self._commit(plan, moment, action, asked, chain)
                return plan.result
            except StaleError:
                self._pause(attempt, time.monotonic() - began)
            except RegistryError:
                done = self._answered(request, asked)  # the same request, sent twice at once, may be what is in the way
                if done is None:
                    raise
                return done
        message = f"expected a moment without other writers within {ATTEMPTS} attempts, found none"
        raise StoreError("store-busy", message, self.place, "nothing was written; send the request again")

    def _commit(self, plan: Plan, moment: Moment, action: str, asked: str, chain: Chain) -> None:
        entry = Entry(
            sequence=moment.sequence,
            previous=chain.digest,
            at=moment.at,
            by=moment.request.by,
            request=moment.request.id,
            action=action,
            subject=plan.subject,
            details=dict(plan.details),
            arguments=asked,
            result=dict(plan.result),
        ).sealed()
        end = Chain(sequence=entry.sequence, digest=entry.digest)
        writes = (
            *plan.writes,
            Write(entry_key(entry.sequence), entry.encoded(), None),
            Write("chain", end.encoded(), chain.encoded() if chain.sequence else None),
            Write(request_key(moment.request.id), Done(sequence=entry.sequence).encoded(), None),
        )
        self.storage.commit(Commit(writes, plan.content, plan.folders))

    def _answered(self, request: Request, asked: str) -> Mapping[str, JsonValue] | None:
        """What the request was answered, when it was carried out before."""
        done = self._record(Done, request_key(request.id))
        if done is None:
            return None
        entry = self.entry(done.sequence)
        if entry is None:
            raise damaged(f"expected the entry {done.sequence} of the log, found none", self.place)
        if entry.request != request.id or entry.arguments != asked:
            message = f"expected a new request, found the id `{request.id}` used for another one"
            raise StoreError("request-reused", message, self.place, "give each request an id of its own")
        return entry.result

    def _draft(self, result: Mapping[str, JsonValue]) -> Draft:
        return decode(Draft, canonical(result["draft"]), self.place)
