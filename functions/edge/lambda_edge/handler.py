"""The Lambda@Edge function in Python: `handler.handler`, prepared while the instance starts.

Copied into artefacts as it stands, with `events.py`, `program.py`, `tables.json` and the package `edgewise_host`.
"""

import json
import logging
from pathlib import Path

import edgewise_host  # type: ignore[import-not-found] # stands beside this file in an artefact only
import events  # type: ignore[import-not-found] # the same: an artefact only
import program  # type: ignore[import-not-found] # the same: an artefact only

_LOG = logging.getLogger("edgewise")
_TABLES = json.loads(Path(__file__).with_name("tables.json").read_text(encoding="utf-8"))


def _log(error: BaseException) -> None:
    _LOG.error("served the neutral answer: %r", error)


handler = events.create_handler(
    edgewise_host.open_host(_TABLES, program.decide, target="lambda-edge-python", on_error=_log),
    edgewise_host.HttpRequest,
)
