#!/usr/bin/env bash
# Set up the checkout: .venv from requirements/dev.txt, node_modules from package-lock.json.
#
# Safe to run again: each part has a stamp that holds the digest of its lock, and does nothing while the two agree.
# Needs a network only when something is to be installed, and never needs root. PYTHON names the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
version_of='import sys; print("%d.%d" % sys.version_info[:2])'
venv=.venv
venv_stamp=$venv/.edgewise-stamp
node_stamp=node_modules/.edgewise-stamp

# Packages of the system that a task needs (make bench asks for wrk); set-up installs them when it may. Tests need none.
read -r -a system_packages <<<"${SYSTEM_PACKAGES:-}"

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 2
}

check_python() {
    command -v "$python" >/dev/null || fail "\`$python\` was not found; expected Python 3.11 or later: make PYTHON=/path/to/python3.11"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "expected Python 3.11 or later, found $("$python" -V 2>&1): make PYTHON=/path/to/python3.11"
}

digest() {
    "$python" - "$@" <<'PY'
import hashlib, pathlib, sys

print(hashlib.sha256(b"\0".join(pathlib.Path(name).read_bytes() for name in sys.argv[1:])).hexdigest())
PY
}

install_system_packages() {
    local name missing=()
    for name in ${system_packages[@]+"${system_packages[@]}"}; do
        dpkg -s "$name" >/dev/null 2>&1 || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing ${missing[*]}"
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"
    else
        say "not installed, and only root can: ${missing[*]}; what needs them is left out"
    fi
}

install_python_packages() {
    local version wanted
    version=$("$python" -c "$version_of")
    wanted="$version $(digest requirements/dev.txt pyproject.toml)"
    if [ -x $venv/bin/python ] && [ "$(cat $venv_stamp 2>/dev/null)" = "$wanted" ] && $venv/bin/python -c ''; then
        return
    fi
    say "installing Python packages into $venv (about a minute)"
    if [ "$($venv/bin/python -c "$version_of" 2>/dev/null)" != "$version" ]; then
        "$python" -m venv --clear $venv || fail "\`$python -m venv\` failed; on Debian install python3-venv"
    fi
    $venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
    $venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
    printf '%s\n' "$wanted" >$venv_stamp
}

install_node_packages() {
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        say "node and npm were not found: the edge runs in the Python host, and tests in real JavaScript runtimes are skipped"
        return
    fi
    if ! node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))'; then
        say "expected node 20 or later, found $(node --version): the edge runs in the Python host"
        return
    fi
    local wanted
    wanted=$(digest package-lock.json)
    [ "$(cat $node_stamp 2>/dev/null)" = "$wanted" ] && return
    say "installing node packages into node_modules"
    npm ci --loglevel=error
    printf '%s\n' "$wanted" >$node_stamp
}

check_python
install_system_packages
install_python_packages
install_node_packages
