"""Every case of the sources' own suites through the importers and all engines.

A case that cannot be carried over stands in exceptions.json with its reason, and fails when it starts to pass.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from feature_registry.importers.growthbook import bucket_ranges, choose_variation, equal_weights
from infra.decryption import decrypt
from infra.errors import InfraError
from tests.importers import flagd_cases, growthbook_cases, jsonlogic_cases
from tests.importers.runner import ENGINES, Imported, run

EXCEPTIONS: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("exceptions.json").read_text(encoding="utf-8")
)
LARGEST_SHARE = {"growthbook": 0.08, "flagd": 0.05}

Found = Iterable[tuple[str, Imported | str | None]]


def outcome(suite: str, cases: Found) -> None:
    """Hold the cases to the exceptions, and every other one to the right answer in every engine."""
    listed = list(cases)
    answered = run([found for _, found in listed if isinstance(found, Imported)])
    counts = Counter(one.engine for one in answered)
    wrong: dict[str, list[Any]] = defaultdict(list)
    titles = {case[0]: name for name, found in listed if isinstance(found, Imported) for case in found.cases}
    for one in answered:
        if not one.is_right:
            wrong[titles[one.case]].append((one.engine, one.value, one.expected))
    excepted = {name for name in EXCEPTIONS[suite] if any(name == one for one, _ in listed)}
    failing = {name for name, found in listed if isinstance(found, str)} | set(wrong)
    rows = ", ".join(f"{engine} {counts[engine]} answers" for engine in ENGINES)
    print(f"{suite}: {len(listed)} cases, {len(listed) - len(failing)} pass, {len(excepted)} excepted; {rows}")
    unknown = failing - excepted
    assert not unknown, [(name, wrong[name] or dict(listed).get(name)) for name in sorted(unknown)][:5]
    assert excepted <= failing, f"no longer failing: {excepted - failing}"
    assert set(counts) <= set(ENGINES)
    assert len(set(counts.values())) <= 1


@pytest.mark.node
@pytest.mark.parametrize("section", growthbook_cases.SECTIONS)
def test_growthbook(section: str) -> None:
    outcome("growthbook", ((f"{section}: {name}", found) for name, found in growthbook_cases.all_cases(section)))


@pytest.mark.node
def test_jsonlogic() -> None:
    outcome("jsonlogic", jsonlogic_cases.all_cases())


@pytest.mark.node
def test_flagd() -> None:
    outcome("flagd", flagd_cases.all_cases())


NEGATIVE = [(name, document) for name, is_good, document in flagd_cases.documents() if not is_good]


@pytest.mark.parametrize(("name", "document"), NEGATIVE, ids=[name for name, _ in NEGATIVE])
def test_a_bad_document_of_flagd_is_refused_with_its_place(name: str, document: dict[str, Any]) -> None:
    said = flagd_cases.refused(document)
    assert said is not None
    assert "flags.json:1:" in said
    assert "expected" in said or "unknown" in said or "missing" in said


def _cases(section: str) -> list[Any]:
    found: list[Any] = growthbook_cases.CASES[section]
    return found


@pytest.mark.parametrize("case", _cases("getBucketRange"), ids=lambda case: case[0])
def test_growthbook_ranges(case: Any) -> None:
    _, (count, coverage, weights), expected = case
    found = bucket_ranges(count, coverage, weights)
    assert [[round(bound, 4) for bound in one] for one in found] == expected


@pytest.mark.parametrize("case", _cases("chooseVariation"), ids=lambda case: case[0])
def test_growthbook_variations(case: Any) -> None:
    _, place, ranges, expected = case
    assert choose_variation(place, [tuple(one) for one in ranges]) == expected


@pytest.mark.parametrize("case", _cases("getEqualWeights"), ids=lambda case: str(case[0]))
def test_growthbook_weights(case: Any) -> None:
    count, expected = case
    assert [round(weight, 8) for weight in equal_weights(count)] == expected


@pytest.mark.parametrize("case", _cases("decrypt"), ids=lambda case: case[0])
def test_growthbook_decryption(case: Any) -> None:
    _, text, key, expected = case
    if expected is None:
        with pytest.raises(InfraError):
            decrypt(text, key)
    else:
        assert decrypt(text, key).decode() == expected


def test_the_exceptions_are_few_and_have_reasons() -> None:
    totals = {
        "growthbook": sum(len(found) for found in growthbook_cases.CASES.values() if isinstance(found, list)),
        "flagd": sum(1 for _ in flagd_cases.documents()),
    }
    for suite, share in LARGEST_SHARE.items():
        assert len(EXCEPTIONS[suite]) <= share * totals[suite], suite
    assert all(len(reason) > 20 for found in EXCEPTIONS.values() for reason in found.values())
