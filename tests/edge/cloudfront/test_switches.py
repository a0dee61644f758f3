"""The value of live switches: minted, verified, refused."""

from __future__ import annotations

import pytest

from functions.edge.cloudfront.switches import (
    KEY_PLACEHOLDER,
    LONGEST,
    SwitchError,
    Switches,
    insert_key,
    mint,
    new_key,
    verify,
)

KEY = "k" * 43


def test_what_is_minted_is_verified() -> None:
    switches = Switches(3, 2000, ("decisions/coupon", "experiments/hero_test"))
    assert verify(mint(switches, KEY), KEY, 1999) == switches


@pytest.mark.parametrize(
    ("value", "now", "code"),
    [
        (mint(Switches(3, 2000, ()), KEY), 2000, "expired"),
        (mint(Switches(3, 2000, ()), "o" * 43), 0, "bad"),
        (mint(Switches(3, 2000, ()), KEY).replace("3", "4"), 0, "bad"),
        ("", 0, "bad"),
        ("é", 0, "bad"),
    ],
)
def test_what_a_function_ignores_is_refused(value: str, now: int, code: str) -> None:
    with pytest.raises(SwitchError) as caught:
        verify(value, KEY, now)
    assert caught.value.code == code


def test_names_are_checked() -> None:
    with pytest.raises(SwitchError, match="expected decisions/NAME"):
        mint(Switches(1, 1, ("coupon",)), KEY)
    with pytest.raises(SwitchError, match="found `coupn`"):
        mint(Switches(1, 1, ("decisions/coupn",)), KEY, decisions=["coupon"])


def test_a_value_fits_the_store() -> None:
    names = tuple(f"decisions/{'n' * 50}{number:03}" for number in range(14))
    assert len(mint(Switches(1, 1, names), KEY)) <= LONGEST
    with pytest.raises(SwitchError, match="at most 1,000 bytes"):
        mint(Switches(1, 1, (*names, "decisions/one_more_name_that_is_too_much", "decisions/" + "n" * 40)), KEY)


def test_a_key_takes_the_place_of_the_placeholder() -> None:
    assert len(KEY_PLACEHOLDER) == len(new_key()) == 43
    assert insert_key(f"a{KEY_PLACEHOLDER}b", KEY) == f"a{KEY}b"
    with pytest.raises(SwitchError):
        insert_key("ab", KEY)
    with pytest.raises(SwitchError):
        insert_key(KEY_PLACEHOLDER, 'short"')
