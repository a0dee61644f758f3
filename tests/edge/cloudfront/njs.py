"""Runs the functions in njs, the closest runtime there is to CloudFront Functions, and makes their events."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

Json = Any

NEEDS_NJS = pytest.mark.skipif(shutil.which("njs") is None, reason="njs is not installed: apt-get install njs")

_CLOUDFRONT = """\
export default {
  kvs: function () {
    return {
      get: async function (key) {
        if (globalThis.stored_value === null || key !== 'edgewise') throw new Error('KeyNotFound');
        return globalThis.stored_value;
      },
    };
  },
};
"""

# A chain of promises: njs 0.7.9 crashes on `await` in a loop of an async function.
_DRIVER = """
const run_calls = %s;
const run_next = function (run_at) {
  if (run_at === run_calls.length) return;
  const run_call = run_calls[run_at];
  globalThis.stored_value = run_call.stored;
  Date.now = function () { return run_call.at; };
  handler(run_call.event).then(function (run_result) {
    console.log('=' + JSON.stringify(run_result, function (key, value) {
      return typeof value === 'string' && value.length > 200 ? '(long)' : value;
    }));
    run_next(run_at + 1);
  });
};
run_next(0);
"""


@dataclass(frozen=True)
class Call:
    """One call of a handler: the event, the time, and the value in the KeyValueStore."""

    event: Json
    at: int
    stored: str | None = None


@dataclass(frozen=True)
class Ran:
    """What the calls returned, and what was logged."""

    returned: list[Json]
    log: list[str] = field(default_factory=list)


def run(function: str, calls: Iterable[Call], folder: Path) -> Ran:
    """Call the handler of a function, in one process of njs that forbids code from text, as the platform does."""
    (folder / "cloudfront").write_text(_CLOUDFRONT, encoding="utf-8")
    listed = [{"event": call.event, "at": call.at, "stored": call.stored} for call in calls]
    path = folder / "function.js"
    path.write_text(function + _DRIVER % json.dumps(listed), encoding="utf-8")
    command = ["njs", "-u", "-t", "module", "-p", str(folder), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    lines = done.stdout.split("\n")
    return Ran(
        [json.loads(line[1:]) for line in lines if line[:1] == "="],
        [line for line in lines if line[:1] not in ("", "=")],
    )


def headers(request: Json) -> dict[str, str]:
    """The headers that a function has put into a request, without `x-edgewise-` in front."""
    found = {name: entry["value"] for name, entry in request["headers"].items()}
    return {name.removeprefix("x-edgewise-"): text for name, text in found.items() if name.startswith("x-edgewise-")}


def stringify(document: Json) -> str:
    """JSON as the `JSON.stringify` of browsers writes it: characters as they are, a lone surrogate escaped."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return "".join(f"\\u{ord(one):04x}" if "\ud800" <= one <= "\udfff" else one for one in text)


def event(
    document: Json | None = None,
    *,
    sent: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    kind: str = "viewer-request",
) -> Json:
    """An event as CloudFront documents it; `document` is the request's object, sent as the cookie `edgewise`."""
    crumbs = dict(cookies or {})
    if document is not None:
        crumbs["edgewise"] = quote(stringify(document), safe="")
    made: Json = {
        "version": "1.0",
        "context": {
            "distributionDomainName": "d111111abcdef8.cloudfront.net",
            "distributionId": "EDFDVBD6EXAMPLE",
            "eventType": kind,
            "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
        },
        "viewer": {"ip": "198.51.100.11"},
        "request": {
            "method": "GET",
            "uri": "/",
            "querystring": {name: {"value": value} for name, value in (query or {}).items()},
            "headers": {"host": {"value": "shop.example"}, **{n: {"value": v} for n, v in (sent or {}).items()}},
            "cookies": {name: {"value": value} for name, value in crumbs.items()},
        },
    }
    if kind == "viewer-response":
        made["response"] = {"statusCode": 200, "statusDescription": "OK", "headers": {}, "cookies": {}}
    return made


_VALUES = """
const run_view = new DataView(new ArrayBuffer(8));
const run_read = function (hex) {
  run_view.setUint32(0, parseInt(hex.slice(0, 8), 16));
  run_view.setUint32(4, parseInt(hex.slice(8), 16));
  return run_view.getFloat64(0);
};
const run_half = function (place) {
  return ('0000000' + run_view.getUint32(place).toString(16)).slice(-8);
};
const run_write = function (value) {
  run_view.setFloat64(0, value);
  return run_half(0) + run_half(4);
};
%s.forEach(function (row) {
  console.log(JSON.stringify(run_called(row.map(run_read))));
});
"""


def evaluate(code: str, called: str, rows: Iterable[Sequence[float]], folder: Path) -> list[Any]:
    """What the function `called` of one row of doubles returns, as JSON; it may use `run_write`, a double's bits."""
    listed = json.dumps([[struct.pack(">d", value).hex() for value in row] for row in rows])
    path = folder / "values.js"
    path.write_text(f"{code}\nconst run_called = {called};\n{_VALUES % listed}", encoding="utf-8")
    done = subprocess.run(
        ["njs", "-u", "-t", "module", str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.split("\n") if line]
