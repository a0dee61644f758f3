"""OpenFeature for Python: the provider of Edgewise's decisions, in this process or over OFREP."""

from functions.openfeature.provider import EdgewiseProvider
from functions.openfeature.sources import Folder, Remote, Source, SourceError

__all__ = ["EdgewiseProvider", "Folder", "Remote", "Source", "SourceError"]
