"""What all tests share: the mark of tests that need node, and the profiles of hypothesis."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# No deadline: a first example may start a runtime. In CI the examples are the same on every run.
settings.register_profile("local", deadline=None, max_examples=100, print_blob=True)
settings.register_profile("ci", deadline=None, max_examples=100, print_blob=True, derandomize=True, database=None)
settings.load_profile("ci" if IN_CI else "local")


def missing_node_parts() -> list[str]:
    """Name what the JavaScript runtimes lack on this machine; empty when they can run."""
    parts = {"node": shutil.which("node"), "node_modules": (ROOT / "node_modules" / "workerd").is_dir()}
    return [name for name, present in parts.items() if not present]


def require_node() -> None:
    """Skip the calling test without node; in CI, fail it, so that a broken set-up cannot pass unseen."""
    if missing := missing_node_parts():
        reason = f"needs {' and '.join(missing)}: run `make setup` with node 20 or later installed"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("node"):
        require_node()


@pytest.fixture(scope="session")
def node() -> Path:
    """The node program, with the packages of package.json installed in `ROOT / "node_modules"`."""
    require_node()
    return Path(shutil.which("node") or "node")
