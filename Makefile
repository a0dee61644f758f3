# Edgewise: every task of a developer. `make` alone lists them.
# PYTHON names the interpreter of set-up (3.11 or later); ARGS is handed on to demo, test and bench.

PYTHON ?= python3
ARGS ?=
PY := .venv/bin/python

export PYTHON
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench lock clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install Python and node packages into the checkout; does nothing when they are there
	@bash scripts/setup.sh

demo: ## compile the example shop, serve it, and send 12,330 real sessions through it
	@bash scripts/setup.sh demo
	@$(PY) -m infra.demo $(ARGS)

test: setup ## run the tests
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

check: setup ## lint, format, types, architecture, generated files
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q tests/architecture
	$(PY) -m infra.generate --check

format: setup ## format the sources and sort their imports
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: ## measure speed and size against the peers
	@bash scripts/setup.sh bench
	@$(PY) -m infra.bench $(ARGS)

lock: ## pin the dependencies of pyproject.toml anew; ARGS=--upgrade takes the newest versions
	@bash scripts/lock.sh $(ARGS)

clean: ## remove everything that set-up and the tasks made
	rm -rf .venv node_modules build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
