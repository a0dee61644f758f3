"""Random documents and visitors: what the imported registry shows is what the source's own library shows."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from decision_engine.importing import EngineSemantics
from feature_registry.importers.draft import RegistryDraft
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.jsonlogic import import_rule
from tests.importers import flagd_cases, growthbook_cases, random_documents
from tests.importers.oracle import ask
from tests.importers.runner import Answered, Imported, run

pytestmark = pytest.mark.node

DOCUMENTS, VISITORS = 40, 12


def wrong(answered: list[Answered]) -> list[Any]:
    return [(one.case, one.engine, one.value, one.expected) for one in answered if not one.is_right]


def test_growthbook() -> None:
    random = Random(20261121)
    documents = [random_documents.growthbook(random) for _ in range(DOCUMENTS)]
    visitors = [[random_documents.attributes(random) for _ in range(VISITORS)] for _ in documents]
    asked = [
        [(key, one) for key in document["features"] for one in people]
        for document, people in zip(documents, visitors, strict=True)
    ]
    lines = [{"kind": "growthbook", "document": d, "cases": c} for d, c in zip(documents, asked, strict=True)]
    imported, left_out = [], 0
    for number, (document, cases, answers) in enumerate(zip(documents, asked, ask(lines), strict=True)):
        found, report = growthbook_cases.imported(document)
        left_out += len(report.left_out)
        one = Imported(found)
        for (key, visitor), answer in zip(cases, answers, strict=True):
            if key in report.decisions:
                request = growthbook_cases.request_of(visitor, report)
                title = f"{number} {key} {document['features'][key]} {visitor}"
                one.cases.append((title, report.decisions[key], request, answer["value"]))
        imported.append(one)
    answered = run([one for one in imported if one.cases])
    assert left_out <= DOCUMENTS // 10
    assert len(answered) > 3000
    assert wrong(answered)[:3] == []


def test_flagd() -> None:
    random = Random(20261122)
    documents = [random_documents.flagd(random) for _ in range(DOCUMENTS)]
    asked = [
        [(key, random_documents.context(random)) for key in document["flags"] for _ in range(VISITORS)]
        for document in documents
    ]
    lines = [{"kind": "flagd", "document": d, "cases": c} for d, c in zip(documents, asked, strict=True)]
    imported = []
    for number, (document, cases, answers) in enumerate(zip(documents, asked, ask(lines), strict=True)):
        found, report = flagd_cases.imported(document)
        assert not report.left_out
        one = Imported(found)
        for (key, context), answer in zip(cases, answers, strict=True):
            if "cat" in str(document["flags"][key]) and "email" not in context:
                continue  # the library's compiled `cat` joins null as a text, unlike its interpreter and JsonLogic
            request = flagd_cases.request_of(context, report)
            title = f"{number} {key} {document['flags'][key]} {context}"
            one.cases.append((title, report.decisions[key], request, answer.get("value")))
        imported.append(one)
    answered = run(imported)
    assert len(answered) > 3000
    assert wrong(answered)[:3] == []


def test_jsonlogic() -> None:
    random = Random(20261123)
    rules = [{"!!": [random_documents.jsonlogic(random)]} for _ in range(200)]
    visitors = [random_documents.attributes(random, lists=("tags",)) for _ in range(VISITORS)]
    lines = [{"kind": "jsonlogic", "cases": [(rule, visitor) for visitor in visitors]} for rule in rules]
    draft, cases, carried = RegistryDraft(EngineSemantics()), [], 0
    for number, (rule, answers) in enumerate(zip(rules, ask(lines), strict=True)):
        before = draft.checkpoint()
        try:
            decision = import_rule(draft, f"rule {number}", rule, [])
        except NotCarriedError:
            draft.restore(before)
            continue
        carried += 1
        for visitor, answer in zip(visitors, answers, strict=True):
            if "value" in answer:
                cases.append((f"{rule} {visitor}", decision, {"attributes": visitor}, answer["value"]))
    assert carried > 150
    answered = run([Imported(dict(draft.build()), cases)])
    assert wrong(answered)[:3] == []
