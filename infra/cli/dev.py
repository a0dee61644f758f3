"""`edgewise dev`: the edge on this machine, with the registry as it is edited."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from infra.cli.parameters import AsJson, RegistryPath

if TYPE_CHECKING:
    from feature_registry import Registry
    from infra.dev import Address, Event, Runtime

EXAMPLE = "edgewise dev examples/online_shop/registry --port 8787"


class RuntimeName(StrEnum):
    """The runtimes of `infra.dev.RUNTIMES`; a test compares the two."""

    AUTO = "auto"
    WORKERD = "workerd"
    PYTHON = "python"


def dev(
    path: RegistryPath,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8787,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    runtime: Annotated[
        RuntimeName,
        typer.Option("--runtime", help="What serves; auto is workerd where it is installed, else the Python host."),
    ] = RuntimeName.AUTO,
    as_json: AsJson = False,
) -> None:
    """Serve a registry on this machine until Ctrl-C.

    Answers the routes of the edge. When a file of the registry changes, it is compiled again; while it is broken, its
    problems are printed and the last good program stays. With --json, each event is a JSON object on a line.
    """
    from infra.dev import Address, free_port, open_runtime, serve, stop_signals

    with stop_signals() as stop:
        address = Address(host, port or free_port(host))
        opened = open_runtime(runtime, address)
        teller = _Teller(address, opened, _print_json if as_json else _print_text)
        serve(path, opened, teller.tell, stop)
        teller.end()


class _Teller:
    """Turns what happens into lines: `show` gets each event as JSON, with the registry that is served."""

    def __init__(self, address: Address, runtime: Runtime, show: Callable[[Mapping[str, Any]], None]) -> None:
        self._address = address
        self._runtime = runtime
        self._show = show
        self._served = ""

    def tell(self, event: Event) -> None:
        """Print an event; the first one is that the address answers."""
        from infra.dev import Broken, Compiled, Restarted, Said

        match event:
            case Compiled(registry, artefact, milliseconds, warnings):
                is_first, self._served = not self._served, artefact.manifest["registry"]
                where = {"url": self._address.url, "runtime": self._runtime.name} if is_first else {}
                try_it = {"try": self._curl(registry)} if is_first else {}
                problems = [one.to_json() for one in warnings]
                self._print("serving" if is_first else "compiled", where, milliseconds, problems, try_it)
            case Broken(diagnostics):
                self._print("broken", diagnostics)
            case Restarted(reason):
                self._print("restarted", reason)
            case Said(text):
                self._print("said", text)
            case _:
                assert_never(event)
