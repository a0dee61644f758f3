"""flagd: a document of flags as a registry."""

from __future__ import annotations

from collections.abc import Mapping

from feature_registry.bucketings import FLAGD
from feature_registry.importers.document import below, is_normal, read_source
from feature_registry.importers.draft import RegistryDraft
from feature_registry.importers.errors import ImportingError, NotCarriedError
from feature_registry.importers.flagd.check import check_document
from feature_registry.importers.flagd.flags import add_flag
from feature_registry.importers.report import LeftOut, Report
from feature_registry.importers.semantics import Semantics

__all__ = ["import_flagd"]

_MOST_EXPANSIONS = 10_000


def import_flagd(
    name: str, content: bytes, semantics: Semantics, *, bucketing: str = FLAGD
) -> tuple[Mapping[str, object], Report]:
    """The registry of a flagd document, as one document, and the report.

    `bucketing` is the formula of `fractional` that the flags were served by: `flagd`, or `flagd-legacy` of versions
    before 0.7. Raises ImportingError when the document is none of flagd's.
    """
    document = read_source(name, content)
    flags = check_document(document)
    document.check()
    evaluators = document.value.get("$evaluators", {})
    assert isinstance(evaluators, dict), "the document was checked"
    draft, report = RegistryDraft(semantics), Report("flagd")
    for key, (at, flag) in flags.items():
        before, changes = draft.checkpoint(), len(report.changed)
        try:
            if not is_normal([key, flag, evaluators]):
                raise NotCarriedError("not-nfc", "a text is not in Unicode's form NFC, as a registry's texts are")
            resolved = _resolved(flag, evaluators, (), [0])
            assert isinstance(resolved, dict)
            report.decisions[key] = add_flag(draft, report, key, resolved, bucketing)
        except _CycleError as problem:
            document.problem("evaluator-cycle", str(problem), below(at, "targeting"), "break the circle")
        except NotCarriedError as problem:
            draft.restore(before)
            del report.changed[changes:]
            report.left_out.append(LeftOut("flag", key, problem.construct, problem.reason, problem.at or at))
    if document.problems:
        raise ImportingError(document.problems)
    report.units, report.paths = dict(draft.units), dict(draft.paths)
    return draft.build(), report


class _CycleError(ValueError):
    """Evaluators refer to each other in a circle."""


def _resolved(value: object, evaluators: Mapping[str, object], inside: tuple[str, ...], count: list[int]) -> object:
    """The value with every {"$ref": name} replaced by that evaluator."""
    if isinstance(value, list):
        return [_resolved(item, evaluators, inside, count) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get("$ref"), str):
        name = value["$ref"]
        if name in inside:
            raise _CycleError(f"the evaluators {' -> '.join([*inside, name])} refer to each other in a circle")
        count[0] += 1
        if count[0] > _MOST_EXPANSIONS:
            raise NotCarriedError("large-logic", "evaluators stand in each other too often")
        return _resolved(evaluators[name], evaluators, (*inside, name), count)
    return {key: _resolved(item, evaluators, inside, count) for key, item in value.items()}
