"""The document of a cohort: a named condition."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, SkipValidation

from feature_registry.conditions import Condition
from feature_registry.documents.base import Described, defined_as

ConditionField: TypeAlias = Annotated[Condition, SkipValidation, defined_as("Condition")]
"""Conditions are read before pydantic sees them (condition_reader.py), so that every problem in them is found."""


class Cohort(Described):
    """A named condition. In JSON the condition's keys stand beside `description` and `owner`."""

    condition: ConditionField = Field(description="Who belongs to the cohort.")
