"""Arrays in numpy's .npy format, read without pickle and without trust in what the header says.

    \\x93NUMPY, version (two bytes), length of the header, the header: a Python dictionary of literals, the data

`numpy.load(allow_pickle=False)` is not used: it allocates what the header asks for before it looks at the data. Here
the data must be as long as the header says before any array is made.
"""

from __future__ import annotations

import ast
import math
import re

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.loaders.scikit_learn._saved import SAVE_AGAIN, Array, quote

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_MOST_DIMENSIONS = 4
_TYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|[USV][1-9][0-9]{0,5})")


def read_array(content: bytes, name: str) -> Array:
    """The array in the bytes of the .npy file `name`; ModelError `damaged-file` when it is not one of numbers, texts or
    records of them."""
    header, start = _header(content, name)
    dtype = _dtype(header.get("descr"), name)
    shape = header.get("shape")
    if (
        not isinstance(shape, tuple)
        or len(shape) > _MOST_DIMENSIONS
        or not all(type(size) is int and size >= 0 for size in shape)
    ):
        raise _damaged(name, "a shape of at most 4 dimensions", shape)
    count = math.prod(shape)
    wanted, found = count * dtype.itemsize, len(content) - start
    if wanted != found:
        message = f"expected {wanted:,} bytes in {quote(name)}, as its shape says, found {found:,}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    flat = np.frombuffer(content, dtype, count, start) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if header.get("fortran_order") is True else "C")


def _header(content: bytes, name: str) -> tuple[dict[object, object], int]:
    """The header, and where the data starts."""
    if content[:6] != _MAGIC or content[6:8] not in (b"\x01\x00", b"\x02\x00", b"\x03\x00"):
        raise _damaged(name, "an array in numpy's format", content[:8])
    start = 10 if content[6] == 1 else 12
    end = start + int.from_bytes(content[8:start], "little")
    if end > min(len(content), _LONGEST_HEADER):
        raise _damaged(name, f"a header of at most {_LONGEST_HEADER:,} bytes", f"{end:,} bytes")
    words = content[start:end].decode("latin-1")
    try:
        header = ast.literal_eval(words.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        # MemoryError: so the parser calls an expression that is nested too deeply.
        raise _damaged(name, "a header of numpy's format", words) from None
    if not isinstance(header, dict):
        raise _damaged(name, "a header of numpy's format", words)
    return header, end


def _dtype(descr: object, name: str) -> np.dtype[np.void] | np.dtype[np.generic]:
    """The type of an array's items: a number, a text, or a record of numbers; objects are refused."""
    if isinstance(descr, str):
        return np.dtype(_checked(descr, name))
    if not isinstance(descr, list) or not 0 < len(descr) <= 100:
        raise _damaged(name, "the type of an array", descr)
    names, formats, offsets, size = [], [], [], 0
    for part in descr:
        if not isinstance(part, tuple) or len(part) != 2 or not isinstance(part[0], str):
            raise _damaged(name, "fields of a name and a type", part)
        dtype = np.dtype(_checked(part[1], name))
        if part[0] and part[0] not in names:  # a field without a name is padding
            names.append(part[0])
            formats.append(dtype)
            offsets.append(size)
        size += dtype.itemsize
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


def _checked(descr: object, name: str) -> str:
    if not isinstance(descr, str) or _TYPE.fullmatch(descr) is None:
        raise _damaged(name, "an array of numbers or texts", descr)
    return descr


def _damaged(name: str, expected: str, found: object) -> ModelError:
    return ModelError("damaged-file", f"expected {expected} in {quote(name)}, found {quote(found)}", help=SAVE_AGAIN)
