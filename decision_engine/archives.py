"""Archives with the same bytes for the same files, on every machine: no times, no owners, names in order."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold
_REGULAR_FILE = 0o100644
_UNIX = 3


def zip_archive(files: Mapping[str, bytes], behind: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """A zip of `files` by their path, and after them those of `behind` in the order given.

    Entries are stored, since what deflate writes depends on the zlib at hand.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in (*sorted(files.items()), *behind.items()):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system, entry.external_attr = _UNIX, _REGULAR_FILE << 16
            archive.writestr(entry, data)
    return content.getvalue()


def tar_gzip_archive(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar of `files` by their path; the same bytes with the same zlib."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(content.getvalue(), compresslevel=9, mtime=0)
