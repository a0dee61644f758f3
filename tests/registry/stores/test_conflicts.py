"""People who edit at once: nobody's change is lost, and whoever comes second sees both sides."""

import json
from typing import Any

import pytest

from feature_registry.stores import (
    ABSENT,
    Clash,
    ConflictError,
    DeleteObject,
    Difference,
    Edit,
    PutFile,
    PutObject,
    StoreError,
    changes,
    merge,
)
from tests.registry.stores.places import Place, france, registry_file

COHORTS = {"a": {"in": [1, 2], "of": "x"}, "b": 2, "c": 3}


def files(**by_name: Any) -> dict[str, bytes]:
    return {f"{name}.json": json.dumps({"cohorts": objects}).encode() for name, objects in by_name.items()}


def cohorts(content: Any, name: str = "f") -> Any:
    return list(json.loads(content[f"{name}.json"])["cohorts"].items())


def test_the_second_of_two_sees_both_sides(place: Place) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        draft = store.edit(place.request(), "spring", [registry_file()], draft.etag)
        theirs = [PutObject("cohorts/dach", {"feature": "country", "in": ["DE"]}), DeleteObject("payloads/hero_a")]
        changed = store.edit(place.request("ben"), "spring", theirs, draft.etag)
        yours = [PutObject("cohorts/dach", {"feature": "country", "not_in": ["AT"]}), PutObject("cohorts/new", 1)]
        for merging in (False, True):
            with pytest.raises(ConflictError) as caught:
                store.edit(place.request(), "spring", yours, draft.etag, merge=merging)
            conflict = caught.value.conflict
            assert caught.value.code == "conflict"
            assert not conflict.can_merge
            assert (conflict.etag, conflict.changed_by) == (changed.etag, "ben")
            assert conflict.theirs == ("cohorts/dach", "payloads/hero_a")
            assert conflict.yours == ("cohorts/dach", "cohorts/new")
            before = ["DE", "AT", "CH"]
            assert conflict.clashes == (
                Clash(
                    "cohorts/dach",
                    (Difference("/in", before, ["DE"], ABSENT), Difference("/not_in", ABSENT, ABSENT, ["AT"])),
                ),
            )
            first, *sides = caught.value.diagnostics
            assert "changed by `ben`" in first.message
            assert [one.pointer for one in sides] == ["/cohorts/dach/in", "/cohorts/dach/not_in"]
            assert sides[0].message == 'it was `["DE", "AT", "CH"]`, theirs is `["DE"]`, yours is absent'
            assert conflict.to_json()["clashes"] == [
                {
                    "subject": "cohorts/dach",
                    "differences": [
                        {"pointer": "/in", "base": before, "theirs": ["DE"]},
                        {"pointer": "/not_in", "yours": ["AT"]},
                    ],
                }
            ]
        assert store.draft("spring") == changed


def test_changes_of_different_objects_merge_when_asked(place: Place) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        draft = store.edit(place.request(), "spring", [registry_file()], draft.etag)
        store.edit(place.request("ben"), "spring", [PutObject("cohorts/dach", france())], draft.etag)
        yours = [PutObject("cohorts/nordics", france("SE")), PutObject("cohorts/new", france("BE"))]
        with pytest.raises(ConflictError) as caught:
            store.edit(place.request(), "spring", yours, draft.etag)
        assert caught.value.conflict.can_merge
        merged = store.edit(place.request(), "spring", yours, draft.etag, merge=True)
        assert dict(cohorts(store.content(merged.tree), "shop")) == {
            "dach": france(),
            "nordics": france("SE"),
            "new": france("BE"),
        }
        assert merged.editors == ("ann", "ben")
        # The same change on both sides is none.
        again = store.edit(place.request(), "spring", [PutObject("cohorts/dach", france())], draft.etag, merge=True)
        assert again == merged


def test_an_etag_that_never_was_is_refused(place: Place) -> None:
    with place.opened() as store:
        store.start(place.request(), "spring", "dev")
        for etag in ("", "1", "x-y", f"1-{'0' * 64}", f"2-{'../' * 21}x"):
            with pytest.raises(StoreError, match="expected an etag"):
                store.edit(place.request(), "spring", [registry_file()], etag)
            with pytest.raises(StoreError, match="expected an etag"):
                store.discard(place.request(), "spring", etag)


