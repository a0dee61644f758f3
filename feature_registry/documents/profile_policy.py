"""The policy of profiles: which features the cloud hands to the edge, in a signed token or through the edge's KV."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from feature_registry.documents.base import Described, Duration, Name, Texts, form
from feature_registry.values import BadValueError, read_duration

_COOKIE = r"^[A-Za-z0-9_-]{1,64}$"
_HEADER = r"^[a-z][a-z0-9-]{0,63}$"
_TENANT = r"^[A-Za-z0-9_.-]{1,64}$"


def _reader(pattern: str, what: str, characters: str) -> Callable[[object], object]:
    def read(json: object) -> str:
        if not isinstance(json, str) or re.fullmatch(pattern, json) is None:
            raise BadValueError(what, "bad-name", f"{characters}, at most 64 of them")
        return json

    return form(read)


CookieName: TypeAlias = Annotated[
    str,
    BeforeValidator(_reader(_COOKIE, "a cookie's name", "letters, digits, `-` and `_`")),
    WithJsonSchema({"type": "string", "pattern": _COOKIE}),
]
HeaderName: TypeAlias = Annotated[
    str,
    BeforeValidator(_reader(_HEADER, "a header's name in lower case", "lower-case letters, digits and `-`")),
    WithJsonSchema({"type": "string", "pattern": _HEADER}),
]
Tenant: TypeAlias = Annotated[
    str,
    BeforeValidator(_reader(_TENANT, "a tenant's name", "letters, digits, `-`, `_` and `.`")),
    WithJsonSchema({"type": "string", "pattern": _TENANT}),
]

MOST_FEATURES = 64
"""Features of all groups together: what the edge reads of one profile."""


class ProfileGroup(Described):
    """Features that are written together, as by one system."""

    features: Texts = Field(
        min_length=1,
        max_length=MOST_FEATURES,
        description="Identity features of tier 1 or 2 that a request can bring.",
        examples=[["loyalty", "lifetime_value"]],
    )
    ttl: Duration = Field(
        read_duration("5m"),
        description="How long the edge uses a copy before it looks for a newer one. The `max_age` of a feature "
        "says when its value is stale.",
        examples=["5m", "1h"],
        json_schema_extra={"default": "5m"},
    )


class ProfileStore(Described):
    """The edge's KV, as a second lane for visitors who bring no token, or an old one."""

    timeout: Duration = Field(
        read_duration("20ms"),
        description="How long a request waits for the KV at most.",
        examples=["20ms"],
        json_schema_extra={"default": "20ms"},
    )
    absent: Duration = Field(
        read_duration("60s"),
        description="How long it is believed that the KV holds nothing for a visitor.",
        examples=["60s"],
        json_schema_extra={"default": "60s"},
    )
    entries: Annotated[int, Field(ge=1, le=100_000)] = Field(
        2000, description="How many visitors' profiles an edge process keeps in memory."
    )
    warm: Annotated[int, Field(ge=0, le=200)] = Field(
        0,
        description="How many of the visitors that the entry `profile/top` lists a new process asks for early.",
        examples=[50],
    )


class Sticky(Described):
    """A signed cookie with the variations that a visitor keeps."""

    cookie: CookieName = Field("ew_sticky", description="The name of the cookie.")
    max_age: Duration = Field(
        read_duration("90d"),
        description="How long it counts.",
        examples=["90d"],
        json_schema_extra={"default": "90d"},
    )


class Profile(Described):
    """What the cloud tells the edge of visitors."""

    tenant: Tenant = Field("edgewise", description="Goes into pseudonyms, so that those of two shops cannot be joined.")
    cookie: CookieName = Field("ew_profile", description="The cookie with the visitor's token.")
    header: HeaderName | None = Field(
        None,
        description="A header with the token, for apps and gateways; where it stands, the cookie is not looked at.",
        examples=["x-edgewise-profile"],
    )
    max_age: Duration = Field(
        read_duration("30d"),
        description="How long a token counts.",
        examples=["30d"],
        json_schema_extra={"default": "30d"},
    )
    encrypted: bool = Field(
        False,
        description="Whether what is minted is encrypted, so that visitors cannot read it, as personal features need.",
    )
    groups: dict[Name, ProfileGroup] = Field(
        min_length=1,
        max_length=16,
        description="The features, by who writes them.",
        examples=[{"crm": {"features": ["loyalty"], "ttl": "1h"}}],
    )
    store: ProfileStore | None = Field(None, description="The edge's KV; without it there are tokens only.")
    sticky: Sticky | None = Field(None, description="A signed cookie with the variations that a visitor keeps.")
