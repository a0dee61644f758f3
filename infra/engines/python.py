"""The engine `python`: the emitted Python module behind the Python host, in this process."""

from __future__ import annotations

from collections.abc import Callable

from decision_engine.hosts.python import Host, RequestError
from decision_engine.ir import Program
from decision_engine.targets.python import emit_python
from infra.engines.engine import Batch, InProcess, host_tables, refusal


class PythonEngine(InProcess):
    """Decides by the emitted text. An exception inside is raised, where an edge would give the neutral outcome."""

    name = "python"

    def __init__(self, program: Program) -> None:
        self._decisions = [decision.name for decision in program.decisions]
        self._decide = load_module(emit_python(program))
        self._host = Host(host_tables(program), self._decide, target=self.name)

    def answers(self, batch: Batch) -> list[str]:
        """The answer's text of each request."""
        texts = []
        for index, (request, at) in enumerate(batch):
            codes = self._decide(self._host.encode(request, at).vector)
            try:
                texts.append(self._host.render(codes, request, at))
            except RequestError as error:
                raise refusal(index, error.code, error.message, request, self._decisions) from None
        return texts


def load_module(text: str) -> Callable[[list[float]], list[int]]:
    """The function `decide` of an emitted module."""
    module: dict[str, object] = {"__name__": "program"}
    exec(compile(text, "program.py", "exec"), module)
    decide = module["decide"]
    assert callable(decide), "an emitted module has `decide`"
    return decide
