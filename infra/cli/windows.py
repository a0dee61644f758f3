"""The window of sessions that `status` and `baseline` look at: recorded sessions, or a log of histograms."""

from __future__ import annotations

from pathlib import Path

from decision_engine.models import Models
from decision_engine.monitoring import Tally
from feature_registry import Registry
from feature_registry.nearest import listed, suggestion
from infra.errors import UsageError
from infra.monitoring import Observer, Places, read_log


def observe(
    registry: Registry,
    models: Models,
    data: Path,
    map_file: Path | None,
    at: str | None,
    moment: int,
    places: Places,
    task_name: str,
) -> Tally:
    """The sessions of a file as a tally, with a progress bar. Raises MapError and RequestFileError."""
    from infra.cli.output import progress_bar
    from infra.replay import count_requests, load_map, requests_from

    mapping = None if map_file is None else load_map(map_file)
    sessions = requests_from(data, mapping, None if at is None else moment)
    tally = Tally()
    with progress_bar() as progress:
        task = progress.add_task(task_name, total=count_requests(data))
        observer = Observer(registry, models, places)
        observer.add(tally, sessions, moment, lambda rows: progress.advance(task, rows))
    return tally


def read_histograms(registry: Registry, log: Path) -> tuple[Tally, int]:
    """A log as a tally, and how many of its lines speak of what the registry has not. Raises MonitoringError."""
    from infra.cli.output import progress_bar

    known = frozenset([*registry.features, *(f"model {name}" for name in registry.models)])
    with progress_bar() as progress:
        task = progress.add_task("read", total=None)
        return read_log(log, known, lambda: progress.advance(task))


def read_places(region: str, device: str) -> Places:
    """Where requests say their region and device. Raises UsageError."""
    return Places(_path(region, "--region"), _path(device, "--device"))


def model_named(registry: Registry, name: str) -> str:
    """The name of a model that exists. Raises UsageError."""
    if name in registry.models:
        return name
    known = list(registry.models)
    help_line = suggestion(name, known, "models") if known else "the registry has no model"
    raise UsageError(f"expected a model of the registry, found `{name}`", help_line)


def watched_names(names: list[str], groups: dict[str, str]) -> frozenset[str]:
    """The features that `--of` names, by themselves or by their group; all without one. Raises UsageError."""
    known = [*groups, *dict.fromkeys(groups.values())]
    for name in names:
        if name not in known:
            help_line = suggestion(name, known, "features and groups") or f"the groups are {listed(groups.values())}"
            raise UsageError(f"expected a feature or a group of features for `--of`, found `{name}`", help_line)
    return frozenset(one for one, group in groups.items() if not names or one in names or group in names)


def _path(text: str, option: str) -> tuple[str, ...]:
    parts = tuple(text.split("."))
    if len(parts) < 2 or not all(parts):
        raise UsageError(f"expected a path such as `geo.country` for `{option}`, found `{text}`")
    return parts
