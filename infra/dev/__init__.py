"""The local edge: workerd or the Python host, serving a registry that may change meanwhile."""

from infra.dev.session import Address, Runtime, build, open_runtime, serve
from infra.dev.workerd import Workerd, check_port_free, find_workerd, free_port

__all__ = [
    "Address",
    "Runtime",
    "Workerd",
    "build",
    "check_port_free",
    "find_workerd",
    "free_port",
    "open_runtime",
    "serve",
]
