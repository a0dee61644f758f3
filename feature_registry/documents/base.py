"""What all documents share: strictness, names, and the text forms of durations and times."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from feature_registry.values import BadValueError, read_duration, read_timestamp

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"
PAYLOAD_NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,63}$"
DEFINED = "x-defined"
RESERVED_NAMES = ("constructor", "prototype")  # own properties that JavaScript objects seem to have

_NAME = re.compile(NAME_PATTERN)
_PAYLOAD_NAME = re.compile(PAYLOAD_NAME_PATTERN)


Reference: TypeAlias = str  # a name of another object: whether it exists is checked later


class Document(BaseModel):
    """A part of the registry: immutable, with no keys but its own, and nothing coerced."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        arbitrary_types_allowed=True,
        populate_by_name=False,
        protected_namespaces=(),
    )


class Described(Document):
    """A document that people look after."""

    description: str | None = Field(
        None, description="What this is for, in a sentence.", examples=["Visitors who will likely buy"]
    )
    owner: str | None = Field(None, description="The team that answers for it.", examples=["crm"])


class Living(Described):
    """A document that comes and goes: it is added, then used, then retired, and only then removed."""

    status: Literal["active", "deprecated", "retired"] = Field(
        "active",
        description="active: in use; deprecated: still works, but nothing new should use it; retired: nothing may use "
        "it any more, and a later release removes it.",
    )
    replaced_by: Reference | None = Field(
        None,
        description="What to use instead, an object of the same kind; for what is deprecated or retired.",
        examples=["loyalty_level"],
    )


CARE = tuple(Living.model_fields)
"""The keys that may stand beside the condition of a cohort."""


def form(read: Callable[[object], object]) -> Callable[[object], object]:
    """A reader of values.py as a validator of pydantic, with the same code, message and help."""

    def validate(json: object) -> object:
        try:
            return read(json)
        except BadValueError as problem:
            raise PydanticCustomError(
                "bad_value", "{expected}", {"expected": problem.expected, "code": problem.code, "help": problem.help}
            ) from problem

    return validate


def defined_as(name: str) -> WithJsonSchema:
    """The JSON Schema of a part that pydantic does not know: a mark that schema.py makes a reference."""
    return WithJsonSchema({DEFINED: name})


def name_problem(name: str, *, is_payload: bool = False) -> tuple[str, str] | None:
    """What is expected of a name and how to mend it; None when the name is good."""
    if name in RESERVED_NAMES:
        return "a name that JavaScript does not reserve", "choose another name"
    if (_PAYLOAD_NAME if is_payload else _NAME).fullmatch(name):
        return None
    characters = "lower-case letters, digits, `_` and `-`" if is_payload else "lower-case letters, digits and `_`"
    return f"a name of {characters}", f"a name begins with a letter and has at most 64 of {characters}"


def read_name(json: object) -> str:
    """A name. Raises BadValueError."""
    if not isinstance(json, str):
        raise BadValueError("a name")
    problem = name_problem(json)
    if problem is not None:
        raise BadValueError(problem[0], "bad-name", problem[1])
    return json


def _read_texts(json: object) -> object:
    """Texts, each once and none empty. Raises BadValueError; leaves what is no list of texts to pydantic."""
    if isinstance(json, list) and all(isinstance(item, str) for item in json):
        if "" in json:
            raise BadValueError("texts that are not empty", "too-few", "remove the empty text")
        seen: set[str] = set()
        for item in json:
            if item in seen:
                raise BadValueError("distinct values", "repeated-value", f"`{item}` stands twice: remove one")
            seen.add(item)
    return json


def _read_digest(json: object) -> str:
    if not isinstance(json, str) or re.fullmatch("sha256:[0-9a-f]{64}", json) is None:
        raise BadValueError("a digest: `sha256:` and 64 hex digits", "bad-digest", "`sha256sum FILE` prints the digits")
    return json


Name: TypeAlias = Annotated[
    str,
    PlainValidator(form(read_name)),
    WithJsonSchema({"type": "string", "pattern": NAME_PATTERN, "not": {"enum": list(RESERVED_NAMES)}}),
]
Duration: TypeAlias = Annotated[
    int,
    BeforeValidator(form(read_duration)),
    WithJsonSchema({"type": "string", "pattern": r"^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$"}),
]
"""Milliseconds."""
Timestamp: TypeAlias = Annotated[
    int, BeforeValidator(form(read_timestamp)), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""Milliseconds UTC."""
Texts: TypeAlias = Annotated[
    tuple[str, ...],
    Strict(False),
    BeforeValidator(form(_read_texts)),
    WithJsonSchema({"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}),
]
Names: TypeAlias = Annotated[tuple[Name, ...], Strict(False), BeforeValidator(form(_read_texts))]
Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Digest: TypeAlias = Annotated[
    str,
    BeforeValidator(form(_read_digest)),
    WithJsonSchema({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}),
]
