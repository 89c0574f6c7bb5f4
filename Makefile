# Everything is installed into .venv and run from there; nothing outside this folder changes.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
SCALE ?= small
HISTORIES ?= 20000

VENV := .venv
BIN := $(VENV)/bin
LOG := $(VENV)/install.log

# A lock names every package there is: nothing is left to be worked out.
LOCKED := --no-deps --no-compile

# Installs $(1), shows how far it is, keeps pip's own words in $(LOG), and ends with them on failure.
define pip_install
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off $(1) 2>&1 \
	| tee $(LOG) | { \
	    n=0; \
	    while read -r line; do case "$$line" in \
	        Collecting*|Processing*) n=$$((n + 1)); (( n % 40 )) || echo "  $$n packages found" ;; \
	        "Installing collected"*) echo "  unpacking them" ;; \
	    esac; done; } \
	|| { echo "Installing failed. The end of $(LOG):"; tail -n 15 $(LOG); exit 1; } >&2
endef

define compile
	$(BIN)/python -m uv pip compile --quiet --system-certs --universal --python-version 3.11 \
	    --fork-strategy fewest --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
	    --output-file
endef

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: $(VENV)/.installed ## Install what running and testing need into .venv

.PHONY: install-dev
install-dev: $(VENV)/.installed-dev ## Install also what `make check` and `make lock` need

.PHONY: demo
demo: $(VENV)/.installed ## Watch a week of the number inventory in a real Airflow; Ctrl-C ends it
	@$(BIN)/python -m include.demo

.PHONY: smoke
smoke: $(VENV)/.installed ## Run the same week without a browser and check its figures
	@$(BIN)/python -m include.demo --smoke

.PHONY: test
test: $(VENV)/.installed ## Run every test, a file at a time on each processor
	@$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

.PHONY: screenshots
screenshots: $(VENV)/.installed ## Take the pictures of all pages anew, with a Chromium that is here
	@$(BIN)/python -m tests.browser.screenshots

.PHONY: faults
faults: $(VENV)/.installed ## Try every fault of a source in every paging and login
	@$(BIN)/python -m tests.faults

.PHONY: prove
prove: $(VENV)/.installed ## Drive model and database through 20,000 random histories (HISTORIES=…)
	@$(BIN)/python -m tests.proof --histories $(HISTORIES)

.PHONY: mutants
mutants: $(VENV)/.installed ## Plant bugs in the core, one at a time, and see a test fail because of each
	@$(BIN)/python -m tests.mutants

.PHONY: soak
soak: $(VENV)/.installed ## Do everything at once from eight processes for three minutes
	@$(BIN)/python -m tests.soak

.PHONY: fuzz
fuzz: $(VENV)/.installed ## Ask the API everything that its description allows, and what it does not
	@$(BIN)/python -m tests.web.fuzz 40

.PHONY: check
check: $(VENV)/.installed-dev ## Check style, types and SQL
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -m sqlfluff lint --processes 0 --disable-progress-bar include/sql

.PHONY: format
format: $(VENV)/.installed-dev ## Put the code into the form that `make check` asks for
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .
	$(BIN)/python -m sqlfluff fix --disable-progress-bar include/sql

.PHONY: bench
bench: $(VENV)/.installed ## Measure a cycle: SCALE=small (500 thousand numbers) or default (5 million)
	@$(BIN)/python -m benchmarks.cycle --scale $(SCALE)

.PHONY: bench-reading
bench-reading: $(VENV)/.installed ## Measure reading a list over HTTPS: 1 million users, then 4
	@$(BIN)/python -m benchmarks.reading

.PHONY: bench-management
bench-management: $(VENV)/.installed ## Measure lists, searches and handing out over HTTP, at 5 million numbers
	@$(BIN)/python -m benchmarks.management

.PHONY: bench-pages
bench-pages: $(VENV)/.installed ## Measure every page over HTTP, at 5 million numbers
	@$(BIN)/python -m benchmarks.pages

.PHONY: bench-transfers
bench-transfers: $(VENV)/.installed ## Measure import and export of a million numbers beside plain COPY
	@$(BIN)/python -m benchmarks.transfers

.PHONY: lock
lock: $(VENV)/.installed-dev ## Pin what pyproject.toml asks for; with UPGRADE=1, the newest versions
	$(compile) requirements.txt --extra test pyproject.toml
	$(compile) requirements-dev.txt --constraint requirements.txt --group pyproject.toml:dev

.PHONY: clean
clean: ## Remove .venv and the caches; your data in .local stays
	rm -rf $(VENV) *.egg-info build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	    echo "This project needs Python 3.11, 3.12 or 3.13, and \"$(PYTHON)\" is not one of them."; \
	    echo "Name one that is: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; } >&2
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	    echo "Making a virtual environment in $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing $$(grep -c == requirements.txt) packages into $(VENV): one to five minutes, once"
	$(call pip_install,$(LOCKED) -r requirements.txt)
	@echo "Installing the project itself"
	$(call pip_install,--no-deps -e .)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "Installing the tools of make check and make lock into $(VENV)"
	$(call pip_install,$(LOCKED) -r requirements-dev.txt)
	@touch $@
