"""Baselines: made of observed sessions, kept beside the file of their model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from decision_engine.models import FeatureInput, Model
from decision_engine.monitoring import Baseline, BaselineData, Histogram, Subject, Tally, Values, ordered_bins
from decision_engine.monitoring.documents import Scale
from feature_registry import Place, Registry, error
from infra.files import replacing, unreadable
from infra.monitoring.errors import MonitoringError
from infra.monitoring.observe import digest_of_model

SUFFIX = ".baseline.json"
LARGEST = 16 * 2**20

_CHUNK = 2**20


def baseline_path(registry: Registry, model: str) -> Path:
    """Where the baseline of a model is kept: beside the model's file, by the model's name."""
    return (registry.root / registry.models[model].file).with_name(f"{model}{SUFFIX}")


def make_baseline(registry: Registry, name: str, model: Model, tally: Tally, data: Path) -> Baseline:
    """The baseline of a model by a tally of sessions, which stand in the file `data`."""
    assert tally.start is not None and tally.end is not None, "a baseline is made of sessions"
    digest = digest_of_model(registry, name)
    fed = dict.fromkeys(source.feature for source in model.inputs if isinstance(source, FeatureInput))
    features = {feature: _feature(tally, feature, registry.features[feature].version) for feature in fed}
    scored = next((found for (subject, _), found in tally.scores.items() if subject == Subject(name, digest)), None)
    return Baseline(
        baseline=1,
        model=name,
        model_digest=digest,
        registry=registry.digest,
        data=BaselineData(file=data.name, digest=digest_of_file(data), sessions=tally.sessions.total()),
        start=tally.start,
        end=tally.end,
        features=features,
        score=None if scored is None else _histogram(scored.scale, scored, 1),
    )


def write_baseline(baseline: Baseline, path: Path) -> None:
    """Write a baseline, the same bytes for the same one. Raises FileError."""
    text = json.dumps(baseline.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=1)
    with replacing(path) as file:
        file.write(_rows_on_one_line(text).encode() + b"\n")


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises MonitoringError."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as fault:
        raise MonitoringError(unreadable(fault, str(path), "a baseline").diagnostics) from None
    help_line = "`edgewise baseline PATH MODEL --data FILE` makes one"
    if len(raw) > LARGEST:
        message = f"expected a baseline of at most {LARGEST:,} bytes, found a larger file"
        raise MonitoringError([error("too-large", message, Place(str(path)), help_line)])
    try:
        return Baseline.model_validate_json(raw)
    except ValidationError as faults:
        problems = []
        for found in faults.errors(include_url=False):
            pointer = "".join(f"/{part}" for part in found["loc"] if part != "[key]")
            message = f"expected a baseline: {found['msg'][:1].lower()}{found['msg'][1:]}".replace("'", "`")
            problems.append(error("bad-baseline", message, Place(str(path), pointer=pointer), help_line))
        raise MonitoringError(problems) from None


def digest_of_file(path: Path) -> str:
    """The digest of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def _feature(tally: Tally, feature: str, version: int) -> Histogram:
    found = next(one for (subject, _), one in tally.values.items() if subject == Subject(feature, str(version)))
    return _histogram(found.scale, found, version)


def _histogram(scale: Scale, values: Values, version: int) -> Histogram:
    return Histogram(scale=scale, version=version, bins=ordered_bins(scale, values.bins), absent=values.absent)


def _rows_on_one_line(text: str) -> str:
    """Indented JSON whose innermost objects of counts stand on one line, so that a change shows as one."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if inside:
            closes = line.strip() in ("}", "},")
            lines[-1] += line.strip() if closes else f"{' ' if not lines[-1].endswith('{') else ''}{line.strip()}"
            inside = not closes
        else:
            lines.append(line)
            inside = line.endswith('"bins": {')
    return "\n".join(lines)
