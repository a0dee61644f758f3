"""An XGBoost file, JSON or UBJSON, as plain values: objects, lists, texts, ints, and floats that are float32 values.

Nothing is trusted: size, depth and the number of values are bounded before anything is built of them, and whoever asks
for a member says what it must be (`Section`), so that every refusal names its place by a JSON pointer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from decision_engine.trees.errors import ModelError
from decision_engine.trees.loaders.xgboost._numbers import float32_of_text
from decision_engine.trees.loaders.xgboost._ubjson import COST, SAVE_AGAIN, Value, read_ubjson

MAX_BYTES = 100_000_000
"""The largest file that is read; 500 trees of 63 leaves take about 5 million bytes as JSON."""

MAX_VALUES = 6_000_000
"""The most numbers, texts and other values of a file: a node takes 11."""

_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class Section:
    """An object of the file, with its JSON pointer."""

    members: Mapping[str, Value]
    pointer: str = ""

    def has(self, key: str) -> bool:
        """Whether there is a member `key`."""
        return key in self.members

    def at(self, key: str) -> str:
        """The pointer of the member `key`."""
        return f"{self.pointer}/{key}"

    def section(self, key: str) -> Section:
        """The object under `key`."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise damaged(f"expected an object at `{self.at(key)}`, found {found(value)}")
        return Section(value, self.at(key))

    def sections(self, key: str) -> list[Section]:
        """The list of objects under `key`."""
        items = self._list(key)
        for i, item in enumerate(items):
            if not isinstance(item, dict):
                raise damaged(f"expected an object at `{self.at(key)}/{i}`, found {found(item)}")
        return [Section(item, f"{self.at(key)}/{i}") for i, item in enumerate(items) if isinstance(item, dict)]

    def text(self, key: str) -> str:
        """The text under `key`."""
        value = self._get(key)
        if not isinstance(value, str):
            raise damaged(f"expected a text at `{self.at(key)}`, found {found(value)}")
        return value

    def texts(self, key: str) -> list[str]:
        """The list of texts under `key`; none when there is no such member."""
        items = self._list(key) if key in self.members else []
        if odd := [item for item in items if not isinstance(item, str)]:
            raise damaged(f"expected texts at `{self.at(key)}`, found {found(odd[0])}")
        return [item for item in items if isinstance(item, str)]

    def count(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """The integer in [low, high] that the file holds under `key`, as a text or as a number."""
        value = default if default is not None and key not in self.members else self._get(key)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise damaged(f"expected an integer at `{self.at(key)}`, found {found(value)}")
        if not low <= value <= high:
            message = f"expected an integer from {low} to {high} at `{self.at(key)}`, found {found(value)}"
            raise ModelError("out-of-range", message, help=SAVE_AGAIN)
        return value

    def integers(self, key: str, count: int | None = None) -> list[int]:
        """The list of integers (true and false count as 1 and 0) under `key`, `count` of them if given."""
        items = self._list(key)
        if not set(map(type, items)) <= {int, bool}:
            odd = next(item for item in items if not isinstance(item, int))
            raise damaged(f"expected integers at `{self.at(key)}`, found {found(odd)}")
        self._check_length(key, len(items), count)
        return [int(item) for item in items if isinstance(item, int)]

    def floats(self, key: str, count: int | None = None) -> list[float]:
        """The list of numbers under `key`, each a float32 value, `count` of them if given."""
        items = self.numbers(key)
        self._check_length(key, len(items), count)
        return [item if isinstance(item, float) else float32_of_text(str(item)) for item in items]

    def numbers(self, key: str) -> list[int | float]:
        """The list of numbers under `key`; integers of any size as they are."""
        items = self._list(key)
        if not set(map(type, items)) <= {int, float}:
            odd = next(item for item in items if isinstance(item, bool) or not isinstance(item, int | float))
            raise damaged(f"expected numbers at `{self.at(key)}`, found {found(odd)}")
        return [item for item in items if isinstance(item, int | float)]

    def _get(self, key: str) -> Value:
        if key not in self.members:
            place = f"`{self.pointer}`" if self.pointer else "the file's object"
            raise ModelError("missing-key", f"expected `{key}` in {place}, found none", help=SAVE_AGAIN)
        return self.members[key]

    def _list(self, key: str) -> list[Value]:
        value = self._get(key)
        if not isinstance(value, list):
            raise damaged(f"expected a list at `{self.at(key)}`, found {found(value)}")
        return value

    def _check_length(self, key: str, length: int, count: int | None) -> None:
        if count is not None and length != count:
            message = f"expected {count} values at `{self.at(key)}`, found {length}"
            raise ModelError("wrong-count", message, help=SAVE_AGAIN)


def read_document(content: bytes) -> Section:
    """The file's object. Raises ModelError when the bytes are not one whole JSON or UBJSON object, or too large."""
    if len(content) > MAX_BYTES:
        message = f"expected at most {MAX_BYTES:,} bytes, found {len(content):,}"
        raise ModelError("model-too-large", message, help="train fewer trees, or shallower ones")
    if not content.lstrip(b" \t\r\n").startswith(b"{"):
        message = f"expected an object (`{{`) as the file's first byte, found {_start(content)}"
        help_line = (
            'save the model with `booster.save_model("model.json")` or `.ubj`: pickles and the old binary format are '
            "not read"
        )
        raise ModelError("not-xgboost", message, help=help_line)
    value = _read_json(content) if re.match(rb'\s*\{\s*["}]', content[:100]) else read_ubjson(content, MAX_VALUES)
    assert isinstance(value, dict), "both readers begin at the brace"
    return Section(value)


def damaged(message: str) -> ModelError:
    """The error of a value that is not what stands there in XGBoost's files."""
    return ModelError("damaged-file", message, help=SAVE_AGAIN)


def found(value: Value) -> str:
    """A value for a message, cut to a readable length."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text}`" if len(text) <= _LONGEST_QUOTE else f"`{text[:_LONGEST_QUOTE]}...`"


def _read_json(content: bytes) -> Value:
    # Commas and brackets bound what the parser builds; counting them takes milliseconds.
    values = content.count(b",") + COST * content.count(b"{") + content.count(b"[")
    if values > MAX_VALUES:
        message = f"expected at most {MAX_VALUES:,} values, found about {values:,}"
        raise ModelError("model-too-large", message, help="train fewer trees, or shallower ones")
    try:
        value: Value = json.loads(
            content.decode("utf-8"), parse_float=float32_of_text, object_pairs_hook=_without_repeats
        )
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        rest = fault.doc[fault.pos :].strip()
        cut = fault.msg.startswith("Unterminated") or (
            fault.msg != "Extra data" and re.fullmatch(r"[-+.0-9A-Za-z]{0,40}", rest) is not None
        )
        message = f"expected whole JSON, found a fault at {place}: {fault.msg.lower()}"
        raise ModelError("truncated" if cut else "damaged-file", message, line=fault.lineno, help=SAVE_AGAIN) from None
    except (ValueError, RecursionError) as fault:
        kind = "values nested too deeply" if isinstance(fault, RecursionError) else "a number or a byte that cannot be"
        raise damaged(f"expected whole JSON in UTF-8, found {kind}") from None
    return value


def _without_repeats(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        again = next(key for i, key in enumerate(keys) if key in keys[:i])
        raise ModelError(
            "repeated-key", f"expected each key once in an object, found {found(again)} twice", help=SAVE_AGAIN
        )
    return members


def _start(content: bytes) -> str:
    if not content:
        return "an empty file"
    return f"the bytes `{content[:8].hex(' ')}`"
