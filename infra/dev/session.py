"""`edgewise dev`: serve a registry, compile it again when it changes, keep the last good program when it is broken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from decision_engine.artefact import Artefact
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import Registry, RegistryError, inspect, load
from infra.dev.events import Broken, Compiled, Event, Restarted, Said
from infra.dev.runtimes import Runtime
from infra.dev.watch import Snapshot, settled, snapshot
from infra.errors import EngineError
from infra.targets import TARGETS

POLL_SECONDS = 0.3


def build(path: Path, target: str) -> Artefact:
    """Load, check and compile what a registry decides at the edge. Raises RegistryError."""
    return _compile(load(path, SIGNATURES), target)


def serve(path: Path, runtime: Runtime, tell: Callable[[Event], None], stop: threading.Event) -> None:
    """Serve until `stop` is set, and then end the runtime.

    Raises RegistryError when the registry is broken at the start; a later mistake is told, and the last good program
    stays. Raises EngineError when the runtime cannot run.
    """
    session = _Session(path, runtime)
    try:
        tell(session.load())
        while not stop.wait(POLL_SECONDS):
            for line in runtime.said():
                tell(Said(line))
            reason = runtime.revive()
            if reason is not None:
                tell(Restarted(reason))
            if session.has_changed():
                tell(_reloaded(session))
    finally:
        runtime.stop()


class _Session:
    """A registry on the disk, and what was last seen and served of it."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        self._path = path
        self._runtime = runtime
        self._files: tuple[Path, ...] = (path,)
        self._seen: Snapshot = {}

    def load(self) -> Compiled:
        """Serve what stands on the disk. Raises RegistryError or EngineError, and then serves what it served."""
        self._seen = settled(self._files)
        started = time.perf_counter()
        registry, diagnostics = inspect(self._path, SIGNATURES)
        if registry is None:
            raise RegistryError(diagnostics)
        artefact = _compile(registry, self._runtime.target)
        milliseconds = round((time.perf_counter() - started) * 1000)
        self._files = (self._path, *(registry.root / model.file for model in registry.models.values()))
        self._seen = snapshot(self._files) | self._seen
        self._runtime.show(artefact)
        return Compiled(registry, artefact, milliseconds, diagnostics)

    def has_changed(self) -> bool:
        """Whether a file is another one than the last load saw."""
        return snapshot(self._files) != self._seen


def _reloaded(session: _Session) -> Event:
    try:
        return session.load()
    except (RegistryError, EngineError) as fault:
        return Broken(fault.diagnostics)


def _compile(registry: Registry, target: str) -> Artefact:
    """Every target gets the decisions of the edge only, so that each runtime answers as the edge will."""
    return TARGETS[target](compile_program(registry, edge_only=True))
