"""What each request would write. A plan is made from what stands in the store, and holds only while that stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from feature_registry.stores.conflicts import Conflict
from feature_registry.stores.content import Content, Edit, edited, tree_of
from feature_registry.stores.errors import ConflictError, StoreError
from feature_registry.stores.merge import Keep, changes, merge
from feature_registry.stores.names import check_name, check_person, check_request, same_person
from feature_registry.stores.reading import Reader
from feature_registry.stores.records import Approval, Draft, Revision, Settings
from feature_registry.stores.storage import Folder, Write, digest_of

MOST_TOLD = 100
"""A log entry lists at most so many objects; the digests in it tell them all."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for a write, and under which id. The same id again gives the same answer, and writes nothing."""

    id: str
    by: str

    def check(self, place: str) -> None:
        """Raises StoreError when one of the two is no name."""
        check_request(self.id, place)
        check_person(self.by, place)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write, and what the log and the caller are told of it."""

    subject: str
    writes: Sequence[Write]
    result: Mapping[str, JsonValue]
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    content: Mapping[str, bytes] = field(default_factory=dict)
    folders: Sequence[Folder] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by whom a plan is made; `sequence` is the number that its entry of the log will have."""

    request: Request
    sequence: int
    at: int


def plan_settings(store: Reader, settings: Settings, *, is_first: bool) -> Plan:
    """The settings. Later ones only add environments and ask for more approvals: less would let one person through."""
    for name in settings.environments:
        check_name(name, "an environment", store.place)
    before = store.storage.get("settings")
    if is_first and before is not None:
        raise StoreError("store-exists", "expected a new store, found one that is set up", store.place)
    for name, rules in () if is_first else store.settings().environments.items():
        asked = settings.environments.get(name)
        if asked is None or asked.approvals < rules.approvals:
            found = "none" if asked is None else str(asked.approvals)
            message = f"expected `{name}` with at least {rules.approvals} approvals, found {found}"
            raise StoreError(
                "weaker-settings", message, store.place, "settings are only made stricter; make a new store"
            )
    return Plan("settings", [Write("settings", settings.encoded(), before)], {"settings": settings.to_json()})


def plan_start(store: Reader, moment: Moment, name: str, environment: str, revision: str | None) -> Plan:
    """A draft of the head of `environment`; with the content of `revision` when it is given."""
    key = f"draft/{check_name(name, 'a draft', store.place)}"
    head = store.head(environment)
    if store.storage.get(key) is not None:
        help_line = "choose another name, or publish or discard that one"
        raise StoreError(
            "draft-exists", f"expected a new draft, found `{name}` among the drafts", store.place, help_line
        )
    editors = _with(moment.request.by, ())
    content: dict[str, bytes] = {}
    if revision is not None:
        tree = store.revision(revision).tree
        for editor in _editors_since(store, revision, environment):
            editors = _with(editor, editors)
    elif head.revision is not None:
        tree = store.revision(head.revision).tree
    else:
        listing = tree_of({})
        tree = digest_of(listing)
        content[tree] = listing
    draft = Draft(
        name=name,
        sequence=moment.sequence,
        base=head.revision,
        tree=tree,
        editors=editors,
        changed_by=moment.request.by,
        changed_at=moment.at,
    )
    details: dict[str, JsonValue] = {"environment": environment, "base": head.revision, "content": revision}
    return Plan(name, [Write(key, draft.encoded(), None)], {"draft": draft.to_json()}, details, content)


def plan_edit(store: Reader, moment: Moment, name: str, edits: Sequence[Edit], etag: str, merging: bool) -> Plan:
    """The draft after the edits. When it is not as `etag` says: merged, or a conflict."""
    draft = store.draft(name)
    theirs = store.content(draft.tree)
    if etag == draft.etag:
        return _changed(store, moment, draft, theirs, edited(theirs, edits, store.place), draft.base)
    base = _content_at(store, draft, etag)
    yours = edited(base, edits, store.place)
    merged = merge(base, theirs, yours)
    if merged.clashes or not merging:
        conflict = Conflict(draft.etag, draft.changed_by, changes(base, theirs), changes(base, yours), merged.clashes)
        message = f"expected the draft as you read it, found it changed by `{draft.changed_by}`"
        help_line = (
            "both changed the same: read the draft again and decide for one, or for both in one"
            if merged.clashes
            else "you changed different objects: send the edit again and ask to merge"
        )
        raise ConflictError("conflict", message, f"{store.place} draft/{name}", help_line, conflict)
    return _changed(store, moment, draft, theirs, merged.content, draft.base)


