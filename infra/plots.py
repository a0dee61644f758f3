"""Figures that commands write as PNG: whether they can be drawn here, and the file."""

from __future__ import annotations

from pathlib import Path

from infra.errors import NOWHERE, InfraError
from infra.files import replacing


def check_plotter(option: str) -> None:
    """Raise InfraError when matplotlib, which draws, is not installed; `option` is what asks for it."""
    from feature_registry import error

    try:
        import matplotlib as _  # noqa: F401  # only whether it is there
    except ImportError:
        message = f"expected matplotlib for `{option}`, found none"
        help_line = f"install it with `pip install edgewise[train]`, or leave `{option}` out"
        raise InfraError([error("no-plotter", message, NOWHERE, help_line)]) from None


def write_png(path: Path, png: bytes) -> None:
    """Write a figure whole. Raises FileError."""
    with replacing(path) as file:
        file.write(png)
