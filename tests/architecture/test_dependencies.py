"""The dependencies of pyproject.toml, their reasons, and their pins agree."""

import re
import tomllib

import pytest

from tests.architecture.sources import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
DEVELOPER = [*PROJECT["dependencies"], *(one for name in ("test", "check", "train", "build") for one in EXTRAS[name])]


@pytest.mark.parametrize(("lock", "wanted"), [("runtime.txt", PROJECT["dependencies"]), ("dev.txt", DEVELOPER)])
def test_every_dependency_is_pinned(lock: str, wanted: list[str]) -> None:
    missing = {_name(one) for one in wanted} - _pins(lock).keys()
    assert not missing, f"run `make lock`: {sorted(missing)}"


def test_both_locks_pin_the_same_versions() -> None:
    developer = _pins("dev.txt")
    assert not {name: pin for name, pin in _pins("runtime.txt").items() if developer.get(name) != pin}


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for one in [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["check"], *EXTRAS["train"]]:
        assert re.search(rf'^\s*"{re.escape(one)}",\s+# \w', text, re.MULTILINE), f"{one} has no reason beside it"


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return found[0].lower().replace("_", "-")


def _pins(lock: str) -> dict[str, set[str]]:
    """Versions by name; a name has two where Python versions differ."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements" / lock).read_text(encoding="utf-8"), re.MULTILINE
    ):
        pins.setdefault(name, set()).add(version)
    return pins
