"""The form of the Python wheel for Pyodide: byte code of its interpreter, and the lock file that it loads by.

pyodide-build does both: `pyodide lockfile add-wheels` puts the wheel beside Pyodide's own packages, and `pyodide
py-compile` makes byte code of it. Byte code fits one version of Python, so the tool runs under an interpreter of the
version that Pyodide holds, in an environment of its own (`scripts/pyodide.sh` makes it).

The tool stamps the time of the build and leaves the wheel's own tag and record as they were. So the wheel is packed
anew, and the lock gets the digest of what was packed: the same program then gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from decision_engine.artefact import MANIFEST, Artefact, artefact
from decision_engine.ir import Program
from decision_engine.targets.python.wheel import PACKAGE, build_wheel, pack_wheel
from infra.errors import EngineError

TARGET = "pyodide"
LOCK = "pyodide-lock.json"
VARIABLE = "EDGEWISE_PYODIDE_PYTHON"
"""Names the interpreter that has pyodide-build; without it the one that set-up makes in the checkout is taken."""

_ROOT = Path(__file__).resolve().parents[2]
_HELP = "`scripts/pyodide.sh` makes it when it finds an interpreter of that version"
_BYTE_CODE_BY_CONTENT = {"SOURCE_DATE_EPOCH": "315532800"}  # py_compile then records a digest instead of a time


@dataclass(frozen=True, slots=True)
class Tool:
    """An interpreter with pyodide-build, and the lock file of the Pyodide that it fits."""

    python: Path
    lock: Path


def find_tool() -> Tool:
    """The tool of this machine. Raises EngineError when Pyodide, or an interpreter of its version, is missing."""
    lock = _ROOT / "node_modules" / "pyodide" / LOCK
    if not lock.is_file():
        raise EngineError("no-pyodide", "expected Pyodide in node_modules, found none", "`make setup` installs it")
    wanted = json.loads(lock.read_bytes())["info"]["python"].rpartition(".")[0]
    named = os.environ.get(VARIABLE)
    python = Path(named) if named else _ROOT / ".venv" / "pyodide" / "bin" / "python"
    if not python.is_file():
        raise EngineError("no-pyodide", f"expected Python {wanted} with pyodide-build, found none", _HELP)
    check = "import sys, pyodide_build, pkginfo; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", check], capture_output=True, text=True, check=False)
    found = done.stdout.strip() or "none that runs"
    if found != wanted:
        raise EngineError("no-pyodide", f"expected Python {wanted} with pyodide-build, found {found}", _HELP)
    return Tool(python, lock)


def build_pyodide(program: Program, tool: Tool) -> Artefact:
    """The wheel as byte code, and `pyodide-lock.json` with Pyodide's own packages and this one.

    Raises EngineError when pyodide-build fails.
    """
    (name, wheel), *_ = [item for item in build_wheel(program).files.items() if item[0] != MANIFEST]
    with tempfile.TemporaryDirectory(prefix="edgewise-") as temporary:
        folder = Path(temporary)
        (folder / name).write_bytes(wheel)
        _run(tool, "lockfile", "add-wheels", "--input", tool.lock, "--output", folder / LOCK, folder / name)
        _run(tool, "py-compile", "--silent", "--compression-level", "0", folder)
        lock = json.loads((folder / LOCK).read_bytes())
        entry: dict[str, Any] = lock["packages"][PACKAGE.replace("_", "-")]
        compiled = (folder / entry["file_name"]).read_bytes()
    sealed = _seal(entry["file_name"], compiled)
    entry["sha256"] = hashlib.sha256(sealed).hexdigest()
    text = json.dumps(lock, separators=(",", ":"), sort_keys=True) + "\n"
    return artefact(TARGET, program, {entry["file_name"]: sealed, LOCK: text.encode()})


def _seal(name: str, wheel: bytes) -> bytes:
    """The wheel packed anew, with the tag of its name and a record of the files that it holds."""
    package, version, tag = name.removesuffix(".whl").split("-", 2)
    with zipfile.ZipFile(BytesIO(wheel)) as file:
        files = {entry: file.read(entry) for entry in file.namelist() if entry.startswith(f"{PACKAGE}/")}
        (metadata,) = [file.read(entry) for entry in file.namelist() if entry.endswith(".dist-info/METADATA")]
    return pack_wheel(f"{package}-{version}", files, metadata, tag)


def _run(tool: Tool, *arguments: str | Path) -> None:
    command = [tool.python, "-m", "pyodide_cli", *arguments]
    environment = {**os.environ, **_BYTE_CODE_BY_CONTENT}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=environment)
    if done.returncode != 0:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        message = f"pyodide-build failed in `{arguments[0]}`: {said[-1] if said else 'it said nothing'}"
        raise EngineError("pyodide-failed", message)
