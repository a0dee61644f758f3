"""`edgewise explain`: why one request gets its outcomes, for people."""

from __future__ import annotations

from infra.cli.parameters import AsJson, DecisionNames, RegistryPath, RequestFile, Time

EXAMPLE = "edgewise explain examples/online_shop/registry --request request.json --decision home_hero"


def explain(
    path: RegistryPath,
    request: RequestFile,
    decision: DecisionNames = None,
    at: Time = None,
    as_json: AsJson = False,
) -> None:
    """Say why a request gets its outcomes.

    Which rule matched, what each condition saw, why the other rules did not match, and what each feature was. For a
    request with `signals` also what the consent gate makes of them, and by what.
    """
    from decision_engine.explain import explain_json, explain_text
    from decision_engine.reference import Reference
    from infra.cli.inputs import read_registry, read_request, read_time
    from infra.cli.output import print_json, print_text
    from infra.consent.signals import gate, outcome_json, outcome_text
    from infra.engines.reference import check_decisions

    time = read_time(at)
    content = read_request(request)
    registry, models = read_registry(path)
    if decision:
        content["decisions"] = list(decision)
    check_decisions(0, content, tuple(registry.decisions))
    gated = gate(registry, content, time)
    evaluated = Reference(registry, models).evaluate(gated.request, time)
    if as_json:
        consent = {} if gated.outcome is None else {"consent": outcome_json(gated.outcome)}
        print_json({**evaluated.answer, **consent, "explanation": explain_json(evaluated)})
    else:
        consent_lines = "" if gated.outcome is None else f"{outcome_text(gated.outcome)}\n"
        print_text(consent_lines + explain_text(evaluated))
