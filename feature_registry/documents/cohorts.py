"""The document of a cohort: a named condition."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, SkipValidation

from feature_registry.conditions import Condition
from feature_registry.documents.base import Living, defined_as

ConditionField: TypeAlias = Annotated[Condition, SkipValidation, defined_as("Condition")]
"""Conditions are read before pydantic sees them (condition_reader.py), so that every problem in them is found."""


class Cohort(Living):
    """A named condition. In JSON its keys stand beside `description`, `owner`, `status` and `replaced_by`."""

    condition: ConditionField = Field(description="Who belongs to the cohort.")
