"""The artefact of the target `python-wheel`: one wheel with program, tables and host, ready for `pip install`.

A wheel is a zip with the digests of its files (https://packaging.python.org/specifications/binary-distribution-format/).
Its entries are stored, not deflated: what deflate writes depends on the zlib at hand, and the same program gives the
same bytes on every machine. Servers and registries compress it on the way.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from decision_engine.archives import zip_archive
from decision_engine.artefact import Artefact, artefact
from decision_engine.ir import Program
from decision_engine.targets.python.build import python_files
from decision_engine.targets.python.emit import python_choices

TARGET = "python-wheel"
PACKAGE = "edgewise_decisions"
"""The package that is imported once the wheel is installed."""

TAG = "py3-none-any"
"""Any Python 3, any machine."""

API_VERSION = "1.0"
"""The version of what the package exports; the registry's digest follows it as the local version."""


def build_wheel(program: Program) -> Artefact:
    """`edgewise_decisions-VERSION-py3-none-any.whl`; VERSION ends with the beginning of the registry's digest."""
    distribution = f"{PACKAGE}-{wheel_version(program.registry)}"
    files = {
        "__init__.py": (Path(__file__).parent / "package.py").read_bytes(),
        "py.typed": b"",
        **python_files(program),
    }
    placed = {f"{PACKAGE}/{name}": content for name, content in files.items()}
    wheel = pack_wheel(distribution, placed, _metadata(program).encode(), TAG)
    return artefact(TARGET, program, {f"{distribution}-{TAG}.whl": wheel}, python_choices(program))


def wheel_version(registry: str) -> str:
    """The version of a registry's wheel: other registries have other ones (PEP 440, local version identifiers)."""
    return f"{API_VERSION}+r{registry.rpartition(':')[2][:12]}"


def pack_wheel(distribution: str, files: Mapping[str, bytes], metadata: bytes, tag: str) -> bytes:
    """The bytes of a wheel: `files` by their path in it, sorted, and behind them what describes them."""
    described = {
        f"{distribution}.dist-info/METADATA": metadata,
        f"{distribution}.dist-info/WHEEL": f"{_WHEEL}Tag: {tag}\n".encode(),
        f"{distribution}.dist-info/top_level.txt": f"{PACKAGE}\n".encode(),
    }
    record = f"{distribution}.dist-info/RECORD"
    entries = (*sorted(files.items()), *described.items())
    lines = [f"{name},{_digest(content)},{len(content)}\n" for name, content in entries]
    return zip_archive(files, {**described, record: f"{''.join(lines)}{record},,\n".encode()})


_WHEEL = """\
Wheel-Version: 1.0
Generator: edgewise
Root-Is-Purelib: true
"""


def _metadata(program: Program) -> str:
    names = [f"- `{decision.name}`" for decision in program.decisions]
    return "\n".join(
        [
            "Metadata-Version: 2.1",
            f"Name: {PACKAGE.replace('_', '-')}",
            f"Version: {wheel_version(program.registry)}",
            "Summary: The decisions of one registry, compiled by Edgewise",
            "Requires-Python: >=3.11",
            "Description-Content-Type: text/markdown",
            "",
            f"Compiled by Edgewise from the registry `{program.registry}`.",
            "",
            f"`{PACKAGE}.decide(request, at=None)` gives the answer to one request. The decisions:",
            "",
            *names,
            "",
        ]
    )


def _digest(content: bytes) -> str:
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()}"
