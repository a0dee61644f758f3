"""`edgewise new`: questions in the terminal that write a cohort, an experiment or a decision."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from infra.cli.parameters import AsJson, RegistryPath

EXAMPLE = "edgewise new cohort my_shop"


class Kind(StrEnum):
    """What can be made."""

    COHORT = "cohort"
    EXPERIMENT = "experiment"
    DECISION = "decision"


def new(
    kind: Annotated[Kind, typer.Argument(help="What to make.", show_default=False)],
    path: RegistryPath,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking once more.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a cohort, an experiment or a decision by answering questions.

    The object is checked with the whole registry before it is written into the file that holds its kind; everything
    else in that file stays as it is. Ctrl-C at any question leaves the registry untouched.
    """
    from decision_engine.operators import SIGNATURES
    from feature_registry import load
    from infra.cli.output import print_diagnostics, print_json, print_note, print_text
    from infra.writing import Conversation, ask_cohort, ask_decision, ask_experiment, place, write
    from infra.writing.placing import shown

    registry = load(path, SIGNATURES)
    talk = Conversation()
    if kind is Kind.COHORT:
        additions = ask_cohort(talk, registry, SIGNATURES)
    elif kind is Kind.EXPERIMENT:
        additions = ask_experiment(talk, registry)
    else:
        additions = ask_decision(talk, registry)
    if not as_json:
        for one in additions:
            print_text(f'"{one.name}": {shown(one.document)}')
    edits, diagnostics = place(path, additions, SIGNATURES)
    new_ones = [one for one in diagnostics if any(f"/{each.kind}/{each.name}" in one.pointer for each in additions)]
    if not as_json:
        print_diagnostics(new_ones)
    files = [str(edit.path) for edit in edits]
    wanted = not dry_run and (yes or talk.yes(f"Write it to {', '.join(files)}", default=True))
    if wanted:
        write(edits)
    if as_json:
        made = [{"kind": one.kind, "name": one.name, "document": one.document} for one in additions]
        print_json({"ok": True, "written": wanted, "files": files, "objects": made})
    else:
        print_note(f"wrote {', '.join(files)}" if wanted else "nothing was written")
