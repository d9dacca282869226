# neatfool: `make help` prints what there is.
PYTHON ?= python3
BIN := .venv/bin
# Without it, type checkers do not find a package that is installed as it lies here.
TYPED := --config-settings editable_mode=compat

.DEFAULT_GOAL := help
.PHONY: help fool test proof long check docs lowest figures bench bench-gpu clean

help:  ## Print this list
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

fool: .venv/installed  ## Install, then fool LeNet-5 with patterns (CPPN) and with noise (pixels)
	$(BIN)/neatfool fool
	$(BIN)/neatfool fool --encoding pixels

test: .venv/tested  ## Run the test suite, but for what `make proof` runs
	$(BIN)/python -m pytest

proof: .venv/tested  ## Run the tests that take long, too: they are no part of `make test`
	$(BIN)/python -m pytest -m proof

long: .venv/tested  ## Run the tests that take many minutes: clusters, and studies that are killed again and again
	$(BIN)/python -m pytest -m long

check: .venv/tested  ## Lint, format and type checks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lowest:  ## Install the lowest versions that setup.cfg allows, and run the smoke tests with them
	.ci/lowest

# By the time they take on one core, as docs/studies.md says: from a minute to three hours; then those
# that are not here whole, up to days.
STUDIES := gym_cart_pole xor goals double_pole islands offsets_weights double_pole_blind mnist \
	target_weights switches double_pole_ablations gym_lunar_lander offsets_bits boxes bit_mirroring \
	quadruped
LONG := quadruped_hidden target_weights_published bit_mirroring_sizes bit_mirroring_columns \
	bit_mirroring_rows tetris_raw tetris_offset tetris_features_200 tetris_features \
	gym_bipedal_walker

figures: $(STUDIES:%=figure-%)  ## Make the studies of docs/results, whatever is missing; or one: make figure-xor

figures-long: $(LONG:%=figure-%)  ## Make the studies that are not here whole, most of which take days

figure-%: configs/studies/%.toml .venv/installed
	$(BIN)/neatfool study $< --out docs/results/$* --runs runs/$*

docs: .venv/tested  ## Build the documentation as a site, build/docs/index.html
	$(BIN)/mkdocs build
	@echo 'open build/docs/index.html, or for search: $(BIN)/python -m http.server -d build/docs'

bench: .venv/installed  ## Measure speed on the CPU, write docs/results/speed-cpu.md
	$(BIN)/python benchmarks/speed.py --device cpu --write docs/results/speed-cpu.md

bench-gpu: .venv/installed  ## Measure speed on the GPU, write docs/results/speed-gpu.md
	$(BIN)/python benchmarks/speed.py --device cuda --write docs/results/speed-gpu.md

clean:  ## Remove the environment and all caches
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: setup.cfg pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt $(TYPED) -e .
	@touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt $(TYPED) -e '.[test,docs]'
	@touch $@

