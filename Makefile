# make demo            install and run the main job on a shipped person
# make test            install with the test extras and run the tests
# make check           format, lint, types, house
# make docs-pk         the table and the figure of docs/ketamine.md
# make docs-behaviour  the tables and figures of docs/behaviour.md
# make claims          run the ledger of claims; write its verdicts, docs/ledger.md and out/ledger.html (under 10 minutes)
# make docs-cycle      the page and figures of docs/cycle.md
# make docs-body       the pages of the body, its sources and the errors: docs/body, docs/errors.md (after any change of the atlas)
# make book            the book: out/book/index.html; every page with code is run (a few minutes)
# make docs-readme     the measured table and the picture of README.md
# make docs-studies    the tables of docs/studies.md
# make docs-trials     what sharing people is worth, in docs/trials.md
# make follow-proof    coverage, ranks and skill of vagus follow: docs/follow-proof.* (about 10 minutes)
# make fuzz            20,000 people far beyond all bounds: everybody ends right or reported (about a minute)
# make fuzz-readers    every reader of files fed with broken ones for a minute each (extra `fuzz`; SECONDS_EACH=3600 for an hour)
# make validate        all shipped studies beside virtual people: docs/validation.md

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check fuzz docs-pk docs-behaviour docs-body book docs-studies docs-trials docs-readme fuzz-readers validate claims docs-cycle follow-proof clean

demo: .venv/installed
	$(BIN)/vagus simulate examples/people/pain-and-depression.toml --treatment ketamine-iv-6 --days 84 --out out/

test: .venv/installed-test
	$(BIN)/python -m pytest

check: .venv/installed-check
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

fuzz: .venv/installed-test
	$(BIN)/python -m pytest -q -m slow tests/kernel

docs-pk: .venv/installed
	$(BIN)/python -m vagus.cli.ketamine_docs docs

docs-behaviour: .venv/installed
	$(BIN)/python -m vagus.cli.behaviour_docs docs

docs-body: .venv/installed
	$(BIN)/python -m vagus.cli.body_docs docs
	$(BIN)/python -m vagus.cli.errors_docs docs

book: .venv/installed-book
	$(BIN)/python -m sphinx -W --keep-going -b html docs out/book

docs-studies: .venv/installed
	$(BIN)/python -m vagus.cli.studies_docs docs

docs-trials: .venv/installed
	$(BIN)/python -m vagus.cli.trial_docs docs

docs-readme: .venv/installed-book
	$(BIN)/python -m vagus.cli.readme_docs .

fuzz-readers: .venv/installed-fuzz
	$(BIN)/python -W ignore -m tests.fuzz.readers

validate: .venv/installed
	$(BIN)/python -m vagus.cli.validation_docs docs

claims: .venv/installed
	$(BIN)/python -m vagus.cli.claims_docs docs out

docs-cycle: .venv/installed
	$(BIN)/python -m vagus.cli.cycle_docs docs

follow-proof: .venv/installed-trial
	$(BIN)/python -m vagus.cli.follow_proof docs

clean:
	rm -rf .venv out build dist

# Editable, so that a change of the code needs no new installation; only a change of pyproject.toml does.
.venv/installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	touch $@

# with one of the extras of pyproject.toml
.venv/installed-%: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[$*]"
	touch $@

$(BIN)/python:
	$(PYTHON) -m venv .venv
