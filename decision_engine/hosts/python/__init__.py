"""The Python host: encode, decide, render and the routes of HTTP, with nothing but the standard library.

The folder is copied into artefacts as it stands, so its modules import each other relatively, and nothing
else of the project.
"""

from .decided import Decided
from .encode import Encoded
from .errors import RequestError
from .host import Host
from .leaves import Leaf, Replacement
from .messages import HttpRequest, HttpResponse, Known
from .opening import Answering, open_host
from .serve import Served
from .strict_json import parse, parse_object
from .values import Status

__all__ = [
    "Answering",
    "Decided",
    "Encoded",
    "Host",
    "HttpRequest",
    "HttpResponse",
    "Known",
    "Leaf",
    "Replacement",
    "RequestError",
    "Served",
    "Status",
    "open_host",
    "parse",
    "parse_object",
]
