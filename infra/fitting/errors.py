"""Exceptions of fitting.

FittingError  a model cannot be fitted as asked: the data, the label, the model or the limits do not allow it
"""

from __future__ import annotations

from feature_registry import Place, error
from infra.errors import InfraError


class FittingError(InfraError):
    """A model that cannot be fitted as asked."""

    def __init__(self, code: str, message: str, file: str = "", help: str | None = None) -> None:
        super().__init__([error(code, message, Place(file), help)])
