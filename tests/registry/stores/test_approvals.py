"""Two people for production: neither of them changed it, and both saw exactly what goes there."""

from typing import Any

import pytest

from feature_registry.stores import DeleteObject, Draft, PutObject, Store, StoreError
from tests.registry.stores.places import Place, france, registry_file


def refused(code: str) -> Any:
    return pytest.raises(StoreError, check=lambda fault: fault.code == code)


def drafted(store: Store, place: Place, environment: str = "production") -> Draft:
    draft = store.start(place.request(), "spring", environment)
    return store.edit(place.request(), "spring", [registry_file()], draft.etag)


def test_production_needs_two_people(place: Place) -> None:
    with place.opened() as store:
        draft = drafted(store, place)
        for by, found in (("ben", "none"), ("ben", "1 by `ben`"), ("BEN", "1 by `ben`"), ("ｂｅｎ", "1 by `BEN`")):
            with refused("needs-approval") as caught:
                place.publish_draft(store, draft, "production")
            assert f"expected 2 approvals for `production`, found {found}" in caught.value.diagnostics[0].message
            store.approve(place.request(by), "spring", "production", draft.tree)
        with refused("needs-approval"):
            place.publish_draft(store, draft, "production")
        store.approve(place.request("cat"), "spring", "production", draft.tree)
        published = place.publish_draft(store, draft, "production")
        assert {one.by for one in store.revision(published.revision).approvals} == {"ｂｅｎ", "cat"}
        assert store.verify() == ()


def test_who_changed_the_draft_does_not_approve_it(place: Place) -> None:
    with place.opened() as store:
        draft = drafted(store, place)
        for by in ("ann", "Ann", "ANN"):
            with refused("own-approval"):
                store.approve(place.request(by), "spring", "production", draft.tree)
        store.approve(place.request("ben"), "spring", "production", draft.tree)
        draft = store.edit(place.request("ben"), "spring", [PutObject("cohorts/new", france())], draft.etag)
        assert draft.approvals == ()
        with refused("own-approval"):
            store.approve(place.request("ben"), "spring", "production", draft.tree)


def test_an_edit_voids_approvals_for_good(place: Place) -> None:
    with place.opened() as store:
        draft = drafted(store, place)
        for by in ("ben", "cat"):
            approved = store.approve(place.request(by), "spring", "production", draft.tree)
        assert len(approved.approvals) == 2
        assert approved.etag == draft.etag
        same = store.edit(place.request(), "spring", [registry_file()], draft.etag)
        assert same == approved, "an edit that changes nothing voids nothing"
        edited = store.edit(place.request(), "spring", [PutObject("cohorts/new", france())], draft.etag)
        assert list(store.log())[-1].details["voided"] == 2
        with refused("approval-outdated"):
            store.approve(place.request("dan"), "spring", "production", draft.tree)
        back = store.edit(place.request(), "spring", [DeleteObject("cohorts/new")], edited.etag)
        assert back.tree == draft.tree
        with refused("needs-approval"):
            place.publish_draft(store, back, "production")


def test_an_approval_is_for_one_environment(place: Place) -> None:
    with place.opened() as store:
        draft = drafted(store, place)
        for by in ("ben", "cat"):
            store.approve(place.request(by), "spring", "staging", draft.tree)
        with refused("needs-approval"):
            place.publish_draft(store, draft, "production")
        with refused("unknown-environment"):
            store.approve(place.request("ben"), "spring", "moon", draft.tree)
        place.publish_draft(store, draft, "staging")


def test_a_rebase_voids_approvals(place: Place) -> None:
    with place.opened() as store:
        place.publish(store, [registry_file()], "staging")
        draft = store.start(place.request(), "mine", "staging")
        draft = store.edit(place.request(), "mine", [PutObject("cohorts/mine", france())], draft.etag)
        store.approve(place.request("ben"), "mine", "staging", draft.tree)
        place.publish(store, [PutObject("cohorts/theirs", france())], "staging", "theirs")
        rebased = store.rebase(place.request(), "mine", "staging", draft.etag)
        assert rebased.approvals == ()
        with refused("needs-approval"):
            place.publish_draft(store, rebased, "staging")


def test_authors_of_what_is_promoted_stay_its_authors(place: Place) -> None:
    """Nobody approves their own change by letting somebody else carry it to production."""
    with place.opened() as store:
        place.publish(store, [registry_file()])
        draft = store.start(place.request("zoe"), "second", "dev")
        draft = store.edit(place.request("zoe"), "second", [PutObject("cohorts/z", france())], draft.etag)
        second = place.publish_draft(store, draft)
        promoted = store.start(place.request("ben"), "promotion", "production", second.revision)
        assert promoted.tree == draft.tree
        assert set(promoted.editors) == {"ben", "ann", "zoe"}
        with refused("own-approval"):
            store.approve(place.request("zoe"), "promotion", "production", promoted.tree)
        for by in ("cat", "dan"):
            store.approve(place.request(by), "promotion", "production", promoted.tree)
        place.publish_draft(store, promoted, "production")
        draft = store.start(place.request("eve"), "third", "dev")
        draft = store.edit(place.request("eve"), "third", [PutObject("cohorts/e", france())], draft.etag)
        third = place.publish_draft(store, draft)
        promoted = store.start(place.request("ben"), "promotion", "production", third.revision)
        assert promoted.editors == ("ben", "eve"), "what production had already has been approved"


def test_going_back_is_a_revision_with_the_old_content(place: Place) -> None:
    with place.opened() as store:
        first = place.publish(store, [registry_file()], "production")
        second = place.publish(store, [PutObject("cohorts/new", france())], "production", "second")
        back = store.start(place.request("eve"), "back", "production", first.revision)
        for by in ("ann", "ben"):
            store.approve(place.request(by), "back", "production", back.tree)
        third = place.publish_draft(store, back, "production")
        old, new = store.revision(first.revision), store.revision(third.revision)
        assert (new.tree, new.registry, new.parent) == (old.tree, old.registry, second.revision)
        assert new.id != old.id
        assert store.verify() == ()
