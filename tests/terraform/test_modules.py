"""Every module by itself: formatted, valid, and held to its own tests."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.terraform.provider import Terraform, terraform_at

MODULES = sorted(path.parent for path in (ROOT / "terraform" / "modules").glob("*/main.tf"))
FILES = ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md")
_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return terraform_at(tmp_path_factory.mktemp("terraform"))


def test_there_are_modules() -> None:
    assert MODULES


def test_everything_is_formatted(terraform: Terraform) -> None:
    assert terraform.run(ROOT / "terraform", "fmt", "-check", "-recursive", "-diff", "-no-color") == ""


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_has_its_files(module: Path) -> None:
    assert [name for name in FILES if not (module / name).exists()] == []
    assert list(module.glob("tests/*.tftest.hcl"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_every_variable_is_typed_and_described(module: Path) -> None:
    for kind, name, body in _BLOCK.findall("".join((module / file).read_text("utf-8") for file in FILES[1:3])):
        assert re.search(r'^  description = "\w.*\."$', body, re.MULTILINE), name
        assert kind == "output" or re.search(r"^  type +=", body, re.MULTILINE), name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_is_valid_and_passes_its_tests(module: Path, terraform: Terraform, tmp_path: Path) -> None:
    folder = tmp_path / module.name
    shutil.copytree(module, folder)
    own = Terraform(terraform.program, terraform.plugins, tmp_path / "data")
    own.init(folder)
    own.run(folder, "validate", "-no-color")
    told = own.run(folder, "test", "-no-color")
    assert re.search(r"^Success! \d+ passed, 0 failed\.$", told, re.MULTILINE), told
