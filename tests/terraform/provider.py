"""Terraform with the genuine AWS provider, where the machine has them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PROVIDER = "hashicorp/aws/5.100.0"
OVERRIDE = "EDGEWISE_TERRAFORM_PLUGINS"
"""The variable that names the plugin folder: the one that holds `HOST/hashicorp/aws/5.100.0`."""

_PLACES = ("/opt", "/usr/local/share/terraform/plugins", "~/.terraform.d/plugins")
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Terraform:
    """Runs terraform on a root module without network. `data` takes what terraform keeps beside its working folder."""

    program: str
    plugins: Path
    data: Path

    def run(self, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """What one command prints; an exit code other than 0 fails the test with all of it."""
        done = self.attempt(folder, *arguments, environment=environment)
        assert done.returncode == 0, f"terraform {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def attempt(
        self, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """One command, whatever its exit code."""
        settings = {
            "TF_DATA_DIR": str(self.data),
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            **(environment or {}),
        }
        return subprocess.run(
            [self.program, *arguments],
            cwd=folder,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def init(self, folder: Path) -> None:
        """Make the folder ready, with the provider of the machine alone."""
        self.run(folder, "init", "-backend=false", "-input=false", "-no-color", f"-plugin-dir={self.plugins}")

    def shown(self, folder: Path, *plan: str, environment: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """A plan, or the state without one, as `terraform show -json` gives it."""
        found: Mapping[str, Any] = json.loads(self.run(folder, "show", "-json", *plan, environment=environment))
        return found


def terraform_at(data: Path) -> Terraform:
    """Terraform with its data in `data`; skips the test where terraform or the provider is missing."""
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not installed")
    plugins = find_plugins()
    if plugins is None:
        pytest.skip(f"no folder holds {PROVIDER}; {OVERRIDE} can name one")
    return Terraform(program, plugins, data)


@cache
def find_plugins() -> Path | None:
    """The plugin folder: the one that the variable names, else the first one found."""
    named = os.environ.get(OVERRIDE)
    if named is not None:
        return Path(named)
    return next(
        (folder for place in _PLACES for folder in _folders(Path(place).expanduser(), _DEPTH) if _holds(folder)), None
    )


def _holds(folder: Path) -> bool:
    return any((host / PROVIDER).is_dir() for host in _inside(folder))


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    if depth > 0:
        for inside in _inside(folder):
            yield from _folders(inside, depth - 1)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except OSError:
        return []  # it is not there, or not ours to read
