"""The program `edgewise`: its table of commands, and the one place where exceptions become exit codes.

0: done. 1: findings, or something given cannot be used. 2: the command line is wrong. 3: a fault of Edgewise.
"""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Protocol, runtime_checkable

import typer

from feature_registry import Diagnostic, RegistryError
from infra.cli import (
    advise,
    baseline,
    bench,
    check,
    compile,
    decide,
    dev,
    diff,
    drill,
    dump,
    explain,
    import_,
    init,
    new,
    preview,
    replay,
    status,
    store,
)
from infra.errors import InfraError, UsageError

COMMANDS: tuple[tuple[Callable[..., None], str], ...] = (
    (init.init, init.EXAMPLE),
    (new.new, new.EXAMPLE),
    (check.check, check.EXAMPLE),
    (compile.compile, compile.EXAMPLE),
    (decide.decide, decide.EXAMPLE),
    (explain.explain, explain.EXAMPLE),
    (preview.preview, preview.EXAMPLE),
    (import_.import_, import_.EXAMPLE),
    (replay.replay, replay.EXAMPLE),
    (diff.diff, diff.EXAMPLE),
    (dump.dump, dump.EXAMPLE),
    (dev.dev, dev.EXAMPLE),
    (bench.bench, bench.EXAMPLE),
    (drill.drill, drill.EXAMPLE),
    (advise.advise, advise.EXAMPLE),
    (status.status, status.EXAMPLE),
    (store.store, store.EXAMPLE),
    (baseline.baseline, baseline.EXAMPLE),
)
"""Each command with the example of its help."""

INTERNAL = 3
_COLLECT_AFTER = (100_000, 20, 20)
"""Thresholds of the garbage collector: a registry is many small objects that all live until the command ends, and
looking through them again and again takes a fifth of a command's time."""


def application() -> typer.Typer:
    """The commands as an application of typer."""
    app = typer.Typer(
        name="edgewise",
        help="Compile a JSON registry and tree models into deterministic edge functions.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_common)
    for command, example in COMMANDS:
        app.command(command.__name__, epilog=f"\b\nExample:\n  {example}")(command)
    return app


def run(arguments: Sequence[str] | None = None) -> None:
    """Run one command line and exit."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    gc.set_threshold(*_COLLECT_AFTER)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main(given))


def main(arguments: list[str]) -> int:
    """Run one command line; gives the exit code."""
    as_json = "--json" in arguments
    try:
        done = application()(arguments, standalone_mode=False, prog_name="edgewise")
        return done if isinstance(done, int) else 0
    except (RegistryError, InfraError) as fault:
        _print_problems(fault.diagnostics, as_json)
        return fault.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as fault:
        if isinstance(fault, _CommandLineFault):
            _print_problems(_usage(fault, arguments).diagnostics, as_json)
            return UsageError.exit_code
        _print_internal(fault, arguments)
        return INTERNAL


@runtime_checkable
class _CommandLineFault(Protocol):
    """What typer raises for a wrong command line; its class has no public name."""

    exit_code: int

    def format_message(self) -> str: ...


def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Print the traceback of an internal error.")] = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version."),
    ] = False,
) -> None:
    """Take the options that stand before the command."""


def _print_version(asked: bool) -> None:
    if asked:
        print(f"edgewise {version('edgewise')}")
        raise typer.Exit


def _usage(fault: _CommandLineFault, arguments: Sequence[str]) -> UsageError:
    message = fault.format_message().strip().rstrip(".").replace("Value error, ", "").replace("'", "`")
    command = next((name for name in _names() if name in arguments), "")
    help_line = " ".join(part for part in ("edgewise", command, "--help") if part)
    return UsageError(message[:1].lower() + message[1:], f"`{help_line}` shows what is expected")


def _names() -> list[str]:
    return [command.__name__ for command, _ in COMMANDS]


def _print_problems(diagnostics: Sequence[Diagnostic], as_json: bool) -> None:
    from infra.cli.output import print_diagnostics, print_json, problems_json

    if as_json:
        print_json(problems_json(diagnostics))
    else:
        print_diagnostics(diagnostics, to_stderr=True)


def _print_internal(fault: Exception, arguments: Sequence[str]) -> None:
    if "--debug" in arguments:
        traceback.print_exception(fault)
    lines = str(fault).splitlines()
    print(f"error[internal]: {type(fault).__name__}" + (f": {lines[0]}" if lines else ""), file=sys.stderr)
    if "--debug" not in arguments:
        hint = " ".join(["edgewise", "--debug", *arguments])
        print(f"  help: this is a fault of Edgewise; `{hint}` prints its traceback, to report it with", file=sys.stderr)


if __name__ == "__main__":
    run()
