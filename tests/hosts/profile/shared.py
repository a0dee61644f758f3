"""The shared cases of profiles, and both implementations of what they hold."""

import json
import shutil
import subprocess
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

from decision_engine.hosts.python.profile import Profiles, Refusal
from decision_engine.profiles import unseal

CASES = Path(__file__).resolve().parents[2] / "conformance" / "profile"


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return document


def run_node(operations: list[dict[str, Any]]) -> list[Any]:
    """The JavaScript implementation's answer to each operation."""
    lines = "".join(json.dumps(operation) + "\n" for operation in operations)
    command = [shutil.which("node") or "node", Path(__file__).parent / "runner.mjs"]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(operations)
    return answers


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def secrets_of(keys: dict[str, str]) -> dict[str, bytes]:
    return {name: bytes_of(text) for name, text in keys.items()}


def profiles_of(document: dict[str, Any]) -> Profiles:
    """The Python implementation, as the cloud has it: it can open what is sealed."""
    return Profiles(document["table"], secrets_of(document["keys"]), unseal=unseal)


def read_token(profiles: Profiles, token: str, pseudonym: str, at: int) -> dict[str, Any]:
    """A token's profile, or why it does not count."""
    before = profiles.counters.as_dict()
    profile = profiles.read_token(token, pseudonym, at)
    refused = _refused(before, profiles)
    assert (profile is None) == (refused is not None)
    return {"profile": None if profile is None else profile._asdict(), "refused": refused}


def read_sticky(profiles: Profiles, text: str, pseudonym: str, at: int) -> dict[str, Any]:
    """A cookie's variations, or why it does not count."""
    before = profiles.counters.as_dict()
    variations = profiles.read_sticky(text, pseudonym, at)
    return {"variations": variations, "refused": _refused(before, profiles)}


def _refused(before: dict[str, int], profiles: Profiles) -> str | None:
    after = profiles.counters.as_dict()
    found = [str(reason) for reason in Refusal if after[reason] > before[reason]]
    assert len(found) <= 1
    return found[0] if found else None
