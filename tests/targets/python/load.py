"""Loading generated Python."""

from types import ModuleType


def load(text: str) -> ModuleType:
    """The module of `text`, run in a fresh namespace."""
    module = ModuleType("generated")
    exec(compile(text, "generated.py", "exec"), module.__dict__)
    return module
