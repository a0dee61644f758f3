"""Sticky assignments as a stage: what a visitor's signed cookie keeps, put in the place of the hash's word."""

from __future__ import annotations

from dataclasses import replace

from ..cookies import read_cookies
from ..profile import Profiles, Sticking, StickyTable
from ..tables import Tables
from .identity import Visitors
from .stages import Stage
from .trail import Trail


def sticky_stage(tables: Tables, table: StickyTable, profiles: Profiles, visitors: Visitors) -> Stage:
    """The stage; it follows `decide`. A visitor who allows no storage keeps nothing."""
    sticking = Sticking(tables)

    def keep(trail: Trail) -> None:
        decided = trail.decided
        if not trail.known.may_store or decided is None or decided.codes is None:
            return
        text = read_cookies(trail.cookie).get(table["cookie"])
        name = None if text is None else visitors.pseudonym_of(trail.cookie)
        if text is None or name is None:
            return
        variations = profiles.read_sticky(text, name, trail.http.at)
        if variations is not None:
            trail.decided = replace(decided, codes=sticking.stick(decided.codes, decided.chosen, variations))

    return Stage("sticky", keep)
