"""The levels of category columns, which XGBoost 3.1 and above keep with the model (`cats`)."""

from __future__ import annotations

from itertools import pairwise

from decision_engine.trees.loaders.loaded import Level
from decision_engine.trees.loaders.xgboost._document import Section, damaged


def read_levels(model: Section, inputs: int) -> tuple[tuple[Level, ...] | None, ...]:
    """For each input the levels in the order of their codes; None where the file tells none."""
    encodings = model.section("cats").sections("enc") if model.has("cats") else []
    if not encodings:
        return (None,) * inputs
    if len(encodings) != inputs:
        raise damaged(f"expected {inputs} encodings at `{model.at('cats')}/enc`, found {len(encodings)}")
    return tuple(_levels(encoding) for encoding in encodings)


def _levels(encoding: Section) -> tuple[Level, ...] | None:
    if not encoding.has("offsets"):
        return tuple(encoding.numbers("values")) or None
    ends = encoding.integers("offsets")
    letters = encoding.integers("values")
    if not ends:
        return None
    if ends != sorted(ends) or ends[0] != 0 or ends[-1] != len(letters):
        raise damaged(
            f"expected offsets that grow from 0 to {len(letters)} at `{encoding.at('offsets')}`, found others"
        )
    content = bytes(letter & 0xFF for letter in letters)
    if not content.isascii():
        # XGBoost 3.2 counts characters where it should count bytes, and so cuts such texts in wrong places.
        return None
    return tuple(content[start:end].decode("ascii") for start, end in pairwise(ends))
