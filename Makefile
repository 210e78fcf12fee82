# Needs Python 3.11 or newer and make; everything else is set up here, once, under .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HOST ?= 127.0.0.1
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup run test browser check lint types contracts format benchmarks teach clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## ?(.*)/\1\t\2/' | awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## the virtual environment and all that the project needs (the other targets do this by themselves)

# The stamp is younger than pyproject.toml once everything is installed, so set-up runs once and again when that changes.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than Python 3.11; set PYTHON=python3.11 or newer" >&2; exit 2; }
	@echo "Setting up $(VENV) (once; a few minutes on a slow line) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

run: $(READY) ## the demonstration: a small web of invented clinics, crawled, scored and shown at http://127.0.0.1:8000
	@$(BIN)/vetting demo --host $(HOST) --port $(PORT)

test: $(READY) ## every test that needs no browser
	@$(BIN)/pytest -n 2 --dist loadfile -m "not browser"

browser: $(READY) ## the tests that drive Chromium (install it with your system's packages)
	@$(BIN)/pytest -m browser

check: lint types contracts ## lint, types and import contracts; quick enough for every commit

lint: $(READY) ## ruff: mistakes and layout
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## mypy, strict, on the rooms
	@$(BIN)/mypy

contracts: $(READY) ## who may import whom
	@$(BIN)/lint-imports --no-logo

format: $(READY) ## lay the code out as `make lint` wants it
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

benchmarks: $(READY) ## measure crawling, reading, scoring, search and preview beside their peers; takes long
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,benchmarks]'
	$(BIN)/python benchmarks/crawl.py throughput
	$(BIN)/python benchmarks/crawl.py memory
	$(BIN)/python benchmarks/crawl.py fairness
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/scoring.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/preview.py

teach: $(READY) ## teach the reader anew from data/teaching (installs torch; takes long; docs/decisions.md says when)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,teach]'
	@$(BIN)/python -m teaching.train

clean: ## remove the environment, caches and the demonstration's data; never your own data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info data/demo
