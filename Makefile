# Every target sets up what it needs: `make run` and `make test` work on a fresh machine with Python and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DATE   ?= 2026-11-20
PINS   ?= 100000

.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY)  ## make .venv with the locked packages and this project

run: $(READY)  ## make a sample input (once), run the main job on it and say where to look
	@test -d input/pins/date=$(DATE) || $(BIN)/interest-graph generate --date $(DATE) --pins $(PINS)
	@$(BIN)/interest-graph run --date $(DATE)

test: $(READY)  ## run all tests and doctests
	@$(BIN)/python -m pytest -q

check: $(READY)  ## format, lint, types and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY)  ## rewrite the code in the project's format
	@$(BIN)/ruff check --fix-only -q . && $(BIN)/ruff format -q .

lock: $(READY)  ## pin the newest versions that fit pyproject.toml
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 \
	    --no-emit-index-url --no-annotate --upgrade -o requirements.lock

clean:  ## remove the sample input and output, keep the venv
	rm -rf input output

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	    f"Python {v[0]}.{v[1]} found; interest-graph needs 3.11 to 3.13: make PYTHON=python3.13 ...")'
	@echo "setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $(READY)

.PHONY: help setup run test check format lock clean
