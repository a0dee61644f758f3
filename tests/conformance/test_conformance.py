"""Every case in every runtime, with passes and without: the outcomes expected, the reference's answer byte for byte."""

import os
from collections.abc import Iterator

import pytest

from tests.conformance.cases import Case, Group, fault, files, groups, known_gaps
from tests.conformance.engines import NEED_NODE, NEED_RUNTIME, NOT_SENT, ONE_WAY, RUNTIMES, Answers
from tests.conformance.programs import PASSES
from tests.conformance.session import REFERENCE, Conformance
from tests.runtimes import require

SHOWN = 10
LANES = [(runtime, passes) for runtime in RUNTIMES for passes in PASSES if ONE_WAY.get(runtime, passes) == passes]


@pytest.fixture(scope="session")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Conformance:
    """The answers, shared by all processes of the test run."""
    base = tmp_path_factory.getbasetemp()
    return Conformance((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "conformance")


@pytest.mark.parametrize("file", files())
@pytest.mark.parametrize(
    ("runtime", "passes"),
    [
        pytest.param(runtime, passes, id=f"{runtime}-{passes}", marks=[pytest.mark.node] * (runtime in NEED_NODE))
        for runtime, passes in LANES
    ],
)
def test_cases(conformance: Conformance, runtime: str, passes: str, file: str) -> None:
    if runtime in NEED_RUNTIME:
        require(NEED_RUNTIME[runtime])
    answers, references = conformance.answers(runtime, passes), conformance.answers(REFERENCE, "off")
    gaps = {gap.case for gap in known_gaps() if gap.runtime == runtime}
    problems = []
    for group, case, text, reference in answered(file, answers, references):
        found = None if text == NOT_SENT else fault(case, text, reference)
        name = group.case_name(case)
        if found is not None and name not in gaps:
            problems.append(f"{name}: {found}")
        if found is None and name in gaps:
            problems.append(f"{name}: passes: take its entry out of exceptions.json")
    assert not problems, "\n".join([f"{len(problems)} cases differ", *problems[:SHOWN]])


def test_the_exceptions_name_cases_and_runtimes() -> None:
    names = {group.case_name(case) for file in files() for group, case in cases_of(file)}
    unknown = [gap for gap in known_gaps() if gap.case not in names or gap.runtime not in RUNTIMES]
    assert not unknown
    assert all(gap.reason for gap in known_gaps())


def test_the_names_of_cases_are_unique() -> None:
    names = [group.case_name(case) for file in files() for group, case in cases_of(file)]
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})[:SHOWN]


@pytest.mark.node
def test_nearly_all_cases_can_be_sent(conformance: Conformance) -> None:
    answers = conformance.answers("worker-workerd", "on")
    not_sent = [
        group.case_name(case)
        for group in groups()
        for case, text in zip(group.cases, answers[group.number], strict=True)
        if text == NOT_SENT
    ]
    assert len(not_sent) < sum(len(group.cases) for group in groups()) / 20, not_sent


def answered(file: str, answers: Answers, references: Answers) -> Iterator[tuple[Group, Case, str, str]]:
    """The cases of a file, each with its group, its answer and the reference's."""
    for group in groups():
        if group.file == file:
            found = zip(group.cases, answers[group.number], references[group.number], strict=True)
            yield from ((group, *one) for one in found)


def cases_of(file: str) -> Iterator[tuple[Group, Case]]:
    """The cases of a file, each with its group."""
    for group in groups():
        if group.file == file:
            yield from ((group, case) for case in group.cases)
