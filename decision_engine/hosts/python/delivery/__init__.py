"""Delivery: outcomes into pages, headers for the origin and its cache, ways within the site, previews."""

from .outcomes import Outcomes, Replacement
from .pages import Delivery, Plan
from .preview import Forced, Preview, Refusal, read_preview, write_preview
from .routes import Redirect
from .slots import Change, Item, Shown

__all__ = [
    "Change",
    "Delivery",
    "Forced",
    "Item",
    "Outcomes",
    "Plan",
    "Preview",
    "Redirect",
    "Refusal",
    "Replacement",
    "Shown",
    "read_preview",
    "write_preview",
]
