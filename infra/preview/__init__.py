"""Previews: who is in a cohort and what a decision gives, counted on recorded requests."""

from infra.preview.errors import PreviewError
from infra.preview.figures import Preview
from infra.preview.run import preview
from infra.preview.subject import Subject, find_subject

__all__ = ["Preview", "PreviewError", "Subject", "find_subject", "preview"]
