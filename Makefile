# `make` alone lists the commands. Everything lives in .venv, built from the lock files with hashes checked.
SHELL := /bin/sh
VENV ?= .venv
JOBS ?= 2
ARGS ?=
# Modules are compiled when they are first imported (--no-compile): most of what is installed never is. What was compiled is kept, whatever the
# environment says: the tests start some hundred processes, and JAX with what it brings takes each of them seconds to compile.
unexport PYTHONDONTWRITEBYTECODE
# Workers of a test run take contiguous halves (worksteal), so that what the tests of a file share is made once.

# What is run on a second interpreter: the parts that depend on the language more than on the arithmetic.
CORE := tests/test_layers.py tests/test_catalogue.py tests/test_text.py tests/test_stats.py tests/engine/test_plan.py tests/engine/test_identity.py \
	tests/engine/test_code.py tests/engine/test_schedule.py tests/engine/test_runs.py tests/engine/test_workers.py tests/tasks/test_operation_table.py \
	tests/test_cli.py tests/audits tests/evidence tests/methods
BIN := $(VENV)/bin
ONE_THREAD := XLA_FLAGS=--xla_cpu_multi_thread_eigen=false OMP_NUM_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help demo test lint types second other unit docs bench check-all lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/demo.stamp ## install, then train, measure, judge and show grokking (about a minute after the installation)
	$(BIN)/unseen run grokking

test: $(VENV)/dev.stamp ## linters, type checker and tests; the core tests also on the highest other Python of this machine
	@$(MAKE) --no-print-directory second >/dev/null & failed=; for part in lint types other unit; do \
		[ $$part != other ] || wait; echo "== $$part"; $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; done; \
	if [ -n "$$failed" ]; then echo "make test: failed:$$failed" >&2; exit 1; fi

lint: $(VENV)/dev.stamp ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp ## pyright
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python

unit: $(VENV)/dev.stamp ## all tests on the lowest supported Python found
	@$(BIN)/python --version
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

other: ## the core tests on the highest supported Python found, if it is another one
	@low=$$(.ci/python lowest) && high=$$(.ci/python highest) || exit 1; \
	if [ "$$low" = "$$high" ]; then \
		echo "No second supported Python on this machine: tested on $$($$low --version) only."; \
	else \
		echo "Second interpreter: $$($$high --version)"; \
		$(MAKE) --no-print-directory VENV=.venv-highest PYTHON="$$high" ARGS='-m "not slow" $(CORE) $(ARGS)' unit; \
	fi

second: # what `other` runs in, installed while linters and type checker run
	@low=$$(.ci/python lowest) && high=$$(.ci/python highest) || exit 1; \
	[ "$$low" = "$$high" ] || $(MAKE) --no-print-directory VENV=.venv-highest PYTHON="$$high" .venv-highest/dev.stamp

docs: $(VENV)/dev.stamp ## build the documentation in site/; any warning is an error
	$(BIN)/python docs/generate.py
	$(BIN)/zensical build --clean --strict

bench: $(VENV)/dev.stamp ## speed and memory, as ratios against a peer or a physical limit
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

check-all: $(VENV)/demo.stamp ## judge every claim of the atlas again
	$(BIN)/unseen check --all

lock: ## resolve the dependencies anew (needs uv) and write the lock files
	for name in "build requirements" "dev requirements-dev"; do set -- $$name; \
		env -u PIP_FIND_LINKS uv pip compile pyproject.toml --group $$1 --output-file $$2.lock --universal --python-version 3.11 --fork-strategy fewest \
			--generate-hashes --only-binary :all: --no-emit-index-url --no-annotate --no-header --quiet || exit 1; done

clean: ## remove what make built (never results)
	rm -rf .venv .venv-highest site docs/api .pytest_cache .ruff_cache .hypothesis

$(VENV)/python.stamp:
	@python='$(PYTHON)'; python=$${python:-$$(.ci/python lowest)} && \
	echo "Creating $(VENV) with $$($$python --version) ($$python)" && rm -rf $(VENV) && "$$python" -m venv $(VENV)
	@touch $@

$(VENV)/demo.stamp: $(VENV)/python.stamp requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@
