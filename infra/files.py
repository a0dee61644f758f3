"""Files that commands read and write: whole reads with clear errors, and writes that happen entirely or not at all."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from infra.errors import FileError

STANDARD_INPUT = "-"


def read_input(path: str, noun: str, *, largest: int) -> bytes:
    """The content of a file, or of standard input for `-`; `noun` says what it should be. Raises FileError."""
    if path == STANDARD_INPUT:
        return _limited(sys.stdin.buffer.read(largest + 1), "standard input", largest)
    if not path:
        raise FileError("no-such-file", f"expected {noun}, found an empty path", path, "give the path of a file")
    try:
        with Path(path).open("rb") as file:
            return _limited(file.read(largest + 1), path, largest)
    except (OSError, ValueError) as fault:
        raise unreadable(fault, path, noun) from None


def unreadable(fault: Exception, path: str, noun: str) -> FileError:
    """The error of a file that cannot be read."""
    match fault:
        case FileNotFoundError():
            return FileError("no-such-file", f"expected {noun}, found nothing", path, "check the path")
        case IsADirectoryError():
            return FileError("not-a-file", f"expected {noun}, found a folder", path, "give the path of a file")
        case _:
            return FileError("unreadable", f"expected {noun} that can be read: {reason(fault)}", path)


def reason(fault: Exception) -> str:
    """Why the system refused, as the end of a message."""
    text = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return text[:1].lower() + text[1:]


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when the block ends well, and leaves no trace when it does not.

    Devices and pipes, which cannot be replaced, are written as they are. Raises FileError.
    """
    target = _target(path)
    if target.exists() and not target.is_file():
        if target.is_dir():
            raise FileError("not-a-file", "expected a file to write, found a folder", str(path), "name a file in it")
        with target.open("wb") as device:
            yield device
        return
    draft = _sibling(target)
    try:
        file = draft.open("xb")
    except (OSError, ValueError) as fault:
        raise unwritable(fault, str(path)) from None
    try:
        with file:
            yield file
        try:
            draft.replace(target)
        except OSError as fault:
            raise unwritable(fault, str(path)) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def unwritable(fault: Exception, path: str) -> FileError:
    """The error of a file or folder that cannot be written."""
    match fault:
        case FileNotFoundError():
            return FileError("no-such-folder", "expected a path in an existing folder", path, "make the folder first")
        case NotADirectoryError() | FileExistsError():
            return FileError("not-a-folder", "expected a path in a folder, found a file on the way", path)
        case _:
            return FileError(
                "unwritable", f"expected a path that can be written: {reason(fault)}", path, "choose another path"
            )


def sibling(path: Path) -> Path:
    """A name beside `path` that nothing has; hidden, so that nothing picks it up."""
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}.draft")


def _sibling(path: Path) -> Path:
    if not path.name:
        raise FileError("not-a-file", "expected a file to write, found a folder", str(path), "name a file in it")
    return sibling(path)


def _target(path: Path) -> Path:
    """Where a link leads, so that the link stays one."""
    try:
        return Path(os.path.realpath(path)) if path.is_symlink() else path
    except (OSError, ValueError) as fault:
        raise unwritable(fault, str(path)) from None


def _limited(content: bytes, path: str, largest: int) -> bytes:
    if len(content) > largest:
        message = f"expected at most {largest:,} bytes, found more"
        raise FileError("too-large", message, path, "requests are limited as at the edge")
    return content
