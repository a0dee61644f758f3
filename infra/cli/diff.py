"""`edgewise diff`: two registries compared by meaning, and whether the new one can follow the old one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.parameters import AsJson

if TYPE_CHECKING:
    from feature_registry import Registry

EXAMPLE = "edgewise diff examples/online_shop/registry new_registry --allow experiment-traffic-lowered"


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The registry of the live release: a folder or one file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The registry that is to follow it.")],
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="RULE",
            help="Accept what this rule finds; may be given several times. docs/reference/compatibility.md lists them.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="The time at which experiments run: RFC 3339 text, or ms since 1970. Now by default.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two registries by meaning.

    Tells what was added, removed and changed, which decisions can change and for whom, which units move, and what
    breaks the live release: then the exit code is 1. Both registries are checked first.
    """
    from decision_engine.moves import experiment_moves, share_moves
    from decision_engine.operators import SIGNATURES
    from feature_registry.compatibility import compare, find_all
    from infra.cli.inputs import read_time
    from infra.cli.output import print_json
    from infra.differences import Difference, print_difference

    allowed = _known_rules(allow or [])
    moment = read_time(at)
    before, after = _read(old), _read(new)
    comparison = compare(before, after, SIGNATURES, moment)
    found = Difference(
        comparison,
        find_all(comparison, allowed),
        experiment_moves(before, after),
        share_moves(before, after, comparison.changes),
        tuple(allowed),
    )
    if as_json:
        print_json(found.to_json())
    else:
        print_difference(found)
    if found.breaking:
        raise typer.Exit(1)


def _known_rules(names: list[str]) -> list[str]:
    """The names of rules; raises UsageError for one that no rule has."""
    from feature_registry.compatibility import RULES
    from feature_registry.nearest import did_you_mean
    from infra.errors import UsageError

    for name in names:
        if name not in RULES:
            listed = "docs/reference/compatibility.md lists the rules"
            raise UsageError(f"expected a rule for `--allow`, found `{name}`", did_you_mean(name, RULES) or listed)
    return list(dict.fromkeys(names))


def _read(path: Path) -> Registry:
    """A registry with all its checks, those of its models included; its problems are told with the path given."""
    from dataclasses import replace

    from feature_registry import RegistryError
    from feature_registry.files import root_of
    from infra.cli.inputs import read_registry

    try:
        return read_registry(path)[0]
    except RegistryError as fault:
        told = [replace(one, file=str(root_of(path) / one.file)) for one in fault.diagnostics]
        raise RegistryError(told) from None
