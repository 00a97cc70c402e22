# `make` alone lists what can be made. Variables can come from the environment or the command line.

# The first Python that is new enough is used, unless one is named: make install PYTHON=/opt/python3.13
PYTHONS = $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)
VENV_PYTHON = .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help install demo test drills lint bench

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' Makefile

install: ## .venv with every package, and a .env with fresh keys where there is none
	@for python in $(PYTHONS); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$python" scripts/install.py; \
		fi; \
	done; \
	echo "wxadmin needs Python 3.11 or newer; tried: $(PYTHONS). Name yours: make install PYTHON=..." >&2; \
	exit 1

demo: install ## The whole product with a simulated WeChat (PORT, SANDBOX_PORT, FOLLOWERS)
	@$(VENV_PYTHON) manage.py demo

# Tests of processes wait more than they compute, so there is one more of them than processors.
test: install ## The whole suite (PYTEST_ARGS="-k listing" picks; PYTEST_JOBS=0 for one after the other)
	@jobs=$${PYTEST_JOBS:-$$($(VENV_PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')}; \
	$(VENV_PYTHON) -m pytest -n $$jobs --dist worksteal $(PYTEST_ARGS)

drills: install ## Workers killed and frozen, servers restarted, in long runs (DRILL_SEED repeats)
	@$(VENV_PYTHON) -m pytest -m drill -s tests/drills $(PYTEST_ARGS)

lint: install ## Style, formatting and types
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m mypy

bench: install ## Benchmarks as ratios (N=100000 ROUNDS=1 ONLY="first resync" WRITE=1)
	@$(VENV_PYTHON) -m tests.benchmarks
