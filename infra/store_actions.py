"""What `edgewise store` does: each action as a function from what was asked to what is told."""

from __future__ import annotations

import getpass
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import Diagnostic, Registry, RegistryError, error, warning
from feature_registry.compatibility import compare, find_all
from feature_registry.json_reader import read_json
from feature_registry.stores import (
    DEFAULT_SETTINGS,
    Chain,
    DeleteFile,
    DeleteObject,
    Draft,
    Edit,
    Entry,
    PutObject,
    Request,
    Rules,
    Settings,
    Store,
    changes,
    open_storage,
    read_folder,
)
from infra.errors import UsageError
from infra.files import read_input
from infra.folders import write_first_files
from infra.wording import counted

_LARGEST = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of the command."""

    address: str
    name: str | None
    path: Path | None
    environment: str | None
    etag: str | None
    object: str | None
    file: str | None
    revision: str | None
    message: str | None
    merge: bool
    keep: Sequence[str]
    allow: Sequence[str]
    out: Path | None
    approvals: Sequence[str]

    def needed(self, key: str, shown: str) -> Any:
        """An argument that the action needs. Raises UsageError when it is absent."""
        value = getattr(self, key)
        if value is None:
            raise UsageError(f"expected `{shown}`, found none", "`edgewise store --help` says what each action takes")
        return value

    @property
    def draft(self) -> str:
        """The draft's name."""
        return str(self.needed("name", "DRAFT"))

    @property
    def env(self) -> str:
        """The environment's name."""
        return str(self.needed("environment", "--env"))

    @property
    def seen(self) -> str:
        """The etag of the draft as it was seen."""
        return str(self.needed("etag", "--etag"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command prints, for people and for programs."""

    lines: Sequence[str]
    json: Mapping[str, Any] = field(default_factory=dict)
    is_bad: bool = False


def carry_out(action: str, asked: Asked, known: str | None, by: str | None, request: str | None) -> Answer:
    """Open the store and do it. Raises StoreError, RegistryError, UsageError."""
    who = Request(request or str(uuid.uuid4()), by or getpass.getuser())
    with closing(open_storage(asked.address, create=action == "init")) as storage:
        store = Store(storage, SIGNATURES, lambda: time.time_ns() // 1_000_000)
        if action == "verify":
            return _verify(store, known)
        return ACTIONS[action](store, who, asked)


def _init(store: Store, request: Request, asked: Asked) -> Answer:
    return _settings(
        "made", store, store.setup(request, _with_rules({}, asked) if asked.approvals else DEFAULT_SETTINGS)
    )


def _configure(store: Store, request: Request, asked: Asked) -> Answer:
    wanted = _with_rules(store.settings().environments, asked)
    return _settings("settled", store, store.configure(request, wanted))


def _settings(did: str, store: Store, settings: Settings) -> Answer:
    told = ", ".join(
        f"{name} ({counted(rules.approvals, 'approval')})" for name, rules in settings.environments.items()
    )
    return Answer([f"{did} {store.place} with {told}"], {"settings": settings.to_json()})


def _with_rules(environments: Mapping[str, Rules], asked: Asked) -> Settings:
    found = dict(environments)
    for one in asked.approvals:
        form = re.fullmatch(r"([^=]+)=([0-9]|1[0-9]|20)", one)
        if form is None:
            raise UsageError(f"expected `ENV=NUMBER` with at most 20 approvals, found `{one}`", "production=2")
        found[form[1]] = Rules(approvals=int(form[2]))
    return Settings(environments=found)


def _show(store: Store, request: Request, asked: Asked) -> Answer:
    if asked.name is not None:
        draft = store.draft(asked.name)
        base, now = store.revision_content(draft.base), store.content(draft.tree)
        told = changes(base, now)
        lines = [*_draft_lines(draft), *(f"  changed {one}" for one in told)]
        return Answer(lines, {**_draft_json(draft), "changed": list(told)})
    heads = [f"{head.environment}: {head.revision or 'nothing'}" for head in store.heads()]
    drafts = [store.draft(name) for name in store.drafts()]
    lines = [*heads, *(line for draft in drafts for line in _draft_lines(draft))]
    told_heads = [{**head.to_json(), "etag": head.etag} for head in store.heads()]
    return Answer(lines, {"heads": told_heads, "drafts": [_draft_json(draft)["draft"] for draft in drafts]})


def _draft(store: Store, request: Request, asked: Asked) -> Answer:
    return _drafted(store.start(request, asked.draft, asked.env, asked.revision))


def _put(store: Store, request: Request, asked: Asked) -> Answer:
    path = Path(asked.needed("path", "PATH"))
    edits: Sequence[Edit] = read_folder(path) if asked.object is None else [_object(asked.object, str(path))]
    return _drafted(store.edit(request, asked.draft, edits, asked.seen, merge=asked.merge))


def _remove(store: Store, request: Request, asked: Asked) -> Answer:
    edits: list[Edit] = []
    if asked.object is not None:
        edits.append(DeleteObject(asked.object))
    if asked.file is not None:
        edits.append(DeleteFile(asked.file))
    if not edits:
        raise UsageError("expected `--object` or `--file`, found none", "say what to remove")
    return _drafted(store.edit(request, asked.draft, edits, asked.seen, merge=asked.merge))


def _rebase(store: Store, request: Request, asked: Asked) -> Answer:
    keep: dict[str, Literal["yours", "theirs"]] = {}
    for one in asked.keep:
        subject, _, side = one.rpartition("=")
        if side == "yours":
            keep[subject] = "yours"
        elif side == "theirs":
            keep[subject] = "theirs"
        else:
            raise UsageError(f"expected `OBJECT=yours` or `OBJECT=theirs`, found `{one}`", "cohorts/loyal=yours")
    return _drafted(store.rebase(request, asked.draft, asked.env, asked.seen, keep))


def _approve(store: Store, request: Request, asked: Asked) -> Answer:
    tree = f"sha256:{asked.seen.partition('-')[2]}"
    return _drafted(store.approve(request, asked.draft, asked.env, tree))


def _discard(store: Store, request: Request, asked: Asked) -> Answer:
    draft = store.discard(request, asked.draft, asked.seen)
    return Answer([f"discarded {draft.name}"], _draft_json(draft))


def _publish(store: Store, request: Request, asked: Asked) -> Answer:
    def check(old: Registry | None, new: Registry) -> list[Diagnostic]:
        return [*_compiled(new), *(_compared(old, new, asked.allow) if old is not None else [])]

    message = str(asked.needed("message", "--message"))
    published = store.publish(request, asked.draft, asked.env, etag=asked.seen, message=message, check=check)
    return Answer([f"{asked.env} runs {published.revision}"], published.to_json())


def _log(store: Store, request: Request, asked: Asked) -> Answer:
    entries = list(store.log())
    end = store.chain()
    lines = [*(_entry_line(one) for one in entries), f"the log ends with {end.sequence}:{end.digest}"]
    return Answer(lines, {"entries": [one.to_json() for one in entries], "end": end.to_json()})


def _checkout(store: Store, request: Request, asked: Asked) -> Answer:
    out = Path(asked.needed("out", "--out"))
    if asked.name is not None:
        content = store.content(store.draft(asked.name).tree)
    else:
        revision = asked.revision or store.head(asked.env).revision
        content = store.revision_content(revision)
    write_first_files(content, out)
    return Answer([f"wrote {len(content)} files to {out}"], {"out": str(out), "files": sorted(content)})


def _verify(store: Store, known: str | None) -> Answer:
    chain = None
    if known is not None:
        form = re.fullmatch(r"([0-9]{1,12}):(sha256:[0-9a-f]{64})", known)
        if form is None:
            raise UsageError(f"expected `NUMBER:sha256:DIGITS`, found `{known}`", "`edgewise store log` ends with it")
        chain = Chain(sequence=int(form[1]), digest=form[2])
    problems = store.verify(chain)
    if problems:
        return Answer([str(one) for one in problems], {"diagnostics": [one.to_json() for one in problems]}, True)
    end = store.chain()
    told = f"{end.sequence} entries of the log and all that they tell of are as they were written"
    return Answer([told], {"entries": end.sequence, "digest": end.digest, "diagnostics": []})


ACTIONS: Mapping[str, Callable[[Store, Request, Asked], Answer]] = MappingProxyType(
    {
        "init": _init,
        "configure": _configure,
        "show": _show,
        "draft": _draft,
        "put": _put,
        "remove": _remove,
        "rebase": _rebase,
        "approve": _approve,
        "publish": _publish,
        "discard": _discard,
        "log": _log,
        "checkout": _checkout,
    }
)
"""Each action but `verify`, which has an argument of its own."""


def _object(path: str, file: str) -> PutObject:
    raw = read_input(file, "an object of the registry as JSON", largest=_LARGEST)
    found, problems = read_json(file, raw)
    if problems:
        raise RegistryError(problems)
    return PutObject(path, found.value)


def _compiled(registry: Registry) -> list[Diagnostic]:
    try:
        compile_program(registry, load_models(registry))
    except RegistryError as fault:
        return list(fault.diagnostics)
    return []


def _compared(old: Registry, new: Registry, allow: Sequence[str]) -> list[Diagnostic]:
    found = find_all(compare(old, new, SIGNATURES, time.time_ns() // 1_000_000), allow)
    return [(error if one.breaks else warning)(one.rule.name, one.message, one.place, one.rule.advice) for one in found]


def _drafted(draft: Draft) -> Answer:
    return Answer(_draft_lines(draft), _draft_json(draft))


def _draft_lines(draft: Draft) -> list[str]:
    approved = ", ".join(f"{one.by} for {one.environment}" for one in draft.approvals)
    lines = [f"draft {draft.name}, changed by {draft.changed_by} at {_time(draft.changed_at)}", f"  etag {draft.etag}"]
    return [*lines, f"  approved by {approved}"] if approved else lines


def _draft_json(draft: Draft) -> dict[str, Any]:
    return {"draft": {**draft.to_json(), "etag": draft.etag}}


def _entry_line(entry: Entry) -> str:
    revision = entry.result.get("revision")
    told = f" -> {revision}" if isinstance(revision, str) else ""
    return f"{entry.sequence} {_time(entry.at)} {entry.by} {entry.action} {entry.subject}{told}"


def _time(at: int) -> str:
    """The time for people; a clock that was far off is shown as its number."""
    try:
        return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(at)