def test_a_head_that_moved_is_a_conflict_until_the_draft_is_rebased(place: Place) -> None:
    with place.opened() as store:
        place.publish(store, [registry_file()])
        draft = store.start(place.request(), "mine", "dev")
        mine: list[Edit] = [PutObject("cohorts/dach", france()), PutObject("cohorts/mine", france("BE"))]
        draft = store.edit(place.request(), "mine", mine, draft.etag)
        theirs: list[Edit] = [PutObject("cohorts/dach", france("LU")), PutObject("cohorts/theirs", france("NL"))]
        second = place.publish(store, theirs, name="theirs")
        with pytest.raises(ConflictError) as caught:
            place.publish_draft(store, draft)
        assert caught.value.code == "head-moved"
        assert caught.value.conflict.etag == second.head.etag
        with pytest.raises(ConflictError) as caught:
            store.rebase(place.request(), "mine", "dev", draft.etag)
        (clash,) = caught.value.conflict.clashes
        assert clash.subject == "cohorts/dach"
        assert clash.differences[0].pointer == "/in"
        assert store.draft("mine") == draft
        for keep, wanted in (("yours", france()), ("theirs", france("LU"))):
            rebased = store.rebase(place.request(), "mine", "dev", draft.etag, {"cohorts/dach": keep})
            found = dict(cohorts(store.content(rebased.tree), "shop"))
            assert (found["dach"], found["mine"], found["theirs"]) == (wanted, france("BE"), france("NL"))
            assert rebased.base == second.revision
            assert store.rebase(place.request(), "mine", "dev", rebased.etag) == rebased
            if keep == "yours":
                store.discard(place.request(), "mine", rebased.etag)
                draft = store.start(place.request(), "mine", "dev", list(store.history("dev"))[1].id)
                draft = store.edit(place.request(), "mine", mine, draft.etag)
                stale = draft
                draft = store.draft("mine")
                assert draft == stale
                break
        place.publish_draft(store, draft)
        assert store.verify() == ()


def test_publishing_needs_the_head_that_was_seen(place: Place) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "first", "dev")
        draft = store.edit(place.request(), "first", [registry_file()], draft.etag)
        with pytest.raises(ConflictError, match="found another"):
            store.publish(place.request(), "first", "dev", etag=draft.etag, head_etag="7-0", message="because")
        changed = store.edit(place.request("ben"), "first", [PutObject("cohorts/new", france())], draft.etag)
        with pytest.raises(ConflictError, match="changed by `ben`") as caught:
            store.publish(place.request(), "first", "dev", etag=draft.etag, head_etag="0", message="because")
        assert caught.value.conflict.theirs == ("cohorts/new",)
        with pytest.raises(ConflictError, match="changed by `ben`"):
            store.discard(place.request(), "first", draft.etag)
        assert store.draft("first") == changed


@pytest.mark.parametrize(
    ("theirs", "yours", "wanted"),
    [
        ({**COHORTS, "b": 5}, {**COHORTS, "c": 6}, [("a", COHORTS["a"]), ("b", 5), ("c", 6)]),
        ({"a": COHORTS["a"], "c": 3}, {**COHORTS, "c": 6}, [("a", COHORTS["a"]), ("c", 6)]),
        ({**COHORTS, "t": 1}, {**COHORTS, "y": 2}, [*COHORTS.items(), ("t", 1), ("y", 2)]),
        ({**COHORTS, "n": 1}, {**COHORTS, "n": 1, "m": 2}, [*COHORTS.items(), ("n", 1), ("m", 2)]),
        ({}, {**COHORTS}, []),
        ({"b": 2, "a": COHORTS["a"], "c": 3}, COHORTS, [("b", 2), ("a", COHORTS["a"]), ("c", 3)]),
        (COHORTS, {"c": 3, "b": 2, "a": COHORTS["a"]}, [("c", 3), ("b", 2), ("a", COHORTS["a"])]),
        ({"b": 2}, {**COHORTS, "b": 2.0}, [("b", 2.0)]),
        ({**COHORTS, "b": 5, "t": 1}, {"c": 3, "b": 2, "a": 1}, [("c", 3), ("b", 5), ("a", 1), ("t", 1)]),
        ({"c": 3, "b": 2, "a": 1}, {**COHORTS, "b": 5, "y": 1}, [("c", 3), ("b", 5), ("a", 1), ("y", 1)]),
    ],
)
def test_merging_objects(theirs: Any, yours: Any, wanted: Any) -> None:
    merged = merge(files(f=COHORTS), files(f=theirs), files(f=yours))
    assert merged.clashes == ()
    assert [(key, repr(value)) for key, value in cohorts(merged.content)] == [(key, repr(one)) for key, one in wanted]


