"""`edgewise dump`: one stage of the compilation as stable text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import typer

from decision_engine.models import Models
from feature_registry import Registry
from infra.cli.parameters import AsJson, RegistryPath

EXAMPLE = "edgewise dump examples/online_shop/registry --stage program"


class Stage(StrEnum):
    """The stages, in the order of the way through."""

    REGISTRY = "registry"
    PROGRAM = "program"
    OPTIMISED = "optimised"
    TABLES = "tables"
    WASM = "wasm"
    JAVASCRIPT = "javascript"
    PYTHON = "python"


def dump(
    path: RegistryPath,
    stage: Annotated[Stage, typer.Option("--stage", help="What to print.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Print one stage of the compilation.

    The merged registry, the program before and after the passes, the hosts' tables, or the text of a target.
    """
    from infra.cli.inputs import read_registry
    from infra.cli.output import print_json, print_text

    registry, models = read_registry(path)
    text = _STAGES[stage](registry, models)
    if as_json:
        print_json({"ok": True, "stage": stage, "registry": registry.digest, "text": text})
    else:
        print_text(text)


def registry_text(registry: Registry) -> str:
    """The registry as one JSON file; it has the same digest, where its model files are at hand."""
    content: dict[str, dict[str, object]] = {}
    for (kind, name), file in registry.files.items():
        assert isinstance(file.value, dict), "a registry file is an object"
        content.setdefault(kind, {})[name] = file.value[kind][name]
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _program(registry: Registry, models: Models) -> str:
    from decision_engine.ir import print_program
    from decision_engine.pipeline import compile_program

    return print_program(compile_program(registry, models, passes=False))


def _optimised(registry: Registry, models: Models) -> str:
    from decision_engine.ir import print_program
    from decision_engine.pipeline import compile_program

    return print_program(compile_program(registry, models))


def _tables(registry: Registry, models: Models) -> str:
    from decision_engine.pipeline import compile_program
    from decision_engine.tables import tables

    return json.dumps(tables(compile_program(registry, models)), ensure_ascii=False, indent=2) + "\n"


def _wasm(registry: Registry, models: Models) -> str:
    from decision_engine.pipeline import compile_program
    from decision_engine.targets.wasm import emit_wasm, print_module

    return print_module(emit_wasm(compile_program(registry, models)).module)


def _javascript(registry: Registry, models: Models) -> str:
    from decision_engine.pipeline import compile_program
    from decision_engine.targets.javascript import emit_javascript

    return emit_javascript(compile_program(registry, models))


def _python(registry: Registry, models: Models) -> str:
    from decision_engine.pipeline import compile_program
    from decision_engine.targets.python import emit_python

    return emit_python(compile_program(registry, models))


_STAGES: Mapping[Stage, Callable[[Registry, Models], str]] = MappingProxyType(
    {
        Stage.REGISTRY: lambda registry, _: registry_text(registry),
        Stage.PROGRAM: _program,
        Stage.OPTIMISED: _optimised,
        Stage.TABLES: _tables,
        Stage.WASM: _wasm,
        Stage.JAVASCRIPT: _javascript,
        Stage.PYTHON: _python,
    }
)