def plan_rebase(store: Reader, moment: Moment, name: str, environment: str, etag: str, keep: Keep) -> Plan:
    """The draft's changes on top of the head of `environment`."""
    draft, head = store.draft(name), store.head(environment)
    _check_etag(store, draft, etag)
    yours = store.content(draft.tree)
    if head.revision == draft.base:
        return _changed(store, moment, draft, yours, yours, draft.base)
    base, theirs = store.revision_content(draft.base), store.revision_content(head.revision)
    merged = merge(base, theirs, yours, keep)
    if merged.clashes:
        conflict = Conflict(
            head.etag, _author(store, head.revision), changes(base, theirs), changes(base, yours), merged.clashes
        )
        message = f"expected changes of other objects than `{environment}` had meanwhile, found the same changed"
        help_line = "say for each whether yours or theirs is to stand (`--keep`), then edit the draft"
        raise ConflictError("conflict", message, f"{store.place} draft/{name}", help_line, conflict)
    return _changed(store, moment, draft, yours, merged.content, head.revision)


def plan_approval(store: Reader, moment: Moment, name: str, environment: str, tree: str) -> Plan:
    """The draft with one more approval of its content."""
    draft, by = store.draft(name), moment.request.by
    store.head(environment)
    if tree != draft.tree:
        message = f"expected an approval of the content {draft.tree[:19]}..., found one of {tree[:19]}..."
        help_line = f"`{draft.changed_by}` changed the draft: look at it again"
        raise StoreError("approval-outdated", message, f"{store.place} draft/{name}", help_line)
    if any(same_person(by, editor) for editor in draft.editors):
        message = f"expected an approval by somebody who did not change the draft, found `{by}` among its editors"
        raise StoreError("own-approval", message, f"{store.place} draft/{name}", "ask somebody else")
    others = [one for one in draft.approvals if one.environment != environment or not same_person(one.by, by)]
    approval = Approval(by=by, environment=environment, tree=tree, at=moment.at)
    approved = draft.model_copy(update={"approvals": (*others, approval)})
    details: dict[str, JsonValue] = {"environment": environment, "tree": tree}
    return Plan(name, [_replaced(draft, approved)], {"draft": approved.to_json()}, details)


def plan_discard(store: Reader, moment: Moment, name: str, etag: str) -> Plan:
    """No draft."""
    draft = store.draft(name)
    _check_etag(store, draft, etag)
    return Plan(name, [_replaced(draft, None)], {"draft": draft.to_json()})


def check_publishable(
    store: Reader, draft: Draft, environment: str, etag: str, head_etag: str | None
) -> tuple[Approval, ...]:
    """The approvals with which the draft may become the head. Raises StoreError when it may not."""
    _check_etag(store, draft, etag)
    head = store.head(environment)
    if head.revision != draft.base or head_etag not in (None, head.etag):
        base, theirs = store.revision_content(draft.base), store.revision_content(head.revision)
        yours = store.content(draft.tree)
        clashes = merge(base, theirs, yours).clashes
        conflict = Conflict(
            head.etag, _author(store, head.revision), changes(base, theirs), changes(base, yours), clashes
        )
        message = f"expected the head of `{environment}` that the draft began with, found another"
        help_line = f"`edgewise store rebase` puts the draft's changes on top of it; read the head again ({head.etag})"
        raise ConflictError("head-moved", message, f"{store.place} head/{environment}", help_line, conflict)
    if draft.base is not None and store.revision(draft.base).tree == draft.tree:
        message = f"expected a change, found the draft as `{environment}` is"
        raise StoreError("nothing-to-publish", message, f"{store.place} draft/{draft.name}")
    return _approvals(store, draft, environment)


def plan_publishing(
    store: Reader, moment: Moment, draft: Draft, revision: Revision, warnings: Sequence[Mapping[str, JsonValue]]
) -> Plan:
    """The revision as the head of its environment, and the draft closed."""
    head = store.head(revision.environment)
    moved = head.model_copy(update={"sequence": moment.sequence, "revision": revision.id})
    old = None if head.revision is None else head.encoded()
    writes = [
        Write(f"revision/{revision.id[7:]}", revision.encoded(), None),
        Write(f"head/{head.environment}", moved.encoded(), old),
        _replaced(draft, None),
    ]
    before = {} if head.revision is None else store.tree(store.revision(head.revision).tree)
    folder = Folder(head.environment, before, store.tree(revision.tree))
    result: dict[str, JsonValue] = {"revision": revision.id, "head": moved.to_json()}
    details: dict[str, JsonValue] = {
        "environment": head.environment,
        "registry": revision.registry,
        "tree": revision.tree,
        "parent": head.revision,
        "message": revision.message,
        "approvals": [one.to_json() for one in revision.approvals],
        "warnings": [dict(one) for one in warnings[:MOST_TOLD]],
    }
    return Plan(draft.name, writes, result, details, folders=[folder])


