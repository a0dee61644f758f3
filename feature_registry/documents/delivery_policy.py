"""The document of the policy `delivery`: how outcomes reach pages, the origin, and the visitor's way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from feature_registry.documents.base import Described, Document, Name, Names, Reference, form
from feature_registry.safe_urls import is_site_path
from feature_registry.slot_templates import (
    TEXT_ATTRIBUTES,
    URL_ATTRIBUTES,
    Template,
    read_field,
    read_frame,
    read_template,
)
from feature_registry.values import BadValueError

SEGMENT_HEADER = "edgewise-segment"

_HEADER = re.compile(r"(?:edgewise|x)-[a-z0-9-]{1,48}")
_TAKEN = (
    "x-forwarded-",
    "x-real-",
    "x-amz",
    "x-original-",
    "x-rewrite-",
    "x-http-",
    "x-host",
    "x-edgewise-",
    "edgewise-preview",
)
_COMPOUND = (
    r"(?:[a-z][a-z0-9-]*|\*)?(?:#[A-Za-z_][\w-]*|\.[A-Za-z_][\w-]*|\[[a-z][a-z0-9-]*(?:[~^$*|]?=\"[^\"\\\]]*\")?\])*"
)
_SELECTOR = re.compile(rf"(?=\S){_COMPOUND}(?:(?: > | )(?=\S){_COMPOUND})*")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_DATA = re.compile(r"(?:data|aria)-[a-z][a-z0-9-]*")


def _read_header(json: object) -> str:
    if not isinstance(json, str) or _HEADER.fullmatch(json) is None or json.startswith(_TAKEN):
        help_line = "lower case, beginning with `edgewise-` or `x-`, and none that proxies write themselves"
        raise BadValueError("the name of a header", "bad-name", help_line)
    return json


def _read_selector(json: object) -> str:
    if not isinstance(json, str) or len(json) > 256 or _SELECTOR.fullmatch(json) is None:
        help_line = 'elements, `#id`, `.class`, `[attribute]` or `[attribute="value"]`, joined by a space or ` > `'
        raise BadValueError("a selector", "bad-selector", help_line)
    return json


def _read_pattern(json: object) -> str:
    if not isinstance(json, str) or "?" in json or not is_site_path(json.removesuffix("*") or "*"):
        raise BadValueError("a path of the site, or one that ends in `/*`", "bad-path", "for instance `/` or `/sale/*`")
    if "*" in json[:-1] or (json.endswith("*") and not json.endswith("/*")):
        raise BadValueError("a path of the site, or one that ends in `/*`", "bad-path", "for instance `/` or `/sale/*`")
    return json


def _read_attribute(json: object) -> str:
    if not isinstance(json, str) or (
        json not in TEXT_ATTRIBUTES and json not in URL_ATTRIBUTES and _DATA.fullmatch(json) is None
    ):
        raise BadValueError(
            "an attribute that fields may fill", "bad-name", "`href`, `src`, `alt`, `title`, `class`, `data-...`"
        )
    return json


def _read_parameter(json: object) -> str:
    if not isinstance(json, str) or _PARAMETER.fullmatch(json) is None or json == "d":
        raise BadValueError("the name of a parameter", "bad-name", "letters, digits, `_` and `-`; `d` is taken")
    return json


_TEXT = {"type": "string", "minLength": 1}
Field_: TypeAlias = Annotated[tuple[str, ...], PlainValidator(form(read_field)), WithJsonSchema(_TEXT)]
Html: TypeAlias = Annotated[Template, PlainValidator(form(read_template)), WithJsonSchema(_TEXT)]
Frame: TypeAlias = Annotated[Template, PlainValidator(form(read_frame)), WithJsonSchema(_TEXT)]
Header: TypeAlias = Annotated[
    str, BeforeValidator(form(_read_header)), WithJsonSchema({"type": "string", "pattern": f"^{_HEADER.pattern}$"})
]
Selector: TypeAlias = Annotated[str, BeforeValidator(form(_read_selector)), WithJsonSchema(_TEXT)]
Attribute: TypeAlias = Annotated[str, BeforeValidator(form(_read_attribute)), WithJsonSchema(_TEXT)]
Parameter: TypeAlias = Annotated[str, BeforeValidator(form(_read_parameter)), WithJsonSchema(_TEXT)]
PathPattern: TypeAlias = Annotated[str, BeforeValidator(form(_read_pattern)), WithJsonSchema(_TEXT)]
PathPatterns: TypeAlias = Annotated[tuple[PathPattern, ...], Field(strict=False)]


class Slot(Document):
    """What stands in `<edgewise-slot name="...">` instead of its default."""

    decision: Reference = Field(description="The decision whose outcome is shown.", examples=["home_hero"])
    html: Html = Field(
        description="HTML with the payload's fields in braces, each escaped for its place; for a ranking, of one item.",
        examples=['<a href="{link}"><h2>{title}</h2></a>'],
    )
    frame: Frame | None = Field(
        None, description="HTML around it, for a ranking around all items.", examples=["<ul>{items}</ul>"]
    )


class Edit(Document):
    """Elements of the page whose text or attributes an outcome changes."""

    selector: Selector = Field(description="Which elements.", examples=["main .hero > a"])
    decision: Reference = Field(description="The decision whose outcome is shown.", examples=["home_hero"])
    text: Field_ | None = Field(None, description="The field that becomes the element's text.", examples=["title"])
    attributes: Mapping[Attribute, Field_] = Field(
        {}, description="The field that becomes an attribute's value, by attribute.", examples=[{"href": "link"}]
    )


class Segment(Document):
    """Decisions whose outcomes the origin, and the cache in front of it, may know."""

    decisions: Names = Field(min_length=1, description="The decisions.", examples=[["home_hero"]])
    header: Header = Field(SEGMENT_HEADER, description="The header of the request that carries the token.")
    headers: Mapping[Reference, Header] = Field(
        {}, description="Headers of the request with a decision's outcome.", examples=[{"home_hero": "x-home-hero"}]
    )
    parameter: Parameter | None = Field(
        None,
        description="A parameter of the address that carries the token to the origin too, for a cache that goes by the "
        "address alone, as Cloudflare's own does.",
        examples=["edgewise_segment"],
    )
    downstream: Literal["keep", "private"] = Field(
        "keep",
        description="What caches in front of the edge are told of a page with a token: `keep` leaves the origin's "
        "lifetimes, with Vary; `private` keeps such pages out of shared caches.",
    )


class Route(Document):
    """Where visitors of some paths are sent by an outcome."""

    decision: Reference = Field(description="The decision.", examples=["landing"])
    paths: PathPatterns = Field(description="The paths it decides on.", examples=[["/", "/home/*"]])
    kind: Literal["redirect", "rewrite"] = Field(
        description="`redirect` sends the visitor there; `rewrite` asks the origin for it instead."
    )
    field: Field_ = Field(
        description="The payload's field with the path; a payload without it leaves the visitor here.",
        examples=["path"],
    )
    status: Literal[302, 303, 307] = Field(302, description="The status of a redirect.")


class Preview(Document):
    """Signed links that show a variation or an outcome to who has them."""

    parameter: Parameter = Field("edgewise_preview", description="The parameter of the page's address with the token.")


class Delivery(Described):
    """How outcomes reach pages, the origin, and the visitor's way. Each part is off until it is configured."""

    pages: PathPatterns = Field(
        ("/*",), description="The paths whose pages are personalised.", examples=[["/", "/c/*"]]
    )
    slots: Mapping[Name, Slot] = Field(
        {},
        description="What slots show, by their names in the page.",
        examples=[{"home_hero": {"decision": "home_hero", "html": "<h2>{title}</h2>"}}],
    )
    edits: Annotated[tuple[Edit, ...], Field(strict=False)] = Field(
        (),
        description="Texts and attributes to change.",
        examples=[[{"selector": "a.hero", "decision": "home_hero", "attributes": {"href": "link"}}]],
    )
    hydrate: Names = Field(
        (), description="Decisions whose outcomes are sent as JSON in the page's head.", examples=[["home_hero"]]
    )
    segment: Segment | None = Field(None, description="What the origin and its cache may know.")
    routes: Annotated[tuple[Route, ...], Field(strict=False)] = Field(
        (),
        description="Redirects and rewrites within the site.",
        examples=[[{"decision": "landing", "paths": ["/"], "kind": "redirect", "field": "path"}]],
    )
    preview: Preview | None = Field(None, description="Signed preview links.")
    longest: Annotated[int, Field(ge=1024, le=16_777_216)] = Field(
        2_097_152, description="Pages of more bytes pass as they are.", examples=[1_048_576]
    )

    @property
    def edited(self) -> tuple[str, ...]:
        """The decisions that change a page's bytes, each once."""
        names = (
            *(slot.decision for slot in self.slots.values()),
            *(edit.decision for edit in self.edits),
            *self.hydrate,
        )
        return tuple(dict.fromkeys(names))
