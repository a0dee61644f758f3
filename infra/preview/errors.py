"""Exceptions of previews.

PreviewError    what should be previewed does not exist, or there is nothing to preview it with
"""

from __future__ import annotations

from infra.errors import InfraError


class PreviewError(InfraError):
    """A preview that cannot be made."""
