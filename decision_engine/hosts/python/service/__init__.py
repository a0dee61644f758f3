"""The service: the stages between a request and the host, and between the host and the answer."""

from .hybrid_stage import Cloud, Release
from .keys import Keys, KeysError, read_keys
from .records_stage import Log
from .service import OnFailure, Ports, Service
from .stages import Standing
from .trail import Trail

__all__ = [
    "Cloud",
    "Keys",
    "KeysError",
    "Log",
    "OnFailure",
    "Ports",
    "Release",
    "Service",
    "Standing",
    "Trail",
    "read_keys",
]
