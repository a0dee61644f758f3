"""The documents of layers and experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from feature_registry.bucketings import DEFAULT_BUCKETING, NamedSeed, named_seed
from feature_registry.documents.base import Document, Fraction, Living, Name, Reference, Timestamp, form
from feature_registry.places import read_places
from feature_registry.values import BadValueError, read_number


def _read_share(json: object) -> tuple[float, float]:
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[from, to], a part of 0 to 1")
    low, high = (read_number(bound) for bound in json)
    if not 0 <= low <= 1 or not 0 <= high <= 1:
        raise BadValueError("[from, to] within 0 and 1", "out-of-range", "the whole layer is [0, 1]")
    if low >= high:
        raise BadValueError("[from, to] with from < to", "empty-range", "`from` is inside, `to` is outside")
    return low, high


_Share: TypeAlias = Annotated[
    tuple[float, float],
    BeforeValidator(form(_read_share)),
    WithJsonSchema(
        {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}, "minItems": 2, "maxItems": 2}
    ),
]


_Places: TypeAlias = Annotated[
    tuple[float, float],
    BeforeValidator(form(read_places)),
    WithJsonSchema(
        {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 101}, "minItems": 2, "maxItems": 2}
    ),
]


class Layer(Living):
    """A set of experiments that never share a unit. Units in the holdout see none of them."""

    unit: Reference = Field(description="The unit that is bucketed.", examples=["visitor_id"])
    holdout: Fraction = Field(0.0, description="The fraction of units kept out of all experiments.", examples=[0.05])
    salt: str | None = Field(
        None, min_length=1, description="Fixes the buckets; the layer's name by default.", examples=["home_2"]
    )


class Guardrail(Document):
    """A metric that an experiment must not harm."""

    metric: Annotated[str, Field(min_length=1)] = Field(description="The metric.", examples=["conversion"])
    max_drop: Annotated[float, Field(ge=0)] = Field(description="The largest relative drop to accept.", examples=[0.02])


class Experiment(Living):
    """Variations with weights, assigned to units by a stable hash. Rules of decisions say what each one shows."""

    unit: Reference = Field(description="The unit that is bucketed.", examples=["visitor_id"])
    layer: Reference | None = Field(
        None, description="The layer; its experiments never share a unit.", examples=["home"]
    )
    share: _Share = Field(
        (0.0, 1.0), description="[from, to]: the part of the layer that belongs to the experiment.", examples=[[0, 0.5]]
    )
    traffic: Fraction = Field(1.0, description="The fraction of those units that is enrolled.", examples=[0.5])
    cohort: Reference | None = Field(None, description="Who may be enrolled; everyone by default.", examples=["dach"])
    variations: Mapping[Name, Annotated[float, Field(ge=0)]] = Field(
        description="The weight of each variation; their sum need not be 100.", examples=[{"control": 50, "bold": 50}]
    )
    starts: Timestamp | None = Field(
        None, description="Nobody is enrolled before.", examples=["2026-11-20T00:00:00+01:00"]
    )
    ends: Timestamp | None = Field(
        None, description="Nobody is enrolled from then on.", examples=["2026-12-01T00:00:00+01:00"]
    )
    salt: str | None = Field(
        None, min_length=1, description="Fixes the assignment; the experiment's name by default.", examples=["hero_2"]
    )
    guardrails: Annotated[tuple[Guardrail, ...], Field(strict=False)] = Field((), description="Metrics not to harm.")
    bucketing: Literal["edgewise-1", "growthbook-1", "growthbook-2", "flagd", "flagd-legacy"] = Field(
        "edgewise-1",
        description="How ids become places: our own, or that of the system that the experiment came from, so that no "
        "unit changes its variation.",
        examples=["growthbook-2"],
    )
    seed: str | None = Field(
        None, description="What a named bucketing hashes beside the id, in place of a salt.", examples=["hero-test"]
    )
    seed_after: str = Field("", description="What flagd's bucketings hash after the id.", examples=["-2"])
    ranges: Mapping[Name, _Places] | None = Field(
        None,
        description="Of a named bucketing: [low, high] of the places of each variation; a unit within none is not "
        "enrolled.",
        examples=[{"control": [0, 0.5], "bold": [0.5, 1]}],
    )

    @property
    def named(self) -> NamedSeed | None:
        """The seed of a named bucketing; None of our own."""
        if self.bucketing == DEFAULT_BUCKETING or self.seed is None:
            return None
        return named_seed(self.bucketing, self.seed, self.seed_after)