@pytest.mark.parametrize(
    ("theirs", "yours", "subjects"),
    [
        ({**COHORTS, "b": 5}, {**COHORTS, "b": 6}, ["cohorts/b"]),
        ({**COHORTS, "b": 1}, {**COHORTS, "b": True}, ["cohorts/b"]),
        ({"a": COHORTS["a"], "c": 3}, {**COHORTS, "b": 6}, ["cohorts/b"]),
        ({**COHORTS, "n": 1}, {**COHORTS, "n": 2}, ["cohorts/n"]),
        ({"b": 2, "a": COHORTS["a"], "c": 3}, {"c": 3, "b": 2, "a": COHORTS["a"]}, ["order of cohorts in f.json"]),
        ({**COHORTS, "a": {"of": "y"}}, {**COHORTS, "a": {"of": "z"}, "b": 0}, ["cohorts/a"]),
    ],
)
def test_what_both_changed_clashes(theirs: Any, yours: Any, subjects: list[str]) -> None:
    base = files(f=COHORTS)
    merged = merge(base, files(f=theirs), files(f=yours))
    assert [clash.subject for clash in merged.clashes] == subjects
    assert merged.content == {}
    kept = merge(base, files(f=theirs), files(f=yours), dict.fromkeys(subjects, "theirs"))
    assert kept.clashes == ()
    mine = merge(base, files(f=theirs), files(f=yours), dict.fromkeys(subjects, "yours"))
    assert mine.clashes == ()
    for subject in subjects:
        kind, _, name = subject.partition("/")
        if kind == "cohorts":
            assert (
                dict(cohorts(kept.content)).get(name) is theirs.get(name)
                or dict(cohorts(kept.content))[name] == theirs[name]
            )
            assert dict(cohorts(mine.content))[name] == yours[name]


def test_merging_files() -> None:
    base = {"m.txt": b"1", **files(f=COHORTS)}
    assert merge(base, {**base, "m.txt": b"2"}, {**base, "n.txt": b"3"}).content == {
        **base,
        "m.txt": b"2",
        "n.txt": b"3",
    }
    (clash,) = merge(base, {**base, "m.txt": b"2"}, {**base, "m.txt": b"3"}).clashes
    assert clash.subject == "file m.txt"
    assert (
        merge(base, {**base, "m.txt": b"2"}, {**base, "m.txt": b"3"}, {"file m.txt": "yours"}).content["m.txt"] == b"3"
    )
    moved = {"m.txt": b"1", **files(f={"a": COHORTS["a"], "c": 3}, g={"b": 2})}
    clashes = merge(base, {**base, **files(f={**COHORTS, "b": 9})}, moved).clashes
    assert [one.subject for one in clashes] == ["cohorts/b"]
    elsewhere = {"m.txt": b"1", **files(f={"a": COHORTS["a"], "c": 3}, h={"b": 2})}
    assert [one.subject for one in merge(base, elsewhere, moved).clashes] == ["cohorts/b"]


def test_changes_name_objects_and_files() -> None:
    old = {"m.txt": b"1", **files(f=COHORTS)}
    assert changes(old, old) == ()
    assert changes(old, {"m.txt": b"2", **files(f={**COHORTS, "b": 2.0})}) == ("cohorts/b", "m.txt")
    assert changes(old, {**old, **files(f={"c": 3, "b": 2, "a": COHORTS["a"]})}) == ("f.json",)
    assert changes(old, {}) == ("cohorts/a", "cohorts/b", "cohorts/c", "m.txt")


def test_whole_files_are_edits_of_their_objects(place: Place) -> None:
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        draft = store.edit(place.request(), "spring", [registry_file()], draft.etag)
        store.edit(place.request("ben"), "spring", [PutObject("cohorts/dach", france())], draft.etag)
        whole = registry_file(payloads={"hero_a": {"value": 1}, "hero_b": {"value": 2}})
        merged = store.edit(place.request(), "spring", [whole], draft.etag, merge=True)
        content = json.loads(store.content(merged.tree)["shop.json"])
        assert content["cohorts"]["dach"] == france()
        assert content["payloads"]["hero_a"] == {"value": 1}
        with pytest.raises(ConflictError):
            store.edit(place.request(), "spring", [PutFile("shop.json", b"{}")], draft.etag, merge=True)
