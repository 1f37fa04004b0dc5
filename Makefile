.DEFAULT_GOAL := help
.PHONY: help engine images venv demo test soak alpine-proof unit lint bench-cache bench-size bench-lint

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

# --- the machine: an engine that answers, and the base images it can pull -------------------------------

engine: ## a Docker engine with buildx; installs and starts one on Debian, as root
	@.ci/engine

images: engine ## the base images: from a registry, or stand-ins where none answers
	@.ci/images

# --- the project: venv, demo, test, lint ----------------------------------------------------------------

python := .venv/bin/python

venv: .venv/made ## the virtual environment with imagekit and what its tests need
.venv/made: pyproject.toml
	python3 -m venv .venv
	$(python) -m pip install --quiet --upgrade pip
	$(python) -m pip install --quiet --editable . --group dev
	$(python) -m compileall -q imagekit # as pip does with what it copies
	touch $@

demo: venv images ## build hello_web, boot it, check it, print the report
	env $$(fixtures/environment) .venv/bin/imagekit build fixtures/apps/hello_web

# Files side by side, for most of an engine test is waiting; what files share, the engine's cache has.
WORKERS ?= 2
test: venv images ## all tests, those that need an engine included
	schema="$$(.ci/sarif-schema)" && IMAGEKIT_SARIF_SCHEMA="$$schema" \
	$(python) -m pytest --require-engine --numprocesses $(WORKERS) --dist loadfile --durations 30

RUNS ?= 200
soak: venv images ## many verifications in a row, some ended at a random moment; 10 minutes
	env $$(fixtures/environment) .venv/bin/imagekit build fixtures/apps/hello_web --recipe minimal --tag imagekit.soak/hello_web:dev
	$(python) -m tests.soak.run imagekit.soak/hello_web:dev --runs $(RUNS)

# Where no image registry answers, its base images are compiled first: minutes, once.
alpine-proof: venv images ## build and boot the recipe alpine on musl
	@.ci/images names.alpine
	$(python) -m pytest --require-engine --alpine-proof tests/engine/test_alpine.py

unit: venv ## the tests that need no engine; a minute
	$(python) -m pytest --numprocesses $(WORKERS) tests/unit

lint: venv ## format, lint and types
	$(python) -m ruff format --check imagekit tests
	$(python) -m ruff check imagekit tests
	$(python) -m mypy

# --- how fast and how small: tests/bench/README.md -----------------------------------------------------------

bench-cache: venv images ## rebuilds of heavy, compared with the conventional Dockerfile; 40 minutes
	$(python) -m tests.bench.cache $(BENCH)

bench-size: venv images ## sizes and pushes of hello_web and heavy, compared likewise
	$(python) -m tests.bench.size $(BENCH)

bench-lint: venv ## how long lint takes, on 1,000 Dockerfiles and on one
	$(python) tests/bench/bench_lint.py
