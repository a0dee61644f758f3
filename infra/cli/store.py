"""`edgewise store`: drafts, approvals and revisions of a registry, in a store that several people write to."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.parameters import AsJson

EXAMPLE = "edgewise store init sqlite:shop.db"


class Action(StrEnum):
    """What `edgewise store` does; a test compares it with `infra.store_actions.ACTIONS`."""

    INIT = "init"
    CONFIGURE = "configure"
    SHOW = "show"
    DRAFT = "draft"
    PUT = "put"
    REMOVE = "remove"
    REBASE = "rebase"
    APPROVE = "approve"
    PUBLISH = "publish"
    DISCARD = "discard"
    LOG = "log"
    CHECKOUT = "checkout"
    VERIFY = "verify"


def store(
    action: Annotated[Action, typer.Argument(metavar="ACTION", help="What to do.", show_default=False)],
    address: Annotated[
        str,
        typer.Argument(
            metavar="STORE",
            help="sqlite:FILE, file:DIR, or dynamodb:TABLE?bucket=BUCKET&region=REGION.",
            show_default=False,
        ),
    ],
    name: Annotated[str | None, typer.Argument(metavar="[DRAFT]", help="The draft.", show_default=False)] = None,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="put: a registry, or the value of --object.", show_default=False),
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--env", metavar="NAME", help="The environment: dev, staging, production.")
    ] = None,
    etag: Annotated[
        str | None, typer.Option("--etag", metavar="ETAG", help="The draft as you saw it; `show` prints it.")
    ] = None,
    object: Annotated[
        str | None, typer.Option("--object", metavar="KIND/NAME", help="put, remove: one object of the registry.")
    ] = None,
    file: Annotated[str | None, typer.Option("--file", metavar="NAME", help="remove: a whole file.")] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", metavar="DIGEST", help="draft, checkout: the content of this revision.")
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="publish: what changes, in a sentence.")
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="put, remove: merge with changes of other objects.")] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="OBJECT=yours|theirs", help="rebase: which side stands where both changed one."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="RULE", help="publish: accept what a rule of `diff` finds.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="checkout: the folder to make; new or empty.")
    ] = None,
    known: Annotated[
        str | None, typer.Option("--known", metavar="NUMBER:DIGEST", help="verify: an end of the log noted elsewhere.")
    ] = None,
    approvals: Annotated[
        list[str] | None,
        typer.Option("--approvals", metavar="ENV=N", help="init, configure: an environment, and people it asks for."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="PERSON", envvar="EDGEWISE_BY", help="Who asks; the system's user by default."),
    ] = None,
    request: Annotated[
        str | None, typer.Option("--request", metavar="ID", help="The same id again is carried out once.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a registry in a store: draft, approve, publish, look back.

    init makes a store, configure makes it stricter. draft STORE DRAFT --env begins a draft; put, remove, rebase and
    discard change it; approve and publish bring it to an environment; show, log, checkout and verify look. What changes
    a draft names by --etag the state that it was written for: when somebody else was faster, both sides are shown and
    nothing is lost.
    """
    from infra.cli.output import print_json, print_note
    from infra.store_actions import Asked, carry_out

    several = (keep or [], allow or [], out, approvals or [])
    asked = Asked(address, name, path, environment, etag, object, file, revision, message, merge, *several)
    answer = carry_out(action.value, asked, known, by, request)
    if as_json:
        print_json({"ok": not answer.is_bad, **answer.json})
    else:
        for line in answer.lines:
            print_note(line)
    if answer.is_bad:
        raise typer.Exit(1)
