"""The documents of policies and environments."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, Strict, WithJsonSchema, model_validator

from feature_registry.documents.base import Described, Document, Duration, Name, Names, Texts, form
from feature_registry.documents.delivery_policy import Delivery
from feature_registry.documents.hybrid_policy import Degrade, Hybrid
from feature_registry.documents.profile_policy import Profile
from feature_registry.documents.records_policy import Records
from feature_registry.values import BadValueError, read_duration

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")


def _read_cookie(json: object) -> str:
    if not isinstance(json, str) or _TOKEN.fullmatch(json) is None:
        raise BadValueError("a cookie's name", "bad-name", "letters, digits, `-`, `_` and `.`, at most 64 of them")
    return json


Cookie: TypeAlias = Annotated[
    str, BeforeValidator(form(_read_cookie)), WithJsonSchema({"type": "string", "pattern": f"^{_TOKEN.pattern}$"})
]


def _read_date(json: object) -> str:
    try:
        if isinstance(json, str) and len(json) == len("2026-01-31"):
            return date.fromisoformat(json).isoformat()
    except ValueError:
        pass
    raise BadValueError("a date", "bad-date", "write it as `2026-01-31`")


Day: TypeAlias = Annotated[str, BeforeValidator(form(_read_date)), WithJsonSchema({"type": "string", "format": "date"})]
TcfPurposes: TypeAlias = Annotated[
    tuple[Annotated[int, Field(ge=1, le=24)], ...],
    Strict(False),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 24}, "uniqueItems": True}),
]
"""Numbers of the IAB's purposes."""
PlaceName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
"""A country (ISO 3166-1) or a region of one (ISO 3166-2)."""
Platform: TypeAlias = Literal[
    "cloudflare",
    "cloudfront",
    "lambda-edge",
    "fastly",
    "akamai",
    "browser",
    "deno",
    "bun",
    "python",
    "javascript",
    "wasm",
]


class Identity(Described):
    """The units that are bucketed, and the one that a first-party cookie names."""

    units: Names = Field(
        ("visitor_id",), min_length=1, description="All units.", examples=[["visitor_id", "account_id"]]
    )
    unit: Name = Field("visitor_id", description="The unit that the cookie names; the first one by default.")
    cookie: Cookie = Field("ew_visitor", description="The name of the cookie.")
    max_age: Duration = Field(
        read_duration("365d"),
        description="How long the cookie lives.",
        examples=["365d"],
        json_schema_extra={"default": "365d"},
    )
    set_cookie: bool = Field(False, description="Whether the edge may set the cookie for a visitor who has none.")

    @model_validator(mode="before")
    @classmethod
    def _first_unit(cls, json: object) -> object:
        if isinstance(json, dict) and "unit" not in json and isinstance(json.get("units"), list) and json["units"]:
            return {**json, "unit": json["units"][0]}
        return json


class CookieGroups(Described):
    """A consent tool that keeps its groups in a cookie, as OneTrust does."""

    cookie: Cookie = Field("OptanonConsent", description="The name of the cookie.")
    purposes: dict[str, Texts] = Field(
        description="The groups that a visitor must have agreed to, by purpose.",
        examples=[{"storage": ["C0003"], "personalisation": ["C0003", "C0004"]}],
    )


class ConsentGate(Described):
    """How the edge finds out what a visitor agreed to. Without it, requests say themselves what is denied."""

    tcf: dict[str, TcfPurposes] = Field(
        {"storage": (1,), "personalisation": (5, 6), "analytics": (8,)},
        description="The purposes of the IAB's Transparency and Consent Framework that a visitor must have consented "
        "to, by purpose; on a purpose without any, TC strings say nothing.",
        examples=[{"personalisation": [5, 6]}],
    )
    publisher_segment: Literal["required", "optional"] = Field(
        "required",
        description="Whether a TC string grants only with the publisher's own segment (`required`), or without one by "
        "the purposes for vendors (`optional`).",
    )
    tcf_cookie: Cookie = Field("euconsent-v2", description="The cookie with the TC string.")
    gpp_cookie: Cookie = Field("__gpp", description="The cookie with the string of the Global Privacy Platform.")
    receipt_cookie: Cookie = Field("ew_consent", description="The cookie with the merchant's own signed receipt.")
    groups: CookieGroups | None = Field(None, description="A consent tool that keeps its groups in a cookie.")
    gpc_since: Day | None = Field(
        None,
        description="Since when the site states that it abides by Global Privacy Control; `/.well-known/gpc.json` "
        "tells it.",
        examples=["2026-11-21"],
    )
    places: dict[PlaceName, Literal["opt_in", "opt_out"]] = Field(
        {},
        description="Regimes that differ from docs/reference/consent.md, by country or region.",
        examples=[{"AU": "opt_out", "US-FL": "opt_in"}],
    )


class Consent(Described):
    """The purposes that visitors can agree to."""

    purposes: Texts = Field((), description="All purposes.", examples=[["personalisation", "analytics"]])
    gate: ConsentGate | None = Field(
        None, description="How the edge finds out what a visitor agreed to; without it, requests say what is denied."
    )


class Privacy(Described):
    """Limits on what reports may show."""

    minimum_cell: Annotated[int, Field(ge=20)] = Field(
        20, description="The smallest group that reports may show.", examples=[50]
    )


class Retention(Described):
    """How long records are kept."""

    telemetry: Duration | None = Field(None, description="Counters and histograms.", examples=["30d"])
    exposures: Duration | None = Field(None, description="Records of who saw which variation.", examples=["90d"])


class Policies(Document):
    """The rules that hold for all decisions."""

    identity: Identity = Field(Identity(), description="The units that are bucketed.")
    consent: Consent | None = Field(None, description="The purposes that visitors can agree to.")
    degrade: Degrade = Field(Degrade(), description="When the edge leaves the full mode, and what it does then.")
    delivery: Delivery | None = Field(None, description="How outcomes reach pages, the origin, and the visitor's way.")
    hybrid: Hybrid | None = Field(None, description="How rules that are unsure ask the cloud.")
    privacy: Privacy = Field(Privacy(), description="Limits on what reports may show.")
    profile: Profile | None = Field(None, description="What the cloud tells the edge of visitors.")
    records: Records | None = Field(None, description="What the edge tells of its requests.")
    retention: Retention = Field(Retention(), description="How long records are kept.")


class Environment(Described):
    """A part of the world that takes releases."""

    ring: Literal["lab", "pilot", "region", "all"] = Field(description="The ring of the rollout.")
    regions: Texts = Field((), description="The regions.", examples=[["eu-central-1"]])
    platforms: Annotated[tuple[Platform, ...], Field(strict=False)] = Field(
        (), description="The platforms.", examples=[["cloudflare"]]
    )
