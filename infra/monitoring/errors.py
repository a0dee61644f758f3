"""Exceptions of monitoring.

MonitoringError   a log, a baseline or a model that monitoring cannot use: all problems, with places
"""

from __future__ import annotations

from collections.abc import Iterable

from feature_registry import Diagnostic, in_order
from infra.errors import InfraError


class MonitoringError(InfraError):
    """Something that monitoring cannot use. `diagnostics` holds all problems, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        super().__init__(in_order(diagnostics))
