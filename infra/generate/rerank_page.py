"""The re-rank endpoint as an OpenAPI document, from its models."""

from __future__ import annotations

import json

from decision_engine.rerank_contract import openapi


def rerank_page(command: str) -> str:
    """JSON, with a note that says what generated it."""
    document = {"x-generated-by": command, **openapi()}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
