#!/usr/bin/env bash
# Pin the dependencies of pyproject.toml with their hashes into requirements/*.txt.
#
# Keeps the versions already pinned where they still fit; `scripts/lock.sh --upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv==0.13.8"

compile() {
    local output=$1
    shift
    "$tools/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --output-file "$output" pyproject.toml "$@"
}

mkdir -p requirements
compile requirements/runtime.txt "$@"
compile requirements/demo.txt --constraints requirements/runtime.txt --extra build "$@"
compile requirements/dev.txt --constraints requirements/runtime.txt \
    --extra test --extra check --extra train --extra bench --extra openfeature --extra build "$@"

# For an environment of its own, with the Python of Pyodide: the extra alone, without the project's dependencies.
"$tools/bin/python" -c 'import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["pyodide"], sep="\n")' |
    "$tools/bin/uv" pip compile --quiet --no-config --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --output-file requirements/pyodide.txt - "$@"
