# Each target does all its own set-up: Python 3.11 or later, make and git are enough.
# The first of these that runs and is new enough (a name alone may be a shim that leads nowhere).
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
RUN := $(VENV)/.run
DEV := $(VENV)/.dev

.PHONY: demo test lint fmt docs bench soak clean

demo: $(RUN)  ## two regions end to end
	$(BIN)/certx demo

test: $(DEV)  ## every test that needs no other software than this
	$(BIN)/python -m pytest -n auto

lint: $(DEV)  ## what CI holds the sources to
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m certx.docs --check

fmt: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(DEV)  ## write the generated pages anew
	$(BIN)/python -m certx.docs

bench: $(DEV)  ## ratios against the raw signature and the peers that are installed
	$(BIN)/python bench/run.py
	$(BIN)/python bench/carriers.py
	$(BIN)/python bench/agreements.py
	$(BIN)/python bench/presenting.py

soak: $(DEV)  ## what takes too long for CI: kills at random points, many random documents
	$(BIN)/python -m pytest -n auto --soak

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "certx needs Python 3.11 or later: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN): $(VENV)/pyvenv.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	$(BIN)/python -m compileall -q src/certx
	touch $@

$(DEV): $(RUN) constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist
