# Commands for people who work on mpdiag.  `make` alone lists them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help venv check test quick types lint format gold bench cpython docs build clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(BIN)/mpdiag ## Make .venv with everything that the other commands need

$(BIN)/mpdiag: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[dev]'
	@touch $@

check: ## Do all that CI does, in a fresh environment (up to 40 minutes)
	bash .ci/run

test: venv ## Run the whole suite
	$(BIN)/pytest

quick: venv ## Run the tests that start no process
	$(BIN)/pytest -m 'not processes and not programs and not slow'

types: venv ## Check types, source and tests
	$(BIN)/mypy --strict

lint: venv ## Check style and spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell

format: venv ## Bring the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

gold: venv ## Renew the expected reports; read the difference before you commit it
	MPDIAG_GOLD=renew $(BIN)/pytest tests/gold

bench: venv ## Measure the costs and write docs/costs.md anew
	$(BIN)/python benchmarks/run_all.py

soak: venv ## Run healthy pools for three minutes and write docs/soak.md anew
	$(BIN)/python benchmarks/soak.py

cpython: venv ## Run CPython's own tests with and without mpdiag (an hour)
	$(BIN)/python scripts/cpython_tests.py --jobs 3 --page docs/cpython-tests.md

docs: venv ## Check that docs, README and examples are true
	$(BIN)/pytest tests/test_readme.py tests/test_docs.py tests/test_examples.py

build: venv ## Build the wheel
	$(BIN)/pip wheel -q --no-deps -w dist .

clean: ## Remove what these commands made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
