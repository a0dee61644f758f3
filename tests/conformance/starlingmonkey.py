"""A module that decides cases while it starts and prints the answers: for a runtime of which only the build is here."""

from __future__ import annotations

import json
from collections.abc import Sequence

ANSWERS_LINE = "ANSWERS "
"""The beginning of each line of answers; a program's answers are a list of texts on one line."""

_RUN = """
programs.forEach(([program, tables], number) => {
  const faults = [];
  const host = createHost(tables, program, { onError: (error) => faults.push(error) });
  const answers = cases[number].map(([request, at]) => answer(host, faults, request, at));
  console.log(ANSWERS_LINE + JSON.stringify(answers));
});

function answer(host, faults, request, at) {
  faults.length = 0;
  try {
    const text = host.decide(request, at);
    return faults.length === 0 ? text : `error: ${faults[0]}`;
  } catch (error) {
    return `error: ${error.code ?? error}`;
  }
}

addEventListener("fetch", (event) => event.respondWith(new Response()));
"""


def module(programs: Sequence[tuple[str, Sequence[tuple[object, int]]]]) -> str:
    """The text of the module, beside the folder `host`: of each program's folder, and its cases."""
    imports = ['import { createHost } from "./host/host.js";']
    for number, (folder, _) in enumerate(programs):
        imports.append(f'import * as program_{number} from "{folder}/program.js";')
        imports.append(f'import tables_{number} from "{folder}/tables.js";')
    pairs = ", ".join(f"[program_{number}, tables_{number}]" for number in range(len(programs)))
    cases = json.dumps([cases for _, cases in programs])
    # JSON.parse, since a literal `__proto__` would not become a member.
    values = [f"const cases = JSON.parse({json.dumps(cases)});", f"const programs = [{pairs}];"]
    return "\n".join([*imports, f"const ANSWERS_LINE = {json.dumps(ANSWERS_LINE)};", *values, _RUN])
