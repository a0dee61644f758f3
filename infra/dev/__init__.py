"""The local edge: workerd or the Python host, serving a registry that may change meanwhile."""

from infra.dev.events import Broken, Compiled, Event, Restarted, Said
from infra.dev.runtimes import RUNTIMES, Address, Runtime, open_runtime
from infra.dev.session import build, serve
from infra.dev.signals import stop_signals
from infra.dev.workerd import Workerd, check_port_free, find_workerd, free_port

__all__ = [
    "RUNTIMES",
    "Address",
    "Broken",
    "Compiled",
    "Event",
    "Restarted",
    "Runtime",
    "Said",
    "Workerd",
    "build",
    "check_port_free",
    "find_workerd",
    "free_port",
    "open_runtime",
    "serve",
    "stop_signals",
]
