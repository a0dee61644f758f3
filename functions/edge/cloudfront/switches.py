"""Live switches: a small signed value of the KeyValueStore that turns decisions and experiments off.

The value under the key `edgewise` is `SIGNATURE BODY`. BODY is the JSON list `[sequence, until, name, ...]`: the time
`until` (ms UTC) is when the value stops to count; a name is `decisions/NAME` (with `-` for `_`, as in the decision's
header) or `experiments/NAME`. SIGNATURE is the
base64url of HMAC-SHA256 of BODY by a key that stands in the function's code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass

KEY_PLACEHOLDER = "EDGEWISE-SWITCH-KEY-IS-PUT-IN-WHEN-DEPLOYED"
"""What stands in a compiled function instead of the key; as long as a key, so that the size does not change."""
STORE_KEY = "edgewise"
"""The key of the KeyValueStore."""
LONGEST = 1000
"""Bytes of a value, by the stricter reading of CloudFront's 1 KB."""

_SIGNATURE = 43
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"(?:decisions|experiments)/[a-z][a-z0-9_]{0,63}")


class SwitchError(ValueError):
    """A value of switches, or a key, that does not hold. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Switches:
    """What is off: names `decisions/NAME` and `experiments/NAME`. `until` is ms UTC."""

    sequence: int
    until: int
    off: tuple[str, ...]


def new_key() -> str:
    """A random key: 43 characters of base64url."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii").rstrip("=")


def insert_key(function: str, key: str) -> str:
    """The function's code with its key. Raises SwitchError when either is not as expected."""
    _check_key(key)
    if function.count(KEY_PLACEHOLDER) != 1:
        raise SwitchError("no-placeholder", "expected the code of a compiled function, found no place for the key")
    return function.replace(KEY_PLACEHOLDER, key)


def mint(switches: Switches, key: str, *, decisions: Collection[str] = (), experiments: Collection[str] = ()) -> str:
    """The signed value. Names are compared with `decisions` and `experiments`, where those are given.

    Raises SwitchError for an unknown or malformed name, and for a value beyond the store's limit.
    """
    _check_key(key)
    known = {"decisions": decisions, "experiments": experiments}
    for name in switches.off:
        kind, _, bare = name.partition("/")
        if _NAME.fullmatch(name) is None:
            raise SwitchError("bad-switch", f"expected decisions/NAME or experiments/NAME, found `{name}`")
        if known[kind] and bare not in known[kind]:
            raise SwitchError("unknown-switch", f"expected the name of one of the {kind}, found `{bare}`")
    body = json.dumps([switches.sequence, switches.until, *map(_written, switches.off)], separators=(",", ":"))
    value = f"{_sign(body, key)} {body}"
    if len(value) > LONGEST:
        message = f"expected a value of at most {LONGEST:,} bytes, found {len(value):,}: {len(switches.off)} names"
        raise SwitchError("too-long", message)
    return value


def verify(value: str, key: str, now: int) -> Switches:
    """The switches of a value at `now` (ms UTC). Raises SwitchError where a function ignores the value."""
    signature, body = value[:_SIGNATURE], value[_SIGNATURE + 1 :]
    if value[_SIGNATURE : _SIGNATURE + 1] != " " or not hmac.compare_digest(
        signature.encode(), _sign(body, key).encode()
    ):
        raise SwitchError("bad", "expected a value signed with this key, found another")
    sequence, until, *off = json.loads(body)
    if until <= now:
        raise SwitchError("expired", f"expected a value that counts at {now}, found one until {until}")
    return Switches(sequence, until, tuple(map(_read, off)))


def _written(name: str) -> str:
    return name.replace("_", "-") if name.startswith("decisions/") else name


def _read(name: str) -> str:
    return name.replace("-", "_") if name.startswith("decisions/") else name


def _sign(body: str, key: str) -> str:
    digest = hmac.new(key.encode("ascii"), body.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _check_key(key: str) -> None:
    if _KEY.fullmatch(key) is None:
        raise SwitchError("bad-key", "expected a key of 43 characters of base64url, found another text")
