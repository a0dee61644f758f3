"""Reads the repository as the architecture tests see it: modules with their imports, and files as text."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Innermost first: a package imports only those before it.
LAYERS = ("feature_registry", "decision_engine", "functions", "infra")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module or name, absolute, and where the import statement stands."""

    target: str
    line: int
    at_module_level: bool


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file of a product package."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def layer(self) -> str:
        return self.name.partition(".")[0]

    def place(self, line: int = 1) -> str:
        """A clickable `path:line`."""
        return f"{self.path.relative_to(ROOT)}:{line}"


@cache
def modules() -> dict[str, Module]:
    """Every module of the product packages by its dotted name."""
    found = {}
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text(encoding="utf-8")
            found[name] = Module(name, path, text, ast.parse(text, str(path)))
    return found


def imports(module: Module) -> Iterator[Import]:
    """All imports of a module; `from a import b` gives `a.b`, which may name a module or a name in one."""
    inside_functions = {
        id(inner)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(module.tree):
        at_module_level = id(node) not in inside_functions
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, at_module_level)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node)
            for alias in node.names:
                yield Import(f"{origin}.{alias.name}", node.lineno, at_module_level)


def imported_module(target: str) -> str | None:
    """The module of ours that an imported name stands in, or None for a foreign one."""
    known = modules()
    while target and target not in known:
        target = target.rpartition(".")[0]
    return target or None


@cache
def text_files() -> dict[str, str]:
    """Every text file that is, or is about to be, part of the repository, by its path from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    texts = {}
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def _origin(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    climbed = node.level - 1 if module.is_package else node.level
    base = parts[: len(parts) - climbed]
    return ".".join([*base, node.module] if node.module else base)
