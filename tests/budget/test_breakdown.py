"""What artefacts cost: parts that add up, limits that hold at their last byte, errors that say what to do."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from decision_engine.artefact import Artefact
from decision_engine.budget import (
    PLATFORMS,
    Breakdown,
    Platform,
    Quantity,
    Size,
    check_budget,
    count_operations,
    measure,
    weigh,
)
from decision_engine.budget.breakdown import is_code, wasm_pages
from decision_engine.ir import Program
from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.targets.wasm import emit_wasm
from feature_registry import Registry, load
from infra.errors import InfraError
from infra.targets import TARGETS, assemble, build, program_for
from tests.budget.shop import TREES, write_shop
from tests.cli.running import EXAMPLE, SHOP, Run, files_of


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return load(write_shop(tmp_path_factory.mktemp("shop")), SIGNATURES)


@pytest.fixture(scope="module")
def program(registry: Registry) -> Program:
    return program_for("wasm", registry)


def builder(target: str) -> Callable[[Program], Artefact]:
    return lambda program: assemble(target, program)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", [EXAMPLE / "registry", SHOP], ids=["example", "shop"])
def test_the_parts_of_an_artefact_add_up_to_its_files(target: str, path: Path) -> None:
    loaded = load(path, SIGNATURES)
    program = program_for(target, loaded)
    made = assemble(target, program)
    found = measure(made, program, builder(target))
    names = [name for name in made.files if name != "artefact.json"]
    sizes = {name: unpacked(name, made.files[name]) for name in names}
    apart = sum(found.apart.values(), Size(0, 0))
    assert sum(found.parts.values(), apart) == sum(sizes.values(), Size(0, 0))
    assert sum((size for name, size in sizes.items() if is_code(name)), Size(0, 0)) == found.code
    assert set(found.parts) == {
        "host",
        "rules",
        "payloads",
        "configuration",
        *(f"model {name}" for name in loaded.models),
    }
    assert all(size.raw >= 0 for size in found.parts.values())
    assert all(found.parts[f"model {name}"].raw > 200 for name in loaded.models)


def test_each_model_has_its_own_part(registry: Registry, program: Program) -> None:
    large, small = program.forests[0], replace(program.forests[0], name="small", trees=program.forests[0].trees[:3])
    nodes = program.nodes
    twice = replace(program, forests=(large, small), nodes=nodes)
    found = measure(assemble("wasm", twice), twice, builder("wasm"))
    assert found.parts["model intent"].raw > 3 * found.parts["model small"].raw > 0


def test_the_manifest_holds_the_breakdown(registry: Registry) -> None:
    manifest = build("cloudflare", registry).manifest
    budget = manifest["budget"]
    assert budget["platform"] == "cloudflare"
    assert budget["limits"]["code_gzip"] == {
        "value": 3_000_000,
        "as_of": "2026-11-21",
        "source": "https://developers.cloudflare.com/workers/platform/limits",
        "note": PLATFORMS["cloudflare"].limits[Quantity.CODE_GZIP].note,
    }
    assert sum(part["raw"] for part in budget["parts"].values()) == manifest["bytes"]["raw"]


def test_the_digest_of_an_artefact_does_not_depend_on_compression(registry: Registry, program: Program) -> None:
    made = assemble("wasm", program)
    bare = {name: content for name, content in made.files.items() if name != "artefact.json"}
    lines = ["wasm", program.registry, *(f"{name} {made.manifest['files'][name]['sha256']}" for name in sorted(bare))]
    assert made.manifest["digest"] == f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"


@pytest.mark.parametrize(("more", "passes"), [(-1, False), (0, True), (1, True)])
def test_the_last_byte_counts(registry: Registry, more: int, passes: bool) -> None:
    size = build("javascript", registry).manifest["budget"]["code"]["raw"]
    if passes:
        assert build("javascript", registry, budget=size + more).manifest["budget"]["asked"] == size + more
        return
    with pytest.raises(InfraError) as caught:
        build("javascript", registry, budget=size + more)
    (problem,) = caught.value.diagnostics
    assert problem.code == "over-budget"
    assert f"at most {size - 1:,} bytes" in problem.message
    assert f"found {size:,}: host " in problem.message
    assert problem.help is not None
    assert "1 bytes too many: `--fit" in problem.help


@pytest.mark.parametrize(
    ("quantity", "change"),
    [
        (Quantity.CODE_RAW, lambda found, n: replace(found, code=Size(n, 5))),
        (Quantity.CODE_GZIP, lambda found, n: replace(found, code=Size(5, n))),
        (Quantity.MEMORY, lambda found, n: replace(found, memory=n)),
        (Quantity.KV_KEY, lambda found, n: replace(found, values={"k" * n: 3})),
        (Quantity.KV_VALUE, lambda found, n: replace(found, values={"key": n})),
    ],
)
def test_every_limit_holds_at_n_minus_1_n_and_n_plus_1(
    program: Program, quantity: Quantity, change: Callable[[Breakdown, int], Breakdown]
) -> None:
    limits = {one: replace(limit, value=None) for one, limit in PLATFORMS["cloudflare"].limits.items()}
    limits[quantity] = replace(limits[quantity], value=700.0)
    platform = Platform("test", "Test", MappingProxyType(limits))
    found = measure(assemble("wasm", program), program, builder("wasm"))
    found = replace(found, memory=0)
    assert check_budget(change(found, 699), platform, program) == ()
    assert check_budget(change(found, 700), platform, program) == ()
    (excess,) = check_budget(change(found, 701), platform, program)
    assert (excess.quantity, excess.found, excess.allowed) == (quantity, 701, 700)
    assert "700" in excess.message
    assert excess.advice


def test_a_function_apart_is_held_by_itself(program: Program) -> None:
    found = weigh(assemble("wasm", program), program)
    sizes = [check_budget(replace(found, code=Size(1, 1), memory=0, apart={"viewer_response.js": Size(n, 1)}),
                          PLATFORMS["cloudfront"], program) for n in (10_239, 10_240, 10_241)]  # fmt: skip
    assert [len(one) for one in sizes] == [0, 0, 1]
    assert "viewer_response.js" in sizes[2][0].message


def test_what_is_not_established_is_held_to_nothing(program: Program) -> None:
    found = replace(weigh(assemble("wasm", program), program), values={"k" * 10_000: 10**9}, memory=0)
    assert check_budget(found, PLATFORMS["fastly"], program) == ()
    assert check_budget(found, None, program) == ()


def test_the_largest_payloads_are_named_when_they_are_too_large(registry: Registry, program: Program) -> None:
    payloads = tuple(
        replace(one, json=json.dumps("x" * size)) for one, size in zip(program.payloads, (10, 9000, 500), strict=True)
    )
    fat = replace(program, payloads=payloads)
    found = measure(assemble("javascript", fat), fat, builder("javascript"))
    (excess,) = check_budget(found, None, fat, budget=found.code.raw - 5000)
    assert f"shorten the largest payloads: `{payloads[1].key}` (9,002)" in excess.advice


def test_memory_is_that_of_the_wasm_module(program: Program) -> None:
    emitted = emit_wasm(program)
    assert wasm_pages(emitted.content) == emitted.pages
    assert weigh(assemble("wasm", program), program).memory == 65536 * emitted.pages
    choices = assemble("javascript", program).choices
    assert weigh(assemble("javascript", program), program).memory == sum(one.memory_bytes for one in choices)


def test_the_longest_path_counts_nodes_and_forests(program: Program) -> None:
    found = count_operations(program)
    assert len(found.forests) == 1
    assert TREES * 2 < found.forests[0] <= TREES * 16
    assert found.total == found.rules + found.forests[0] + found.rankings
    smaller = replace(program, forests=(replace(program.forests[0], trees=program.forests[0].trees[:1]),))
    assert count_operations(smaller).forests[0] < found.forests[0]
    assert count_operations(smaller).rules == found.rules


def test_compile_fails_over_budget_and_writes_nothing(run: Run, shop: Path) -> None:
    out = shop / "out"
    ran = run("compile", shop / "registry", "--target", "javascript", "--out", out, "--budget", 1000)
    assert ran.code == 1
    assert ran.err.startswith("error[over-budget]: expected at most 1,000 bytes of code")
    assert "host " in ran.err
    assert "model intent " in ran.err
    assert not out.exists()
    assert load_models(load(shop / "registry", SIGNATURES))


def test_compile_explains(run: Run, shop: Path) -> None:
    out = shop / "out"
    ran = run("compile", shop / "registry", "--target", "cloudflare", "--out", out, "--explain")
    assert (ran.code, ran.err) == (0, "")
    for part in ("strategy", "why", "host", "model intent", "longest path", "2026-11-21", "not established"):
        assert part in ran.out
    shown = run("compile", shop / "registry", "--target", "cloudflare", "--out", out, "--json").json
    assert [one["name"] for one in shown["forests"]] == ["intent"]
    assert shown["forests"][0]["why"]
    assert shown["budget"]["operations"]["total"] > 0
    assert sorted(files_of(out)) == sorted([*shown["files"], "artefact.json"])


def unpacked(name: str, content: bytes) -> Size:
    if name.endswith(".tgz"):
        with tarfile.open(fileobj=io.BytesIO(content)) as bundle:
            files = [bundle.extractfile(member) for member in bundle.getmembers()]
            return Size(sum(len(file.read()) for file in files if file), len(content))
    if name.endswith((".zip", ".whl")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return Size(sum(len(archive.read(member)) for member in archive.namelist()), len(content))
    return Size(len(content), len(gzip.compress(content, compresslevel=9, mtime=0)))
