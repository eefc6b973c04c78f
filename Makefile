# Both goals do all their set-up: they need Python 3.11 or newer and a network, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test docs lint dist clean

demo: $(VENV)/.ready-demo
	$(BIN)/copulasynth demo -o demo --seed 7

# one thread a process: the tests run side by side, and threads of theirs would fight for cores;
# worksteal keeps the tests of a file together, so that what they share is set up once
test: $(VENV)/.ready-test
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.ready-docs
	$(BIN)/mkdocs build --strict

# wheel and sdist in dist/, and what a release needs of them
dist: $(VENV)/.ready-dist
	rm -rf dist
	$(BIN)/python -m build
	.ci/check_dist $(BIN)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.ready-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	touch $@

$(VENV)/.ready-docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	touch $@

$(VENV)/.ready-dist: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[dist]"
	touch $@

clean:
	rm -rf $(VENV) demo dist site
