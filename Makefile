# Everything needs only Python 3.11 or newer; the first target that runs code sets .venv up by itself.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PEERS := .venv/.peers
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-mutants faults guarantees bench soak journey-compose lint clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## install what requirements.lock pins into .venv, hashes checked

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Stillwater needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "Setting up .venv (a minute or two at the first time) ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## tell the story of a patient, from a web form to the end of a course
	@$(BIN)/stillwater demo

up: $(STAMP) ## run everything in one process, data in .stillwater/, until Ctrl-C
	@$(BIN)/stillwater up

test: $(STAMP) ## run every test that this machine can run; says what it skipped and why
	@$(BIN)/python -m pytest -n auto

faults: $(STAMP) ## the fault suite in full, up to 45 minutes; STILLWATER_SEED repeats one; to .results/faults.json
	@STILLWATER_FAULTS=$${STILLWATER_FAULTS:-full} $(BIN)/python -m pytest tests/faults/scenarios tests/faults/naive tests/unit/faults -s

guarantees: $(STAMP) ## write the figures of .results/faults.json into docs/guarantees.md
	@$(BIN)/python -m tests.faults.guarantees

test-mutants: $(STAMP) ## change every shipped screening rule a little: names the changes that no vector notices
	@$(BIN)/python -m tests.unit.rules.mutants

bench: $(STAMP) ## speed beside what one would use instead, then 100,000 random patients; to .results/bench.json and docs/speed/
	@$(MAKE) --no-print-directory $(PEERS) || echo "The libraries to compare with could not be installed: figures without them."
	@$(BIN)/python -m tests.benchmarks

$(PEERS): $(STAMP) requirements-bench.lock
	@echo "Installing what is compared with ..."
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

soak: $(STAMP) ## 30 minutes of steady load: relay latency and table sizes, flat or not; to .results/soak.json
	@$(BIN)/python -m tests.benchmarks.soak

journey-compose: $(STAMP) ## the story and the deaths in docker compose; fails where Docker is missing
	@STILLWATER_REQUIRE=compose $(BIN)/python -m pytest tests/faults tests/journey tests/integration/containers -k 'compose or rights'

lint: $(STAMP) ## ruff, mypy --strict, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

clean: ## remove .venv, caches and the embedded data in .stillwater/
	@rm -rf .venv .stillwater .results .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
