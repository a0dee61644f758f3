"""The Python host: encode, decide, render and the routes of HTTP, with nothing but the standard library.

The folder is copied into artefacts as it stands, so its modules import each other relatively, and nothing
else of the project.
"""

from .encode import Encoded
from .errors import RequestError
from .host import Host
from .messages import HttpRequest, HttpResponse
from .serve import Served
from .strict_json import parse, parse_object
from .values import Status

__all__ = [
    "Encoded",
    "Host",
    "HttpRequest",
    "HttpResponse",
    "RequestError",
    "Served",
    "Status",
    "parse",
    "parse_object",
]
