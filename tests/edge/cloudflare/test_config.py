"""The worker's configuration: the same bytes every time, and nothing in it that only tests may have."""

import tomllib

from functions.edge.cloudflare import CF_HEADER, COMPATIBILITY_DATE, workerd_config, wrangler_config

MODULES = ["worker.js", "program.wasm"]


def test_the_same_bytes_every_time() -> None:
    assert workerd_config(MODULES) == workerd_config(iter(MODULES))
    assert wrangler_config("worker.js") == wrangler_config("worker.js")


def test_requests_bring_their_own_geo_only_when_that_is_asked_for() -> None:
    assert CF_HEADER not in workerd_config(MODULES)
    assert CF_HEADER in workerd_config(MODULES, cf_header=CF_HEADER)


def test_modules_keep_their_order_and_kind() -> None:
    first, second = [line.strip() for line in workerd_config(MODULES).splitlines() if "embed" in line]
    assert first == '(name = "worker.js", esModule = embed "worker.js"),'
    assert second == '(name = "program.wasm", wasm = embed "program.wasm"),'


def test_wrangler_uploads_the_same_modules() -> None:
    config = tomllib.loads(wrangler_config("worker.js", name="shop"))
    assert (config["name"], config["main"], config["no_bundle"]) == ("shop", "worker.js", True)
    assert config["compatibility_date"] == COMPATIBILITY_DATE
    assert {rule["type"] for rule in config["rules"]} == {"ESModule", "CompiledWasm"}
