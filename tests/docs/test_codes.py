"""Every code that a diagnostic can have stands in a table of the errors page, and the tables hold no other."""

import ast
from collections.abc import Iterator

from decision_engine.models import MODEL_CODES
from feature_registry import CODES
from infra.codes import INFRA_CODES
from tests.architecture.sources import Module, modules

WITHOUT_DIAGNOSTIC = {"internal"}
"""Printed by the one place that catches a fault of Edgewise itself."""

ADAPTERS = (
    "functions.edge.cloudfront.observed.",
    "functions.edge.cloudfront.function.",
    "functions.edge.small_hosts.",
)
"""Adapters that refuse programs which their platform cannot run."""


def test_every_code_of_the_registry_is_in_its_table() -> None:
    assert codes_given("feature_registry.") <= set(CODES)


def test_the_table_of_models_holds_the_codes_that_models_give() -> None:
    given = codes_given("decision_engine.model", "decision_engine.trees.", "decision_engine.targets.")
    assert set(MODEL_CODES) <= given <= set(CODES) | set(MODEL_CODES)


def test_the_table_of_commands_holds_the_codes_that_commands_give() -> None:
    assert set(INFRA_CODES) == codes_given("infra.", *ADAPTERS) | WITHOUT_DIAGNOSTIC


def codes_given(*places: str) -> set[str]:
    """The codes written out in calls within these modules, as the argument of a parameter `code: str`."""
    givers = dict(code for module in _diagnosing() for code in _givers(module))
    assert {"error", "FileError", "EngineError", "ModelError", "problem"} <= givers.keys()
    calls = (
        node
        for module in _diagnosing()
        if f"{module.name}.".startswith(places)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
    )
    found = {code for call in calls for code in _codes(call, givers)}
    assert found
    return found


def _diagnosing() -> list[Module]:
    """The modules that make diagnostics; the hosts have codes of their own (docs/reference/host.md)."""
    return [module for module in modules().values() if ".hosts." not in module.name]


def _givers(module: Module) -> Iterator[tuple[str, int]]:
    """What is called with a code: a function, a method, or a class, and which argument the code is."""
    for parent in ast.walk(module.tree):
        if not isinstance(parent, ast.Module | ast.ClassDef):
            continue
        for function in parent.body:
            if not isinstance(function, ast.FunctionDef):
                continue
            parameters = [one.arg for one in function.args.args if one.arg != "self"]
            annotated = {one.arg: ast.unparse(one.annotation) for one in function.args.args if one.annotation}
            if annotated.get("code") == "str":
                is_class = isinstance(parent, ast.ClassDef) and function.name == "__init__"
                yield parent.name if is_class else function.name, parameters.index("code")


def _codes(call: ast.Call, givers: dict[str, int]) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name not in givers:
        return
    given = [*call.args[givers[name] : givers[name] + 1], *(one.value for one in call.keywords if one.arg == "code")]
    for argument in given:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
