"""The provider: flags of OpenFeature are decisions of Edgewise.

Specification: OpenFeature, "Provider" (section 2), and OFREP 0.3.0 for the words of the answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, ProviderNotReadyError
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import AbstractProvider, Metadata

from functions.openfeature.sources import Answer, Source, SourceError

T = TypeVar("T")
Structure: TypeAlias = Sequence[Any] | Mapping[str, Any]
_OK = 200
_CODES = {code.value: code for code in ErrorCode}
_REASONS = {reason.value: reason for reason in Reason}


class EdgewiseProvider(AbstractProvider):
    """Resolves a flag to the payload of the decision of that name; the variant is its outcome.

    `targeting_key` is the visitor's id. An attribute with a feature's name is that feature's value; `geo`, `session`
    and the other groups are read as in a request. Dates and times are handed on as RFC 3339. Metadata has `rule`,
    `experiment`, `variation`, `mode` and `reason` where the answer has them.

    Nothing is raised: without an answer, or for a payload of another type, the default value is given with the error.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Ask the source whether it can answer. Raises ProviderNotReadyError when it cannot."""
        try:
            self._source.check()
        except SourceError as error:
            raise ProviderNotReadyError(str(error)) from error

    def shutdown(self) -> None:
        """Let go of the source's connections."""
        self._source.close()

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata(name="edgewise")

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """A payload that is true or false."""
        return self._resolve(flag_key, default_value, evaluation_context, _boolean)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """A payload that is a text."""
        return self._resolve(flag_key, default_value, evaluation_context, _text)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """A payload that is a whole number; 3.0 is one."""
        return self._resolve(flag_key, default_value, evaluation_context, _whole)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """A payload that is a number."""
        return self._resolve(flag_key, default_value, evaluation_context, _number)

    def resolve_object_details(
        self, flag_key: str, default_value: Structure, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[Structure]:
        """A payload that is an object or a list."""
        return self._resolve(flag_key, default_value, evaluation_context, _structure)

    async def resolve_boolean_details_async(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """As `resolve_boolean_details`."""
        return await self._resolve_async(flag_key, default_value, evaluation_context, _boolean)

    async def resolve_string_details_async(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """As `resolve_string_details`."""
        return await self._resolve_async(flag_key, default_value, evaluation_context, _text)

    async def resolve_integer_details_async(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """As `resolve_integer_details`."""
        return await self._resolve_async(flag_key, default_value, evaluation_context, _whole)

    async def resolve_float_details_async(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """As `resolve_float_details`."""
        return await self._resolve_async(flag_key, default_value, evaluation_context, _number)

    async def resolve_object_details_async(
        self, flag_key: str, default_value: Structure, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[Structure]:
        """As `resolve_object_details`."""
        return await self._resolve_async(flag_key, default_value, evaluation_context, _structure)

    def _resolve(
        self, key: str, default: T, context: EvaluationContext | None, read: Callable[[object], T | None]
    ) -> FlagResolutionDetails[T]:
        try:
            return _details(self._source.ask(key, _context(context)), default, read)
        except SourceError as error:
            return _failed(default, ErrorCode.GENERAL, str(error))

    async def _resolve_async(
        self, key: str, default: T, context: EvaluationContext | None, read: Callable[[object], T | None]
    ) -> FlagResolutionDetails[T]:
        try:
            return _details(await self._source.ask_async(key, _context(context)), default, read)
        except SourceError as error:
            return _failed(default, ErrorCode.GENERAL, str(error))


def _context(given: EvaluationContext | None) -> dict[str, object]:
    if given is None:
        return {}
    context = {name: _plain(value) for name, value in given.attributes.items()}
    if given.targeting_key:
        context["targetingKey"] = given.targeting_key
    return context


def _plain(value: object) -> object:
    """A value of a context as JSON has it."""
    match value:
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(member) for name, member in value.items()}
        case str() | bytes():
            return value
        case Sequence() | set() | frozenset():
            return [_plain(item) for item in value]
    return value


def _details(answer: Answer, default: T, read: Callable[[object], T | None]) -> FlagResolutionDetails[T]:
    document = answer.document
    if answer.status != _OK:
        code = _CODES.get(str(document.get("errorCode")), ErrorCode.GENERAL)
        return _failed(default, code, str(document.get("errorDetails") or f"status {answer.status}"))
    if "value" not in document:
        # OFREP: without a value, the code's own default is what the flag says.
        return FlagResolutionDetails(default, reason=Reason.DEFAULT, flag_metadata=_metadata(document))
    value = read(document["value"])
    if value is None:
        found = type(document["value"]).__name__
        return _failed(default, ErrorCode.TYPE_MISMATCH, f"the flag's value is a {found}")
    variant = document.get("variant")
    metadata = _metadata(document)
    # OFREP knows fewer reasons than OpenFeature; the edge's own word stands in the metadata.
    reason = str(metadata.get("reason", document.get("reason", Reason.UNKNOWN.value)))
    return FlagResolutionDetails(
        value,
        reason=_REASONS.get(reason, reason),
        variant=variant if isinstance(variant, str) else None,
        flag_metadata=metadata,
    )


def _failed(default: T, code: ErrorCode, message: str) -> FlagResolutionDetails[T]:
    return FlagResolutionDetails(default, error_code=code, error_message=message, reason=Reason.ERROR)


def _metadata(document: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    given = document.get("metadata")
    if not isinstance(given, dict):
        return {}
    return {name: value for name, value in given.items() if isinstance(value, bool | int | float | str)}


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value if isinstance(value, int) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _structure(value: object) -> Structure | None:
    return value if isinstance(value, dict | list) else None
