"""`edgewise dev`: the edge on this machine, with the registry as it is edited."""

from __future__ import annotations

import sys
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
        teller = _JsonTeller(address, opened) if as_json else _Teller(address, opened)
        serve(path, opened, teller.tell, stop)
        teller.end()


class _Teller:
    """Prints what happens, for people: problems and what the runtime says to standard error."""

    def __init__(self, address: Address, runtime: Runtime) -> None:
        self.address = address
        self.runtime = runtime
        self.served: str | None = None

    def tell(self, event: Event) -> None:
        """Print an event."""
        from infra.cli.output import print_diagnostics, print_note, print_text
        from infra.dev import Broken, Compiled, Restarted, Said

        match event:
            case Compiled(registry, _, milliseconds, warnings):
                is_first, self.served = self.served is None, registry.digest
                print_diagnostics(warnings, to_stderr=True)
                if is_first:
                    print_note(f"serving {self.address.url} in {self.runtime.name}, until Ctrl-C", "green")
                print_text(f"compiled in {milliseconds} ms: registry {self.served}")
                if is_first:
                    print_text(f"\n  {self.curl(registry)}\n")
            case Broken(diagnostics):
                print_diagnostics(diagnostics, to_stderr=True)
                self.warn(f"not compiled: the last good program stays, registry {self.served}")
            case Restarted(reason):
                self.warn(f"{reason}; it runs again")
            case Said(text):
                self.warn(f"{self.runtime.name}: {text}")
            case _:
                assert_never(event)
        sys.stdout.flush()

    def end(self) -> None:
        """Print that nothing is served any more."""
        from infra.cli.output import print_text

        print_text("stopped")

    def warn(self, text: str) -> None:
        """Print a line beside the results."""
        print(text, file=sys.stderr, flush=True)

    def curl(self, registry: Registry) -> str:
        """A request to paste."""
        from decision_engine.compact_json import compact

        body = compact({"units": {registry.policies.identity.unit: "v1"}})
        return f"curl -s {self.address.url}/.edgewise/decide -d '{body}'"


class _JsonTeller(_Teller):
    """Prints what happens, one JSON object a line."""

    def tell(self, event: Event) -> None:
        """Print an event with the digest of the registry that is served."""
        from infra.dev import Broken, Compiled, Restarted, Said

        match event:
            case Compiled(registry, artefact, milliseconds, warnings):
                is_first, self.served = self.served is None, registry.digest
                place = {"url": self.address.url, "runtime": self.runtime.name, "curl": self.curl(registry)}
                self.line(
                    "serving" if is_first else "compiled",
                    **(place if is_first else {}),
                    milliseconds=milliseconds,
                    bytes=artefact.manifest["bytes"],
                    diagnostics=[one.to_json() for one in warnings],
                )
            case Broken(diagnostics):
                self.line("broken", diagnostics=[one.to_json() for one in diagnostics])
            case Restarted(reason):
                self.line("restarted", reason=reason)
            case Said(text):
                self.line("said", text=text)
            case _:
                assert_never(event)

    def end(self) -> None:
        """Print the last event."""
        self.line("stopped")

    def line(self, event: str, **members: Any) -> None:
        """Print one event."""
        from infra.cli.output import print_json

        print_json({"event": event, "registry": self.served, **members})
        sys.stdout.flush()
