"""The suite `size`: bytes of artefacts, beside models as other projects ship them, and beside budgets."""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from decision_engine.targets.javascript.emit import emit_javascript
from decision_engine.targets.wasm import emit_wasm
from functions.edge.browser.build import PAGE_ENTRY, build_browser
from infra.bench.example import SHOP, program, rules_alone
from infra.bench.models import SIZES, Model, model, program_of
from infra.bench.node import ROOT
from infra.bench.peers import m2cgen_module, onnx_file, tl2cgen_library
from infra.bench.result import Findings, LeftOut, Row, Unit
from infra.bench.timing import Setting
from infra.bench.workers import bundle
from infra.errors import EngineError, InfraError
from infra.folders import write_files
from infra.targets import TARGETS, assemble

SUITE = "size"
HOST_BUDGET = 6 * 1024
CLOUDFRONT_BUDGET = 10_240
CLOUDFRONT_AUC_LOSS = 0.002
CLOUDFRONT = "cloudfront"

_HOST_CASE = "JavaScript host and the example's rules, no model, minified, gzip"
_CLOUDFRONT_CASE = f"the example in CloudFront Functions, fitted, AUC loss <= {CLOUDFRONT_AUC_LOSS}"


def measure_size(setting: Setting) -> Findings:
    """Bytes after gzip of models and of whole artefacts; the CloudFront function's as it is deployed."""
    found = Findings()
    sizes = ("small", "medium") if setting.quick else tuple(SIZES)
    setting.plan(len(sizes) + len(TARGETS) + 2)
    for size in sizes:
        _models(size, found)
        setting.advance()
    for target in TARGETS:
        _artefact(target, found)
        setting.advance()
    _measure(found, _HOST_CASE, _host)
    setting.advance()
    _measure(found, _CLOUDFRONT_CASE, _cloudfront)
    setting.advance()
    return found


def _models(size: str, found: Findings) -> None:
    """Ours and the peers' forms of one model without categorical inputs, which m2cgen does not read."""
    numeric = model(size, is_numeric=True)
    program_ = program_of(numeric.forest)
    ours = {
        "wasm": emit_wasm(program_).content,
        "JavaScript": emit_javascript(program_).encode(),
    }
    peers: dict[str, Callable[[Model], bytes]] = {
        "m2cgen JavaScript": lambda one: m2cgen_module(one).encode(),
        "ONNX": onnx_file,
        "tl2cgen .so": _library,
        "LightGBM text": lambda one: one.booster.model_to_string().encode(),
    }
    for peer, make in peers.items():
        try:
            theirs = _zipped(make(numeric))
        except EngineError as problem:
            found.left_out.append(_left_out(f"{peer}, {size} model", problem, is_wanted=False))
            continue
        found.rows.extend(
            _row(f"{size} model, numeric, gzip: {name}", _zipped(content), peer, theirs)
            for name, content in ours.items()
        )


def _artefact(target: str, found: Findings) -> None:
    """The whole example for a target, host included, beside the model file that it was compiled of."""
    try:
        artefact = assemble(target, program())
    except InfraError as problem:  # a platform may be too small for the example as it is
        found.left_out.append(_left_out(f"the example for `{target}`", problem, is_wanted=False))
        return
    model_file = next(iter((SHOP / "registry" / "models").iterdir())).read_bytes()
    size = artefact.manifest["bytes"]["gzip"]
    found.rows.append(_row(f"the example for `{target}`, gzip", size, "its LightGBM model file", _zipped(model_file)))


def _measure(found: Findings, case: str, measure: Callable[[], Row]) -> None:
    try:
        found.rows.append(measure())
    except InfraError as problem:
        found.left_out.append(_left_out(case, problem, is_wanted=True))


def _host() -> Row:
    return _row(_HOST_CASE, _zipped(page_bundle()), "budget", HOST_BUDGET, 1.0)


def page_bundle() -> bytes:
    """What a page loads to decide by the example's rules without its model: one minified module."""
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        write_files(build_browser(rules_alone()).files, Path(name, "files"))
        entry = f'export * from "{Path(name, "files", PAGE_ENTRY)}";\n'
        return bundle(entry, Path(name, "bundle"), minify=True)


def _cloudfront() -> Row:
    """The function as `compile --fit` makes it; that refuses a model whose AUC falls by more than it may."""
    data = SHOP / "data" / "online_shoppers_intention.csv"
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        out = Path(name, "out")
        command = ["compile", str(SHOP / "registry"), "--target", CLOUDFRONT, "--out", str(out), "--fit"]
        command += ["--data", str(data), "--label", "Revenue", "--map", str(SHOP / "map.json"), "--judge", "held-out"]
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli.main", *command, "--max-auc-loss", str(CLOUDFRONT_AUC_LOSS)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise EngineError("command-failed", f"edgewise compile failed: {said[0] if said else 'it said nothing'}")
        shipped = (out / "function.js").stat().st_size
    return _row(_CLOUDFRONT_CASE, shipped, "limit", CLOUDFRONT_BUDGET, 1.0)


def _library(model_: Model) -> bytes:
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        return tl2cgen_library(model_, Path(name)).read_bytes()


def _zipped(content: bytes) -> int:
    return len(gzip.compress(content, compresslevel=9, mtime=0))


def _row(case: str, ours: float, peer: str, theirs: float, wanted: float | None = None) -> Row:
    return Row(SUITE, case, ours, peer, theirs, wanted=wanted, unit=Unit.BYTES)


def _left_out(what: str, problem: InfraError, *, is_wanted: bool) -> LeftOut:
    return LeftOut(SUITE, what, problem.diagnostics[0].message, is_wanted)
