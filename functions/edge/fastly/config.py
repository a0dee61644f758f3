"""Writes the configuration of the Fastly Compute service: its manifest, and the package that builds it."""

from __future__ import annotations

import json

JS_COMPUTE = "3.46.0"
"""The version of `@fastly/js-compute` that the tests build with."""

_BUILD = "js-compute-runtime worker.js bin/main.wasm"


def fastly_manifest(*, name: str = "edgewise") -> str:
    """The text of `fastly.toml`, for `fastly compute publish`."""
    return "\n".join(
        [
            "manifest_version = 3",
            f"name = {json.dumps(name)}",
            'language = "javascript"',
            "",
            "[scripts]",
            'build = "npm run build"',
            "",
            "[setup.backends.origin]",
            'description = "The shop: it gets all requests but Edgewise\'s own."',
            "",
        ]
    )


def package_manifest(*, name: str = "edgewise") -> str:
    """The text of `package.json`: the one tool that the build needs."""
    content = {
        "name": name,
        "private": True,
        "type": "module",
        "scripts": {"build": _BUILD},
        "devDependencies": {"@fastly/js-compute": JS_COMPUTE},
    }
    return json.dumps(content, indent=2) + "\n"
