"""The advisor from end to end: decisions measured on every platform, assumptions read, advice shown."""

from __future__ import annotations

from infra.advice.measure import measured_fits
from infra.advice.read import read_assumptions

__all__ = ["measured_fits", "read_assumptions"]
