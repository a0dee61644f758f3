#!/usr/bin/env bash
# Set up the checkout: .venv from requirements/*.txt, node_modules from package-lock.json.
#
# The one argument says what for: `demo` installs what the demo and the commands need, `test` what the tests and checks
# need besides (trainers, Spark, edge runtimes, njs, chromium), `bench` also wrk. Without one: `test`.
# Safe to run again: each part has a stamp that holds the digest of its lock, and does nothing while the two agree.
# Needs a network only when something is to be installed, and never needs root. PYTHON names the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
version_of='import sys; print("%d.%d" % sys.version_info[:2])'
venv=.venv
venv_stamp=$venv/.edgewise-stamp
node_stamp=node_modules/.edgewise-stamp
purpose=${1:-test}

# Packages of Debian that the purpose needs: set-up installs them when it may.
case $purpose in
demo) system_packages=() ;;
test) system_packages=(njs chromium) ;;
bench) system_packages=(njs chromium wrk gcc) ;;
*)
    printf 'setup: expected demo, test or bench, found `%s`\n' "$purpose" >&2
    exit 2
    ;;
esac

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

# The stamp of an environment: its purpose (everything, or the demo alone), and what it was made from. The whole serves
# the demo too.
is_stamped() {
    local found
    found=$(cat "$1" 2>/dev/null) || return 1
    [ "$found" = "whole $2" ] || { [ "$purpose" = demo ] && [ "$found" = "demo $2" ]; }
}

stamp() {
    if [ "$purpose" = demo ]; then printf 'demo %s\n' "$2" >"$1"; else printf 'whole %s\n' "$2" >"$1"; fi
}

install_python_packages() {
    local version wanted
    version=$("$python" -c "$version_of")
    wanted="$version $(digest requirements/demo.txt requirements/dev.txt pyproject.toml)"
    if [ -x $venv/bin/python ] && is_stamped $venv_stamp "$wanted" && $venv/bin/python -c ''; then
        return
    fi
    if [ "$($venv/bin/python -c "$version_of" 2>/dev/null)" != "$version" ]; then
        "$python" -m venv --clear $venv || fail "\`$python -m venv\` failed; on Debian install python3-venv"
    fi
    if [ "$purpose" = demo ]; then
        say "installing Python packages into $venv (about a minute)"
        install -r requirements/demo.txt
    else
        say "installing Python packages into $venv (some minutes: the trainers and Spark are large)"
        install -r requirements/demo.txt
        install --no-build-isolation -r requirements/dev.txt
    fi
    $venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
    stamp $venv_stamp "$wanted"
}

install() {
    $venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes "$@"
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
    is_stamped $node_stamp "$wanted" && return
    say "installing node packages into node_modules"
    if [ "$purpose" = demo ]; then npm ci --omit=dev --loglevel=error; else npm ci --loglevel=error; fi
    stamp $node_stamp "$wanted"
}

check_python
install_system_packages
install_python_packages
install_node_packages
[ "$purpose" = demo ] || bash scripts/pyodide.sh
