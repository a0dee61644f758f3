"""`edgewise decide`: the answer to one request, by any engine."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from infra.cli.parameters import AsJson, DecisionNames, EngineName, EngineOption, RegistryPath, RequestFile, Time

EXAMPLE = "edgewise decide examples/online_shop/registry --request request.json --decision home_hero"


def decide(
    path: RegistryPath,
    request: RequestFile,
    decision: DecisionNames = None,
    engine: EngineOption = EngineName.REFERENCE,
    at: Time = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add why: each rule, each condition, each feature.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide one request.

    Prints the answer as JSON: indented, or on one line with --json. For a request with `signals`, what the consent gate
    makes of them comes with it.
    """
    from decision_engine.explain import explain_json
    from decision_engine.reference import Reference
    from infra.cli.inputs import read_registry, read_request, read_time
    from infra.cli.output import print_text
    from infra.consent.signals import gate, outcome_json
    from infra.engines import open_engine

    time = read_time(at)
    content = read_request(request)
    registry, models = read_registry(path)
    if decision:
        content["decisions"] = list(decision)
    gated = gate(registry, content, time)
    with open_engine(engine, registry, models) as opened:
        [answer] = opened.answers([(gated.request, time)])
    more = {} if gated.outcome is None else {"consent": outcome_json(gated.outcome)}
    if explain:
        more["explanation"] = explain_json(Reference(registry, models).evaluate(gated.request, time))
    if more:
        answer = json.dumps({**json.loads(answer), **more}, ensure_ascii=False, separators=(",", ":"))
    print_text(answer if as_json else json.dumps(json.loads(answer), ensure_ascii=False, indent=2))
