"""What every store promises, whichever storage it has."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from decision_engine.operators import SIGNATURES
from feature_registry import Diagnostic, Registry, RegistryError, error, load
from feature_registry.diagnostics import Place as At
from feature_registry.diagnostics import warning
from feature_registry.stores import (
    ConflictError,
    DeleteFile,
    DeleteObject,
    Edit,
    PutFile,
    PutObject,
    Request,
    Rules,
    Settings,
    StoreError,
    loaded,
    open_storage,
    read_folder,
    write_folder,
)
from tests.registry.folders import shop
from tests.registry.stores.places import KINDS, REGISTRY, Place, france, registry_file


def refused(code: str) -> Any:
    return pytest.raises(StoreError, check=lambda fault: fault.code == code)


def test_a_draft_becomes_the_head_of_its_environment(place: Place) -> None:
    with place.opened() as store:
        assert store.head("dev").revision is None
        assert list(store.history("dev")) == []
        published = place.publish(store, [registry_file()])
    with place.opened() as store:
        assert store.head("dev") == published.head
        assert store.head("dev").revision == published.revision
        revision = store.revision(published.revision)
        assert (revision.parent, revision.author, revision.message) == (None, "ann", "because")
        assert store.drafts() == ()
        assert {name: json.loads(raw) for name, raw in store.content(revision.tree).items()} == {"shop.json": REGISTRY}
        assert [one.id for one in store.history("dev")] == [published.revision]
        assert store.verify() == ()


def test_a_revision_is_named_by_what_it_holds(place: Place, tmp_path: Path) -> None:
    """Its registry digest is the one that artefacts are compiled with; its id is that of all of it."""
    folder = shop(tmp_path / "registry")
    with place.opened() as store:
        published = place.publish(store, read_folder(folder))
        revision = store.revision(published.revision)
        assert revision.registry == load(folder, SIGNATURES).digest
        assert revision.id == published.revision
        content = store.content(revision.tree)
    assert set(content) == {"shop.json", "models/intent.txt"}
    written = tmp_path / "written"
    written.mkdir()
    write_folder(content, written)
    assert load(written, SIGNATURES).digest == revision.registry
    with loaded(content, SIGNATURES) as (registry, _):
        assert registry.digest == revision.registry


def test_every_storage_keeps_the_same_bytes(new_place: Callable[[str], Place]) -> None:
    ends = set()
    for kind in KINDS:
        place = new_place(kind)
        place.setup()
        with place.opened() as store:
            place.publish(store, [registry_file(), PutObject("cohorts/french", france())], "production")
            ends.add((store.chain().digest, store.head("production").revision))
    assert len(ends) == 1


def test_history_follows_parents(place: Place) -> None:
    with place.opened() as store:
        first = place.publish(store, [registry_file()])
        second = place.publish(store, [PutObject("cohorts/french", france())], name="second")
        assert [one.id for one in store.history("dev")] == [second.revision, first.revision]
        assert store.revision(second.revision).parent == first.revision
        assert "french" not in str(store.revision_content(first.revision))
        assert [one.environment for one in store.heads()] == ["dev", "staging", "production"]


def test_an_object_keeps_its_place_and_new_ones_come_last(place: Place) -> None:
    edits: list[Edit] = [
        PutFile("a.json", json.dumps({"$schema": "x", "cohorts": {"b": 1, "a": 2}}).encode()),
        PutFile("b.json", json.dumps({"cohorts": {"c": 3}}).encode()),
        PutObject("cohorts/b", {"z": 1, "a": [1, 2.5]}),
        PutObject("cohorts/new", True),
        PutObject("cohorts/there", None, file="a.json"),
        PutObject("features/f", "text"),
        DeleteObject("cohorts/a"),
    ]
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        draft = store.edit(place.request(), "spring", edits, draft.etag)
        content = {name: list(json.loads(raw).items()) for name, raw in store.content(draft.tree).items()}
        assert content == {
            "a.json": [("$schema", "x"), ("cohorts", {"b": {"z": 1, "a": [1, 2.5]}, "there": None})],
            "b.json": [("cohorts", {"c": 3, "new": True})],
            "features.json": [("features", {"f": "text"})],
        }
        assert list(content["a.json"][1][1]["b"]) == ["z", "a"]
        draft = store.edit(place.request(), "spring", [DeleteFile("b.json")], draft.etag)
        assert set(store.tree(draft.tree)) == {"a.json", "features.json"}


def test_what_is_not_there_cannot_be_removed(place: Place) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        for edit in (DeleteObject("cohorts/none"), DeleteFile("none.json")):
            with refused("not-in-draft"):
                store.edit(place.request(), "spring", [edit], draft.etag)
        assert store.draft("spring") == draft


def test_bad_json_is_refused_with_its_place(place: Place) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        for raw, code in (
            (b'{"cohorts": {"a": 1, "a": 2}}', "duplicate-key"),
            (b'{"cohorts": {"a": NaN}}', "bad-number"),
            (b'{"cohorts": {"a": 1},}', "trailing-comma"),
            (b"[]", "wrong-type"),
            (b'{"cohorts": []}', "wrong-type"),
            (b"\xff", "not-utf8"),
            (b"", "not-json"),
            (b'{"cohorts": {"a": ' + b"[" * 70 + b"]" * 70 + b"}}", "too-deep"),
        ):
            with pytest.raises(RegistryError) as caught:
                store.edit(place.request(), "spring", [PutFile("a.json", raw)], draft.etag)
            assert [one.code for one in caught.value.diagnostics] == [code]
            assert caught.value.diagnostics[0].file == "a.json"
        for value in (float("nan"), float("inf"), 2**60, "\ud800", {"a": [float("nan")]}):
            with pytest.raises(RegistryError):
                store.edit(place.request(), "spring", [PutObject("cohorts/a", value)], draft.etag)
        deep: Any = 1
        for _ in range(100_000):
            deep = [deep]
        with refused("too-large"):
            store.edit(place.request(), "spring", [PutObject("cohorts/a", deep)], draft.etag)
        assert store.draft("spring") == draft
        assert store.chain().sequence == 2


BAD_FILES = ["../x.json", "/x.json", "a/../b.json", "./a.json", "a//b.json", "", "a\0.json", ".hidden.json", "a/.git/b"]
BAD_FILES += ["con.json", "dir/NUL", "com1", "a.json.", "a .json", "a\\b.json", "a:b.json", "ä.json", "x/" * 150 + "a"]
BAD_FILES += ["registry.schema.json", "a\n.json", "-x.json"]
BAD_NAMES = ["../x", "", "A", "a/b", "a\0", "con", "nul", "aux", "com1", "x" * 65, "-a", "a.b", "ä", ".", "..", "a "]
BAD_OBJECTS = ["cohorts", "cohorts/", "cohorts/../x", "Cohorts/a", "nothing/a", "cohorts/a/b", "cohorts/__proto__"]
BAD_OBJECTS += ["cohorts/constructor", "cohorts/a\0", "/a", "$schema/a", "cohorts/A"]


def test_bad_names_are_refused(place: Place) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        for name in BAD_FILES:
            with refused("bad-store-name"):
                store.edit(place.request(), "spring", [PutFile(name, b"{}")], draft.etag)
        for path in BAD_OBJECTS:
            for edit in (PutObject(path, {}), DeleteObject(path)):
                with refused("bad-store-name"):
                    store.edit(place.request(), "spring", [edit], draft.etag)
        for name in BAD_NAMES:
            with refused("bad-store-name"):
                store.start(place.request(), name, "dev")
            with refused("bad-store-name"):
                store.draft(name)
            with refused("unknown-environment"):
                store.head(name)
        for person in ("", " ann", "a\nb", "a\0", "x" * 101, "e\u0301"):
            with refused("bad-store-name"):
                store.start(Request("r", person), "other", "dev")
        for id in ("", "a b", "a\n", "ä", "x" * 201):
            with refused("bad-store-name"):
                store.start(Request(id, "ann"), "other", "dev")
        for message in ("", " ", "\n", "a\0", "x" * 1001, "\x1b[2J"):
            with refused("bad-store-name"):
                store.publish(place.request(), "spring", "dev", etag="", head_etag="", message=message)
        for revision in ("", "sha256:", "sha256:" + "0" * 64, "../../x", "sha256:../../../../../../../etc/passwd"):
            with refused("unknown-revision"):
                store.revision(revision)
        assert store.draft("spring") == draft
        assert store.chain().sequence == 2


@pytest.mark.parametrize("names", [("A.json", "a.json"), ("x/a.json", "X/b"), ("a.json", "a.json/b")], ids=str)
def test_names_that_clash_on_some_system_are_refused(place: Place, names: tuple[str, str]) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        edits = [PutFile(name, b"{}") for name in names]
        with refused("bad-store-name"):
            store.edit(place.request(), "spring", edits, draft.etag)
        assert store.draft("spring") == draft


def test_large_content(place: Place) -> None:
    limit = 16 * 2**20
    fits = PutFile("a.json", json.dumps({"cohorts": {"a": "x" * (limit - 100)}}).encode())
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        for edit in (
            PutFile("a.json", b'{"cohorts": {"a": "' + b"x" * limit + b'"}}'),
            PutObject("cohorts/a", "x" * limit),
            PutFile("model.txt", b"x" * (64 * 2**20 + 1)),
        ):
            with refused("too-large"):
                store.edit(place.request(), "spring", [edit], draft.etag)
        with refused("too-large"):
            many = [PutFile(f"f{number}.json", b"{}") for number in range(1001)]
            store.edit(place.request(), "spring", many, draft.etag)
        draft = store.edit(place.request(), "spring", [fits], draft.etag)
        with refused("too-large"):
            store.edit(place.request(), "spring", [PutObject("cohorts/b", "x" * 200)], draft.etag)
        assert store.draft("spring") == draft
        assert store.verify() == ()


def test_an_unsound_registry_is_not_published(place: Place) -> None:
    with place.opened() as store:
        first = place.publish(store, [registry_file()])
        draft = store.start(place.request(), "broken", "dev")
        draft = store.edit(
            place.request(), "broken", [PutObject("cohorts/dach", {"feature": "county", "in": ["DE"]})], draft.etag
        )
        with pytest.raises(RegistryError) as caught:
            place.publish_draft(store, draft)
        found = caught.value.diagnostics[0]
        assert (found.code, found.file, found.pointer) == ("unknown-feature", "shop.json", "/cohorts/dach/feature")
        assert store.head("dev") == first.head
        assert store.draft("broken") == draft


def test_a_check_sees_both_registries_and_can_refuse(place: Place) -> None:
    seen: list[tuple[Registry | None, Registry]] = []
    told: list[Diagnostic] = []

    def check(old: Registry | None, new: Registry) -> Sequence[Diagnostic]:
        seen.append((old, new))
        return told

    with place.opened() as store:
        draft = store.start(place.request(), "first", "dev")
        draft = store.edit(place.request(), "first", [registry_file()], draft.etag)
        asked = {"etag": draft.etag, "head_etag": "0", "message": "because", "check": check}
        told[:] = [error("unused", "breaks something", At("shop.json"))]
        with pytest.raises(RegistryError, match="breaks something"):
            store.publish(place.request(), "first", "dev", **asked)
        told[:] = [warning("unused", "may break something", At("shop.json"))]
        published = store.publish(place.request(), "first", "dev", **asked)
        assert [one["message"] for one in list(store.log())[-1].details["warnings"]] == ["may break something"]
        draft = store.start(place.request(), "second", "dev")
        draft = store.edit(place.request(), "second", [PutObject("cohorts/french", france())], draft.etag)
        asked |= {"etag": draft.etag, "head_etag": published.head.etag}
        store.publish(place.request(), "second", "dev", **asked)
    assert [None if old is None else set(old.cohorts) for old, _ in seen] == [None, None, {"dach", "nordics"}]
    assert "french" in seen[-1][1].cohorts


def test_a_draft_without_a_change_is_not_published(place: Place) -> None:
    with place.opened() as store:
        place.publish(store, [registry_file()])
        draft = store.start(place.request(), "same", "dev")
        with refused("nothing-to-publish"):
            place.publish_draft(store, draft)
        store.discard(place.request(), "same", draft.etag)
        assert store.drafts() == ()
        with refused("unknown-draft"):
            store.draft("same")


def test_there_is_one_draft_of_a_name(place: Place) -> None:
    with place.opened() as store:
        store.start(place.request(), "spring", "dev")
        with refused("draft-exists"):
            store.start(place.request(), "spring", "dev")
        with refused("unknown-draft") as caught:
            store.draft("sprin")
        assert caught.value.diagnostics[0].help == "did you mean `spring`?"


def test_every_write_is_carried_out_once(place: Place) -> None:
    with place.opened() as store:
        asked: list[Callable[[], Any]] = []

        def carry_out(write: Callable[[], Any]) -> Any:
            asked.append(write)
            return write()

        requests = [place.request(by) for by in ("ann", "ann", "ben", "cat", "ann", "ann", "ann")]
        draft = carry_out(lambda: store.start(requests[0], "spring", "production"))
        draft = carry_out(lambda etag=draft.etag: store.edit(requests[1], "spring", [registry_file()], etag))
        carry_out(lambda tree=draft.tree: store.approve(requests[2], "spring", "production", tree))
        carry_out(lambda tree=draft.tree: store.approve(requests[3], "spring", "production", tree))
        publish = {"etag": draft.etag, "head_etag": "0", "message": "because"}
        carry_out(lambda: store.publish(requests[4], "spring", "production", **publish))
        other = carry_out(lambda: store.start(requests[5], "spring", "dev"))
        carry_out(lambda: store.discard(requests[6], "spring", other.etag))
        answers = [entry.result for entry in store.log()]
        end = store.chain()
        again = [write() for write in asked]
        assert [one.to_json() for one in again] == [one.get("draft", one) for one in answers[1:]]
        assert store.chain() == end
        with refused("request-reused"):
            store.start(requests[0], "summer", "dev")
        with refused("request-reused"):
            store.start(Request(requests[0].id, "ben"), "spring", "production")
        assert store.verify() == ()


def test_clocks_may_go_backwards(place: Place) -> None:
    times = iter([5_000, 4_000, 3_000, -1, 0, 9_999_999_999_999, 1])
    with closing(place.storage()) as storage:
        store = place.store(storage)
        store._clock = lambda: next(times)
        place.publish(store, [registry_file()])
        place.publish(store, [PutObject("cohorts/french", france())], name="second")
        assert [entry.at for entry in store.log()][1:] == [5_000, 4_000, 3_000, -1, 0, 9_999_999_999_999]
        assert [one.at for one in store.history("dev")] == [9_999_999_999_999, 3_000]
        assert store.verify() == ()


def test_two_stores_open_at_once_see_each_other(place: Place) -> None:
    with place.opened() as one, place.opened() as other:
        draft = one.start(place.request(), "spring", "dev")
        assert other.draft("spring") == draft
        changed = other.edit(place.request("ben"), "spring", [registry_file()], draft.etag)
        assert one.draft("spring") == changed
        with pytest.raises(ConflictError):
            one.edit(place.request(), "spring", [registry_file()], draft.etag)
        published = place.publish_draft(one, changed)
        assert other.head("dev") == published.head


def test_a_store_is_set_up_once_with_the_environments_wanted(empty: Place) -> None:
    settings = Settings(environments={"berlin": Rules(approvals=1)})
    empty.setup(settings)
    with empty.opened() as store:
        assert store.settings() == settings
        with refused("unknown-environment"):
            store.head("production")
        with refused("store-exists"):
            store.setup(empty.request())
        assert store.setup(Request("r1", "root"), settings) == settings
    with closing(open_storage(empty.address, create=True)) as storage:
        assert empty.store(storage).settings() == settings


def test_settings_are_only_made_stricter(place: Place) -> None:
    with place.opened() as store:
        rules = {**store.settings().environments}
        for name, approvals in (("berlin", 1), ("production", 3), ("dev", 1)):
            rules[name] = Rules(approvals=approvals)
            settings = store.configure(place.request(), Settings(environments=rules))
            assert store.settings() == settings
        for weaker in (
            {**rules, "production": Rules(approvals=2)},
            {name: one for name, one in rules.items() if name != "staging"},
            {},
        ):
            with refused("weaker-settings"):
                store.configure(place.request(), Settings(environments=weaker))
        assert store.settings().environments == rules
        assert store.head("berlin").revision is None
        assert store.verify() == ()


def test_where_there_is_no_store(empty: Place) -> None:
    with refused("no-such-store"), empty.opened() as store:
        store.head("dev")
    with closing(open_storage(empty.address, create=True)) as storage, refused("no-such-store"):
        empty.store(storage).head("dev")


def test_bad_settings_are_refused(empty: Place) -> None:
    with closing(open_storage(empty.address, create=True)) as storage:
        with refused("bad-store-name"):
            empty.store(storage).setup(empty.request(), Settings(environments={"../x": Rules(approvals=1)}))
        empty.store(storage).setup(empty.request())
