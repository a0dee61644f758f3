"""Replay of recorded sessions: request files, and the maps that make requests of the columns of a table."""

from infra.replay.errors import MapError, ReplayError, RequestFileError
from infra.replay.mapping import Mapping, load_map
from infra.replay.request_files import Request, count_requests, requests_from

__all__ = [
    "MapError",
    "Mapping",
    "ReplayError",
    "Request",
    "RequestFileError",
    "count_requests",
    "load_map",
    "requests_from",
]