def _changed(store: Reader, moment: Moment, draft: Draft, old: Content, new: Content, base: str | None) -> Plan:
    listing = tree_of(new)
    tree = digest_of(listing)
    told = changes(old, new)
    details: dict[str, JsonValue] = {
        "from": draft.tree,
        "to": tree,
        "base": base,
        "changed": list(told[:MOST_TOLD]),
        "changes": len(told),
        "voided": 0,
    }
    if tree == draft.tree and base == draft.base:
        return Plan(draft.name, [_replaced(draft, draft)], {"draft": draft.to_json()}, details)
    changed = draft.model_copy(
        update={
            "sequence": moment.sequence,
            "base": base,
            "tree": tree,
            "editors": _with(moment.request.by, draft.editors),
            "changed_by": moment.request.by,
            "changed_at": moment.at,
            "approvals": (),
        }
    )
    details["voided"] = len(draft.approvals)
    known = store.tree(draft.tree).values()
    content = {digest_of(raw): raw for name, raw in new.items() if old.get(name) != raw}
    fresh = {digest: raw for digest, raw in content.items() if digest not in known}
    return Plan(
        draft.name, [_replaced(draft, changed)], {"draft": changed.to_json()}, details, {**fresh, tree: listing}
    )


def _replaced(draft: Draft, new: Draft | None) -> Write:
    return Write(f"draft/{draft.name}", None if new is None else new.encoded(), draft.encoded())


def _with(person: str, editors: tuple[str, ...]) -> tuple[str, ...]:
    """The editors with one more, unless the person is among them."""
    return editors if any(same_person(one, person) for one in editors) else (*editors, person)


def _content_at(store: Reader, draft: Draft, etag: str) -> Content:
    """The content that an earlier etag of the draft names."""
    _, _, tree = etag.partition("-")
    listing = store.storage.content(f"sha256:{tree}") if len(tree) == 64 else None
    if listing is None:
        message = f"expected an etag of the draft, found `{etag[:80]}`"
        help_line = f"the draft's etag is `{draft.etag}`"
        raise StoreError("unknown-etag", message, f"{store.place} draft/{draft.name}", help_line)
    return store.content(f"sha256:{tree}")


def _check_etag(store: Reader, draft: Draft, etag: str) -> None:
    if etag != draft.etag:
        theirs = changes(_content_at(store, draft, etag), store.content(draft.tree))
        conflict = Conflict(draft.etag, draft.changed_by, theirs, (), ())
        message = f"expected the draft as you read it, found it changed by `{draft.changed_by}`"
        help_line = f"look at it again; its etag is `{draft.etag}`"
        raise ConflictError("conflict", message, f"{store.place} draft/{draft.name}", help_line, conflict)


def _author(store: Reader, revision: str | None) -> str | None:
    return None if revision is None else store.revision(revision).author


def _approvals(store: Reader, draft: Draft, environment: str) -> tuple[Approval, ...]:
    needed = store.settings().environments[environment].approvals
    valid = [
        one
        for one in draft.approvals
        if one.environment == environment
        and one.tree == draft.tree
        and not any(same_person(one.by, editor) for editor in draft.editors)
    ]
    if len(valid) < needed:
        people = ", ".join(f"`{one.by}`" for one in valid)
        found = f"{len(valid)} by {people}" if valid else "none"
        message = f"expected {needed} approvals for `{environment}`, found {found}"
        help_line = "somebody who did not change the draft approves it: `edgewise store approve`"
        raise StoreError("needs-approval", message, f"{store.place} draft/{draft.name}", help_line)
    return tuple(valid)


def _editors_since(store: Reader, revision: str, environment: str) -> list[str]:
    """All who changed what `revision` has and `environment` never had: they are authors of a draft that takes it."""
    known = {one.tree for one in store.history(environment)}
    editors: list[str] = []
    at: str | None = revision
    while at is not None:
        found = store.revision(at)
        if found.tree in known:
            break
        editors += found.editors
        at = found.parent
    return editors
