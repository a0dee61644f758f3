"""The artefact of the target `cloudfront`: the functions, and what their deployment needs to know."""

from __future__ import annotations

import json
from dataclasses import replace

from decision_engine.artefact import Artefact, artefact, described
from decision_engine.ir import Program
from functions.edge.cloudfront.function import (
    HEADER,
    OBJECT_COOKIE,
    header_name,
    request_function,
    response_function,
    shorten,
)
from functions.edge.cloudfront.switches import KEY_PLACEHOLDER, STORE_KEY
from functions.edge.small_hosts import gated_purposes, refuse_imported

TARGET = "cloudfront"
RUNTIME = "cloudfront-js-2.0"
CHECKED = "njs-checked, not AWS-verified"
"""How far the code is known to run: in njs 0.7.9, which the platform's runtime is made of."""


def build_cloudfront(program: Program) -> Artefact:
    """`function.js` for viewer requests; `viewer_response.js` where a cookie is set; `deploy.json`; `readable.js`.

    Raises TargetError for what the platform cannot do. The size is the caller's to check (decision_engine/budget).
    """
    refuse_imported(program, TARGET)
    if gated_purposes(program):
        program = replace(program, identity=None)  # storage is one of them: no cookie is read or set
    readable = request_function(program)
    response = response_function(program)
    files = {
        "function.js": shorten(readable, program).encode(),
        "deploy.json": _deploy(program, response is not None),
        "readable.js": readable.encode(),
    }
    if response is not None:
        files["viewer_response.js"] = shorten(response, program).encode()
    return described(artefact(TARGET, program, files), {"checked": CHECKED})


def _deploy(program: Program, has_response: bool) -> bytes:
    document = {
        "runtime": RUNTIME,
        "checked": CHECKED,
        "viewer_request": "function.js",
        "viewer_response": "viewer_response.js" if has_response else None,
        "switches": {"store_key": STORE_KEY, "placeholder": KEY_PLACEHOLDER},
        "object_cookie": OBJECT_COOKIE,
        "cache_key_header": f"{HEADER}key",
        "headers": {decision.name: f"{HEADER}{header_name(decision.name)}" for decision in program.decisions},
        "leaves": {
            decision.name: [
                {"reason": leaf.reason, "rule": leaf.rule, "experiment": leaf.experiment, "variation": leaf.variation}
                for leaf in decision.leaves
            ]
            for decision in program.decisions
        },
    }
    return (json.dumps(document, indent=2) + "\n").encode()
