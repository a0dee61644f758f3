"""The few things that the files store does to a disk. A test passes a disk that fails, or dies, at any of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class Disk:
    """The disk of this machine. Each method is one step after which the machine may stop."""

    def write(self, path: Path, content: bytes) -> None:
        """Write a new file, without waiting for the disk."""
        with path.open("wb") as file:
            file.write(content)

    def settle(self, path: Path) -> None:
        """Wait until a file, or the names in a folder, are on the disk."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file or folder another name at once; a file takes the place of another."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with what is in it; nothing there is no fault."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """Make a folder; it may exist."""
        path.mkdir(exist_ok=True)
