"""The conformance cases as viewer requests: in njs, each answer equals the reference evaluator's byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decision_engine.ir import Program
from decision_engine.pipeline import compile_program
from decision_engine.reference import Reference
from functions.edge.cloudfront.build import build_cloudfront
from tests.conformance.cases import Case, Group, files, groups
from tests.conformance.programs import load_registry
from tests.edge.cloudfront.answers import answer
from tests.edge.cloudfront.njs import NEEDS_NJS, Call, event, headers, run, stringify

EXCEPTIONS = Path(__file__).with_name("exceptions.json")
SHOWN = 10


def exceptions() -> dict[str, str]:
    """The cases that a viewer request cannot express as they are, with the reason."""
    return {one["case"]: one["reason"] for one in json.loads(EXCEPTIONS.read_text(encoding="utf-8"))["exceptions"]}


@NEEDS_NJS
@pytest.mark.parametrize("file", files())
def test_a_viewer_request_is_decided_as_the_reference_does(file: str, tmp_path: Path) -> None:
    known = exceptions()
    problems = []
    for group in (group for group in groups() if group.file == file):
        for case, found, expected in answered(group, tmp_path):
            name = group.case_name(case)
            if (found != expected) != (name in known):
                problems.append(f"{name}: {found}\n  expected {expected}")
    assert not problems, "\n".join([f"{len(problems)} cases differ", *problems[:SHOWN]])


def test_the_exceptions_name_cases() -> None:
    names = {group.case_name(case) for group in groups() for case in group.cases}
    assert set(exceptions()) <= names
    assert all(exceptions().values())
    assert len(exceptions()) < len(names) / 50


def test_a_refused_object_is_one_with_a_lone_surrogate() -> None:
    """So the exceptions are what the strict JSON of other hosts refuses too."""
    cases = {group.case_name(case): case for group in groups() for case in group.cases}
    for name, reason in exceptions().items():
        if "surrogate" in reason:
            assert "\\ud" in stringify(cases[name].request)


def answered(group: Group, folder: Path) -> list[tuple[Case, str, str]]:
    """Each case with the answer found in the headers, and the reference's."""
    registry, models = load_registry(group.registry)
    program: Program = compile_program(registry, models)
    function = build_cloudfront(program).files["function.js"].decode()
    reference = Reference(registry, models)
    ran = run(function, [Call(event(case.request), case.at) for case in group.cases], folder)
    return [
        (case, answer(program, headers(request), _request(case), case.at), reference.decide(case.request, case.at))
        for case, request in zip(group.cases, ran.returned, strict=True)
    ]


def _request(case: Case) -> dict[str, Any]:
    request: dict[str, Any] = case.request
    return request
