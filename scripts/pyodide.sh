#!/usr/bin/env bash
# Make .venv/pyodide from requirements/pyodide.txt: pyodide-build under a Python of the version that Pyodide holds.
#
# Byte code fits one version of Python, so the environment of the checkout will not do. The interpreter is the one that
# PYODIDE_PYTHON names, or python3.N of the PATH, or one of pyenv's. Without any, says so and leaves packaging out.
# Safe to run again: a stamp holds the digest of the lock.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock=node_modules/pyodide/pyodide-lock.json
venv=.venv/pyodide
stamp=$venv/.edgewise-stamp

say() { printf 'setup: %s\n' "$*" >&2; }

[ -f $lock ] && [ -x .venv/bin/python ] || exit 0
version=$(.venv/bin/python -c 'import json, sys; print(".".join(json.load(open(sys.argv[1]))["info"]["python"].split(".")[:2]))' $lock)

is_wanted() {
    [ "$("$1" -c 'import sys, ensurepip; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]
}

find_python() {
    local candidate
    for candidate in "${PYODIDE_PYTHON:-}" "$(command -v "python$version" || true)" \
        "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
        if [ -n "$candidate" ] && [ -x "$candidate" ] && is_wanted "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

wanted="$version $(.venv/bin/python -c 'import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], "rb"), "sha256").hexdigest())' requirements/pyodide.txt)"
if [ -x $venv/bin/python ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && $venv/bin/python -c ''; then
    exit 0
fi
python=$(find_python)
if [ -z "$python" ]; then
    say "Python $version was not found: packaging for Pyodide is left out (PYODIDE_PYTHON names an interpreter)"
    exit 0
fi
say "installing pyodide-build into $venv"
"$python" -m venv --clear $venv
$venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/pyodide.txt
printf '%s\n' "$wanted" >$stamp
