"""What a preview is about: a cohort or a decision, by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from feature_registry import Place, Registry, error
from feature_registry.findings import short
from feature_registry.nearest import listed, nearest
from infra.preview.errors import PreviewError

Kind = Literal["cohorts", "decisions"]

_LISTED = 10  # more names are not worth a line


@dataclass(frozen=True, slots=True)
class Subject:
    """A cohort or a decision."""

    kind: Kind
    name: str

    @property
    def noun(self) -> str:
        """What it is, in a word."""
        return "cohort" if self.kind == "cohorts" else "decision"


def find_subject(registry: Registry, path: Path, name: str) -> Subject:
    """What `name` means in the registry at `path`: `cohorts/NAME` and `decisions/NAME` are clear, a bare name is where
    only one of the two has it. Raises PreviewError."""
    known: dict[Kind, tuple[str, ...]] = {"cohorts": tuple(registry.cohorts), "decisions": tuple(registry.decisions)}
    kinds: dict[str, Kind] = {"cohorts": "cohorts", "decisions": "decisions"}
    head, slash, rest = name.partition("/")
    asked = (kinds[head],) if slash and head in kinds else tuple(known)
    wanted = rest if len(asked) == 1 else name
    found = [kind for kind in asked if wanted in known[kind]]
    if len(found) == 1:
        return Subject(found[0], wanted)
    place = Place(str(path))
    if found:
        message = f"expected one thing of the name `{wanted}`, found a cohort and a decision"
        help_line = f"write `cohorts/{wanted}` or `decisions/{wanted}`"
        raise PreviewError([error("ambiguous-name", message, place, help_line)])
    noun = Subject(asked[0], wanted).noun if len(asked) == 1 else "cohort or decision"
    match = nearest(wanted, [one for kind in asked for one in known[kind]])
    help_line = f"did you mean `{match}`?" if match else _listed({kind: known[kind] for kind in asked})
    message = f"expected the name of a {noun}, found `{short(wanted)}`"
    raise PreviewError([error("unknown-subject", message, place, help_line)])


def _listed(known: dict[Kind, tuple[str, ...]]) -> str:
    """The first names of each kind."""
    some = []
    for kind, names in known.items():
        more = ", ..." if len(names) > _LISTED else ""
        some += [f"the {kind} are {listed(sorted(names)[:_LISTED])}{more}"] * bool(names)
    return "; ".join(some) or f"the registry has no {' and no '.join(known)}"
