"""A re-rank endpoint on one machine: it decides again, with what only the cloud knows, by the same wasm program.

python -m infra.local.rerank REGISTRY [--port 8799] [--fault slow]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from decision_engine.models import Models, load_models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.rerank_contract import (
    PATH,
    AnsweredOutcome,
    AnsweredRanking,
    AskedDecision,
    ErrorPart,
    RerankError,
    RerankRequest,
    RerankResponse,
)
from feature_registry import DecisionDocument, RankRule, Registry, RegistryError, load, render
from infra.engines.wasm import WasmEngine
from infra.local.faults import FAULTS, Fault, Faulty

_LONGEST = 65_536 * 4  # bytes of a question's characters
_MOST_ERRORS = 3
_KEY = re.compile('"[0-9a-f]{32}"')


class Reranker:
    """Decides a registry's decisions again.

    `known` has features by unit and id, of all tiers; what a question says of the same feature counts less. `sold_out`
    are payloads that nobody is shown. The program is the registry's own, but for rankings, which order all candidates.
    """

    def __init__(
        self,
        registry: Registry,
        models: Models,
        *,
        known: Mapping[tuple[str, str], Mapping[str, object]] | None = None,
        sold_out: Collection[str] = (),
    ) -> None:
        import orjson

        self._loads = orjson.loads
        self.registry = registry
        self._known = known or {}
        self._sold_out = frozenset(sold_out)
        decisions = {name: _widened(registry, decision) for name, decision in registry.decisions.items()}
        self._engine = WasmEngine(compile_program(replace(registry, decisions=decisions), models))

    def answer(self, asked: RerankRequest) -> RerankResponse:
        """The outcomes. Decisions that the registry does not have, and those that now go by another rule than the one
        that ranked, are left out."""
        names = [name for name in asked.decisions if name in self.registry.decisions]
        features: dict[str, object] = dict(asked.features)
        for unit, identity in asked.units.items():
            features |= self._known.get((unit, identity), {})
        request: dict[str, object] = {"features": features, "units": dict(asked.units), "decisions": names}
        decided = self._loads(self._engine.answers([(request, asked.at)])[0])["decisions"]
        found = {name: self._outcome(name, asked.decisions[name], decided[name]) for name in names}
        return RerankResponse(
            contract=1,
            registry=self.registry.digest,
            decisions={name: one for name, one in found.items() if one is not None},
            model="local",
        )

    def _outcome(
        self, name: str, asked: AskedDecision, decided: Mapping[str, object]
    ) -> AnsweredOutcome | AnsweredRanking | None:
        if asked.candidates is None:
            outcome = decided["outcome"]
            if not isinstance(outcome, str) or outcome in self._sold_out or self._is_ranked(name, decided["rule"]):
                return None
            return AnsweredOutcome(outcome=outcome)
        payload = decided["payload"]
        if decided["rule"] != asked.rule or not isinstance(payload, dict):
            return None
        order = [str(item["key"]) for item in payload["items"]]
        left = [key for key in order if key in asked.candidates and key not in self._sold_out]
        return AnsweredRanking(items=tuple(left[: asked.top])) if left else None

    def _is_ranked(self, name: str, rule: object) -> bool:
        return isinstance(rule, int) and isinstance(self.registry.decisions[name].rules[rule], RankRule)


def application(reranker: Reranker) -> Starlette:
    """The endpoint."""

    async def rerank(request: Request) -> Response:
        if _KEY.fullmatch(request.headers.get("idempotency-key", "")) is None:
            return _problem(400, "bad-request", "expected the header `idempotency-key` with 32 hex digits in quotes")
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LONGEST:
                    return _problem(413, "too-large", f"expected at most {_LONGEST} bytes")
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            asked = RerankRequest.model_validate_json(bytes(body))
        except ValidationError as error:
            return _problem(400, "bad-request", _told(error))
        if asked.registry != reranker.registry.digest:
            message = f"expected the registry {reranker.registry.digest}, found {asked.registry}"
            return _problem(409, "unknown-registry", message)
        answer = reranker.answer(asked)
        return Response(answer.model_dump_json(exclude_none=True), 200, media_type="application/json")

    return Starlette(routes=[Route(PATH, rerank, methods=["POST"])])


def main(arguments: list[str]) -> int:
    """Serve until it is stopped; exit code 1 for a registry with errors."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.rerank", description=__doc__)
    parser.add_argument("registry", type=Path)
    parser.add_argument("--port", type=int, default=8799)
    parser.add_argument("--fault", choices=FAULTS, default="none", help="how it misbehaves")
    given = parser.parse_args(arguments)
    try:
        registry = load(given.registry, SIGNATURES)
        reranker = Reranker(registry, load_models(registry))
    except RegistryError as error:
        print(render(error.diagnostics), file=sys.stderr)
        return 1
    app = Faulty(application(reranker), Fault(given.fault))
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")
    return 0


def _widened(registry: Registry, decision: DecisionDocument) -> DecisionDocument:
    """The decision with rankings of all their candidates."""
    rules = tuple(
        rule.model_copy(update={"top": max(1, len(registry.group(rule.rank)))}).placed(rule.at)
        if isinstance(rule, RankRule)
        else rule
        for rule in decision.rules
    )
    return decision.model_copy(update={"rules": rules})


def _problem(status: int, what: str, message: str) -> Response:
    error = RerankError(error=ErrorPart(code=what, message=message))
    return Response(error.model_dump_json(), status, media_type="application/json")


def _told(error: ValidationError) -> str:
    """The first faults, by place, without what was sent."""
    found = [f"{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
    return "; ".join(found[:_MOST_ERRORS])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
