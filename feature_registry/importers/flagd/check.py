"""What a flagd document must be like (flagd.dev/schema/v0): flags, and the forms of targeting."""

from __future__ import annotations

import re

from feature_registry.findings import described, short
from feature_registry.importers.document import SourceDocument, below
from feature_registry.nearest import listed, suggestion

_VARIADIC = (
    "if",
    "?:",
    "and",
    "or",
    "+",
    "*",
    "cat",
    "merge",
    "max",
    "min",
    "missing",
    "fractional",
    "log",
    "!",
    "!!",
    "-",
)
_COUNTS = {
    "==": (2, 2),
    "===": (2, 2),
    "!=": (2, 2),
    "!==": (2, 2),
    ">": (2, 2),
    ">=": (2, 2),
    "<": (2, 3),
    "<=": (2, 3),
    "%": (2, 2),
    "/": (2, 2),
    "in": (2, 2),
    "substr": (2, 3),
    "map": (2, 2),
    "filter": (2, 2),
    "all": (2, 2),
    "none": (2, 2),
    "some": (2, 2),
    "reduce": (3, 3),
    "missing_some": (2, 2),
    "starts_with": (2, 2),
    "ends_with": (2, 2),
    "sem_ver": (3, 3),
}
_OPERATORS = (*_VARIADIC, *_COUNTS, "var")
_SEM_VER = ("=", "!=", "<", "<=", ">=", ">", "^", "~")
_VERSION = re.compile(r"[vV]?(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


def check_document(document: SourceDocument) -> dict[str, tuple[str, dict[str, object]]]:
    """The flags by key, each with its pointer. Notes every problem of the document."""
    found: dict[str, tuple[str, dict[str, object]]] = {}
    value = document.value
    flags = value.get("flags")
    if "flags" not in value:
        document.problem("missing-key", "missing key `flags`", "", 'a flagd document is {"flags": {...}}')
    elif isinstance(flags, list) and str(value.get("$schema", "")).endswith("/flags.json"):
        message = "expected an object of flags in a document of the schema `flags.json`, found a list"
        document.problem("wrong-type", message, "/flags", "lists of flags belong to the schema `flagd.json`")
    elif isinstance(flags, list):
        for index, flag in enumerate(flags):
            at = below("/flags", index)
            if not document.expect(flag, dict, "a flag", at):
                continue
            key = flag.get("key")
            if not isinstance(key, str) or not key:
                document.problem("missing-key", "expected a flag with a `key`, found none", at)
            elif key in found:
                document.problem("duplicate-name", f"the flag `{short(key)}` stands twice", at)
            else:
                found[key] = (at, flag)
    elif document.expect(flags, dict, "an object or a list of flags", "/flags"):
        assert isinstance(flags, dict)
        found = {
            key: (below("/flags", key), flag)
            for key, flag in flags.items()
            if document.expect(flag, dict, "a flag", below("/flags", key))
        }
    _metadata(document, value, "")
    evaluators = value.get("$evaluators", {})
    if document.expect(evaluators, dict, "an object of evaluators", "/$evaluators"):
        assert isinstance(evaluators, dict)
        for key, expression in evaluators.items():
            _targeting(document, expression, below("/$evaluators", key), evaluators)
        for at, flag in found.values():
            _flag(document, at, flag, evaluators)
    return found


def _flag(document: SourceDocument, at: str, flag: dict[str, object], evaluators: dict[str, object]) -> None:
    state = flag.get("state")
    if "state" not in flag:
        document.problem("missing-key", "missing key `state`", at, '"ENABLED" or "DISABLED"')
    elif state not in ("ENABLED", "DISABLED"):
        document.problem(
            "unknown-value", f"expected `ENABLED` or `DISABLED`, found {described(state)}", below(at, "state")
        )
    variants = flag.get("variants")
    if "variants" not in flag:
        document.problem("missing-key", "missing key `variants`", at, "a flag names its values")
    elif document.expect(variants, dict, "an object of variants", below(at, "variants")):
        assert isinstance(variants, dict)
        _variants(document, below(at, "variants"), variants)
        default = flag.get("defaultVariant")
        if default is not None and document.expect(default, str, "the name of a variant", below(at, "defaultVariant")):
            assert isinstance(default, str)
            if default and default not in variants:
                message = f"unknown variant `{short(default)}`"
                document.problem(
                    "unknown-variation", message, below(at, "defaultVariant"), f"they are {listed(variants)}"
                )
    targeting = flag.get("targeting", {})
    if document.expect(targeting, dict, "an object of JsonLogic", below(at, "targeting")) and targeting:
        _targeting(document, targeting, below(at, "targeting"), evaluators)
    _metadata(document, flag, at)


def _variants(document: SourceDocument, at: str, variants: dict[str, object]) -> None:
    if not variants:
        document.problem("too-few", "expected at least one variant, found none", at)
    kinds = {_kind(value) for value in variants.values()}
    if len(kinds) > 1:
        document.problem("wrong-type", f"expected variants of one type, found {listed(sorted(kinds))}", at)
    elif kinds & {"null"}:
        document.problem("wrong-type", "expected variants that are texts, numbers, bools or objects, found null", at)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if value is None:
        return "null"
    return "text" if isinstance(value, str) else "object" if isinstance(value, dict) else "list"


def _metadata(document: SourceDocument, holder: dict[str, object], at: str) -> None:
    metadata = holder.get("metadata", {})
    if document.expect(metadata, dict, "an object of metadata", below(at, "metadata")):
        assert isinstance(metadata, dict)
        for key, value in metadata.items():
            document.expect(value, (str, int, float, bool), "a text, a number or a bool", below(at, "metadata", key))


def _targeting(document: SourceDocument, expression: object, at: str, evaluators: dict[str, object]) -> None:
    if isinstance(expression, list):
        for index, item in enumerate(expression):
            _targeting(document, item, below(at, index), evaluators)
        return
    if not isinstance(expression, dict) or not expression:
        return
    if len(expression) > 1:
        message = f"expected an object with one operator, found {listed(short(key) for key in expression)}"
        document.problem("bad-condition", message, at)
        return
    ((operator, given),) = expression.items()
    inner = below(at, operator)
    if operator == "$ref":
        if document.expect(given, str, "the name of an evaluator", inner) and given not in evaluators:
            help_line = suggestion(str(given), evaluators, "evaluators")
            document.problem("unknown-reference", f"unknown evaluator `{short(str(given))}`", inner, help_line)
        return
    if operator not in _OPERATORS:
        help_line = suggestion(operator, _OPERATORS, "operators")
        document.problem("unknown-operator", f"unknown operator `{short(operator)}`", inner, help_line, key=True)
        return
    arguments = given if isinstance(given, list) else [given]
    low, high = _COUNTS.get(operator, (0, 10**6))
    if operator in _COUNTS and not low <= len(arguments) <= high:
        wanted = f"{low}" if low == high else f"{low} or {high}"
        document.problem("bad-condition", f"expected {wanted} arguments of `{operator}`, found {len(arguments)}", inner)
    _FORMS.get(operator, _any_form)(document, arguments, inner)
    for index, item in enumerate(arguments):
        _targeting(document, item, below(inner, index) if isinstance(given, list) else inner, evaluators)


def _any_form(document: SourceDocument, arguments: list[object], at: str) -> None:
    return


def _var(document: SourceDocument, arguments: list[object], at: str) -> None:
    path = arguments[0] if arguments else None
    if isinstance(path, str) and path.startswith("$flagd.") and path not in ("$flagd.timestamp", "$flagd.flagKey"):
        message = f"unknown property `{short(path)}` of flagd"
        document.problem("unknown-value", message, at, "they are `$flagd.timestamp` and `$flagd.flagKey`")


def _texts(document: SourceDocument, arguments: list[object], at: str) -> None:
    for index, item in enumerate(arguments[:2]):
        if not isinstance(item, dict):
            document.expect(item, str, "a text or an expression", below(at, index))


def _sem_ver(document: SourceDocument, arguments: list[object], at: str) -> None:
    for index, item in enumerate(arguments[:3]):
        if isinstance(item, dict):
            continue
        if index == 1:
            if item not in _SEM_VER:
                message = f"expected a comparison of versions, found {described(item)}"
                document.problem("unknown-value", message, below(at, index), f"they are {listed(_SEM_VER)}")
        elif not isinstance(item, str) or _VERSION.fullmatch(item) is None:
            document.problem("bad-version", f"expected a version, found {described(item)}", below(at, index))


def _fractional(document: SourceDocument, arguments: list[object], at: str) -> None:
    for index, item in enumerate(arguments):
        place = below(at, index)
        if isinstance(item, dict) and (index == 0 or "$ref" in item or len(item) == 1):
            continue
        if not document.expect(item, list, "[variant, weight]", place):
            continue
        assert isinstance(item, list)
        if not 1 <= len(item) <= 2:
            document.problem("bad-condition", f"expected [variant, weight], found {len(item)} values", place)
        elif len(item) == 2 and not isinstance(item[1], dict):
            weight = item[1]
            if isinstance(weight, bool) or not isinstance(weight, int | float) or weight != int(weight) or weight < 0:
                message = f"expected a whole weight of 0 or more, found {described(weight)}"
                document.problem("bad-weights", message, below(place, 1))


_FORMS = {
    "var": _var,
    "starts_with": _texts,
    "ends_with": _texts,
    "sem_ver": _sem_ver,
    "fractional": _fractional,
}
