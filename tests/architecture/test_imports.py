"""Imports run one way: between the packages, inside each of them, and around the Python host."""

import sys
from collections.abc import Iterator, Mapping

from tests.architecture.sources import LAYERS, imported_module, imports, modules

PYTHON_HOST = "decision_engine.hosts.python"


def test_every_layer_exists() -> None:
    assert set(LAYERS) <= set(modules())


def test_no_layer_imports_a_later_one() -> None:
    wrong = [
        f"{module.place(found.line)} imports {found.target}"
        for module in modules().values()
        for found in imports(module)
        if (layer := found.target.partition(".")[0]) in LAYERS and LAYERS.index(layer) > LAYERS.index(module.layer)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_product_does_not_import_its_tests() -> None:
    wrong = [
        f"{module.place(found.line)} imports {found.target}"
        for module in modules().values()
        for found in imports(module)
        if found.target.partition(".")[0] in {"tests", "examples"}
    ]
    assert not wrong, "\n".join(wrong)


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {
        module.name: {
            target
            for found in imports(module)
            if found.at_module_level and (target := imported_module(found.target)) and target != module.name
        }
        for module in modules().values()
    }
    circles = [" <-> ".join(sorted(group)) for group in strongly_connected(graph) if len(group) > 1]
    assert not circles, "\n".join(circles)


def test_the_python_host_needs_only_the_standard_library() -> None:
    host = [module for module in modules().values() if f"{module.name}.".startswith(f"{PYTHON_HOST}.")]
    assert host, f"{PYTHON_HOST} does not exist"
    wrong = [
        f"{module.place(found.line)} imports {found.target}"
        for module in host
        for found in imports(module)
        if not f"{found.target}.".startswith(f"{PYTHON_HOST}.")
        and found.target.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert not wrong, "\n".join(wrong)


def test_strongly_connected_finds_circles_of_any_length() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert sorted(map(sorted, strongly_connected(graph))) == [["a", "b", "c"], ["d", "e"], ["f"]]


def strongly_connected(graph: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """Group the nodes that reach each other (Kosaraju's two passes: finish times forward, then trees backward)."""
    finished: list[str] = []
    _visit_all(graph, list(graph), finished)
    backward: dict[str, set[str]] = {node: set() for node in graph}
    for node, targets in graph.items():
        for target in targets:
            backward[target].add(node)
    seen: set[str] = set()
    for node in reversed(finished):
        if node not in seen:
            group: list[str] = []
            _visit(backward, node, seen, group)
            yield set(group)


def _visit_all(graph: Mapping[str, set[str]], nodes: list[str], finished: list[str]) -> None:
    seen: set[str] = set()
    for node in nodes:
        if node not in seen:
            _visit(graph, node, seen, finished)


def _visit(graph: Mapping[str, set[str]], node: str, seen: set[str], finished: list[str]) -> None:
    seen.add(node)
    for target in sorted(graph[node]):
        if target not in seen:
            _visit(graph, target, seen, finished)
    finished.append(node)
