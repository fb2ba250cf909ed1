# `make help` explains the doors.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help

.PHONY: help
help: ## Explain the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(VENV)/installed ## Install everything into .venv, pinned by hashes

$(VENV)/installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "parkwire needs Python 3.11 to 3.13: make PYTHON=python3.13 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps -e .
	@touch $@

.PHONY: run
run: install ## The whole line on this machine, on sample sites
	$(BIN)/parkwire demo

.PHONY: test
test: install ## Every test, on the embedded broker and PostgreSQL
	$(BIN)/pytest

.PHONY: test-kafka
test-kafka: install ## The integration tests on Apache Kafka (by Maven and Java, or KAFKA_BOOTSTRAP_SERVERS)
	PYTHON=$(BIN)/python tests/kafka/run

.PHONY: chaos
chaos: install ## Everything breaks while a known set of pages flows; ARGS="--pages 1000 --nodes 1"
	$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: load
load: install ## Twice what the line can do, for ten minutes; ARGS="--minutes 1"
	$(BIN)/python -m tests.chaos.load $(ARGS)

.PHONY: bench
bench: install ## The benchmarks, side by side with peers; ONLY=crawler runs one group
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bench.txt
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

.PHONY: check
check: install ## Lint, formatting, types and import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: stack
stack: ## The compose stack: Kafka, PostgreSQL, the services, Prometheus
	docker compose up -d --build --wait

.PHONY: format
format: install ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: docs
docs: install ## Write anew what docs/ has from the code
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/schema.py
	$(BIN)/python -m deploy.grafana.generate

.PHONY: sbom
sbom: install ## The bill of materials of every image (CycloneDX), in dist/sbom
	$(BIN)/python requirements/sbom.py dist/sbom

.PHONY: lock
lock: install ## Pin the dependencies anew, by hashes
	VENV=$(VENV) requirements/lock

.PHONY: clean
clean: ## Remove what was installed and cached
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
