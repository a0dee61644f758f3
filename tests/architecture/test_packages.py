"""Every module says what it is for, stays readable in length, and every package names its public surface."""

import ast
import importlib

import pytest

from tests.architecture.sources import LAYERS, ROOT, Module, modules

LONGEST_FILE = 400
PACKAGES = sorted(name for name, module in modules().items() if module.is_package)


def test_every_module_has_a_docstring() -> None:
    missing = [module.place() for module in modules().values() if not ast.get_docstring(module.tree)]
    assert not missing, "\n".join(missing)


def test_no_module_is_too_long() -> None:
    lengths = {module.place(): len(module.text.splitlines()) for module in modules().values()}
    assert not {place: length for place, length in lengths.items() if length > LONGEST_FILE}


def test_every_folder_of_modules_is_a_package() -> None:
    bare = {
        str(module.path.parent.relative_to(ROOT))
        for module in modules().values()
        if not (module.path.parent / "__init__.py").exists()
    }
    assert not bare


@pytest.mark.parametrize("name", PACKAGES)
def test_the_public_surface_of_a_package_exists(name: str) -> None:
    if not _has_surface(modules()[name]):
        return
    package = importlib.import_module(name)
    surface = getattr(package, "__all__", None)
    assert surface is not None, f"{name} has names but no __all__"
    assert len(set(surface)) == len(surface)
    assert not [public for public in surface if not hasattr(package, public)]
    assert not [public for public in surface if public.startswith("_") and public != "__version__"]


def _has_surface(module: Module) -> bool:
    """A package has one when it is a layer of its own, or when its __init__ holds more than a docstring."""
    return module.name in LAYERS or len(module.tree.body) > 1
