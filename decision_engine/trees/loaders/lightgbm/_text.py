"""The line structure of a LightGBM text model: `key=value` lines in a header and one section a tree, then a tail.

    tree                      the first line of every file
    version=v4                the header, until the first tree
    ...
    Tree=0                    a section for each tree, numbered from 0
    num_leaves=31
    ...
    end of trees
    ...                       importances and parameters, of which two lines matter

Nothing is trusted: counts, numbers and order are checked, and every refusal names its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from decision_engine.trees.errors import ModelError

MAX_CHARACTERS = 100_000_000
"""The longest text that is read; a forest of 500 trees with 63 leaves takes about 3 million."""

MAX_LINES = 2_000_000
"""The most lines that are read: a tree has about 20."""

SAVE_AGAIN = "the file is damaged: save the model again with `Booster.save_model` and copy it whole"

_LONGEST_NUMBER = 40
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class Field:
    """The value of one `key=value` line, with its place."""

    key: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """The fields of the header (line 1) or of a tree (the line of its `Tree=`), by key."""

    line: int
    fields: dict[str, Field] = field(default_factory=dict)

    def get(self, key: str) -> Field:
        """The field `key`; ModelError `missing-key` when there is none."""
        found = self.fields.get(key)
        if found is None:
            raise ModelError("missing-key", f"expected a line `{key}=`, found none", line=self.line, help=SAVE_AGAIN)
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file. `pandas_categorical` and `categorical_feature` are lines of its tail, None if absent or empty."""

    header: Section
    trees: tuple[Section, ...]
    pandas_categorical: Field | None
    categorical_feature: Field | None


def read_document(text: str) -> Document:
    """Split `text` into its sections; ModelError when it is not a whole LightGBM text model."""
    if len(text) > MAX_CHARACTERS:
        message = f"expected at most {MAX_CHARACTERS:,} characters, found {len(text):,}"
        raise ModelError("model-too-large", message, line=1, help="train fewer trees, or fewer leaves")
    if (count := text.count("\n") + 1) > MAX_LINES:
        message = f"expected at most {MAX_LINES:,} lines, found {count:,}"
        raise ModelError("model-too-large", message, line=1, help="train fewer trees")
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() != "tree":
        help_line = "this is not a LightGBM text model: save one with `Booster.save_model`, not `dump_model` or pickle"
        raise ModelError("not-lightgbm", f"expected `tree`, found {quote(lines[0])}", line=1, help=help_line)
    numbered = ((number, line.rstrip("\r")) for number, line in enumerate(lines[1:], 2))
    header = Section(1)
    trees = _read_sections(numbered, header, len(lines))
    return Document(header, trees, *_read_tail(numbered))


def quote(text: str) -> str:
    """`text` in backticks, cut to a readable length."""
    return f"`{text}`" if len(text) <= _LONGEST_QUOTE else f"`{text[:_LONGEST_QUOTE]}...`"


def check_keys(section: Section, known: frozenset[str]) -> None:
    """ModelError `unknown-key` for a key that is not in `known`: it might change the meaning of the rest."""
    for entry in section.fields.values():
        if entry.key not in known:
            message = f"expected a key of LightGBM 3 or 4, found {quote(entry.key)}"
            raise ModelError(
                "unknown-key", message, line=entry.line, help="save the model with a supported LightGBM release"
            )


def floats(entry: Field, count: int, of: str) -> tuple[float, ...]:
    """The `count` numbers of a field, rounded correctly, one for each `of`; infinities and NaN pass."""
    words = _words(entry, count, of)
    try:
        return tuple(map(float, words))
    except ValueError:
        raise _not_a_number(entry, words, "a number", float) from None


def integers(entry: Field, count: int, of: str) -> tuple[int, ...]:
    """The `count` integers of a field, one for each `of`."""
    words = _words(entry, count, of)
    try:
        return tuple(map(int, words))
    except ValueError:
        raise _not_a_number(entry, words, "an integer", int) from None


def integer(entry: Field, low: int, high: int) -> int:
    """The one integer of a field, in [low, high]."""
    value = integers(entry, 1, "file or tree")[0]
    if not low <= value <= high:
        message = f"expected `{entry.key}` between {low} and {high}, found {value}"
        raise ModelError("out-of-range", message, line=entry.line, help=SAVE_AGAIN)
    return value


def _read_sections(numbered: Iterator[tuple[int, str]], header: Section, last: int) -> tuple[Section, ...]:
    """Fill `header` and return the trees, up to `end of trees`."""
    trees: list[Section] = []
    section = header
    for number, line in numbered:
        if line == "end of trees":
            return tuple(trees)
        if line.startswith("Tree="):
            if line != f"Tree={len(trees)}":
                message = f"expected `Tree={len(trees)}`, found {quote(line)}"
                raise ModelError("damaged-file", message, line=number, help=SAVE_AGAIN)
            section = Section(number)
            trees.append(section)
        elif line:
            _add(section, number, line)
    message = f"expected `end of trees`, found the end of the file after {len(trees)} trees"
    raise ModelError("truncated", message, line=last, help=SAVE_AGAIN)


def _add(section: Section, number: int, line: str) -> None:
    key, equals, value = line.partition("=")
    if not equals and line != "average_output":
        raise ModelError("damaged-file", f"expected `key=value`, found {quote(line)}", line=number, help=SAVE_AGAIN)
    if key in section.fields:
        message = (
            f"expected one line {quote(key + '=')}, found a second one (the first is line {section.fields[key].line})"
        )
        raise ModelError("repeated-key", message, line=number, help=SAVE_AGAIN)
    section.fields[key] = Field(key, value, number)


def _read_tail(numbered: Iterator[tuple[int, str]]) -> tuple[Field | None, Field | None]:
    """The fields `pandas_categorical` and `categorical_feature` of what follows the trees."""
    pandas = columns = None
    for number, line in numbered:
        if line.startswith("pandas_categorical:"):
            value = line.partition(":")[2].strip()
            pandas = None if value == "null" else Field("pandas_categorical", value, number)
        elif line.startswith("[categorical_feature:"):
            value = line.partition(":")[2].strip().removesuffix("]")
            columns = Field("categorical_feature", value, number) if value else None
    return pandas, columns


def _words(entry: Field, count: int, of: str) -> list[str]:
    """The `count` words of a value, ASCII, without `_` (which Python's numbers may hold), none absurdly long."""
    words = entry.value.split(" ") if entry.value else []
    if len(words) != count:
        message = f"expected {count} values of `{entry.key}`, one for each {of}, found {len(words)}"
        raise ModelError("wrong-count", message, line=entry.line, help=SAVE_AGAIN)
    if words and (not entry.value.isascii() or "_" in entry.value or max(map(len, words)) > _LONGEST_NUMBER):
        odd = next(w for w in words if not w.isascii() or "_" in w or len(w) > _LONGEST_NUMBER)
        raise ModelError("not-a-number", _numbers_message(entry, "a number", odd), line=entry.line, help=SAVE_AGAIN)
    return words


def _not_a_number(entry: Field, words: list[str], kind: str, convert: type[float] | type[int]) -> ModelError:
    odd = next(word for word in words if not _converts(word, convert))
    return ModelError("not-a-number", _numbers_message(entry, kind, odd), line=entry.line, help=SAVE_AGAIN)


def _numbers_message(entry: Field, kind: str, odd: str) -> str:
    return f"expected {kind} in `{entry.key}`, found {quote(odd)}"


def _converts(word: str, convert: type[float] | type[int]) -> bool:
    try:
        convert(word)
    except ValueError:
        return False
    return True
