# make demo: set up and run the main job.  make test: set up and pass the tests.
# make docs: the pages as a site, build/site/index.html; a link that leads nowhere fails.
# make results: the continuum's shipped results anew, some twenty minutes.
# make test-model: the reduced model's tests alone, for a CI of your own.  make validate: the long checks.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test test-model lint validate bench docs notebooks results gpu-check clean

demo: $(READY)
	$(BIN)/mxval run demo

# Numba's cache does not see a changed callee in another file, so tests start from an empty one.
# A process a core, and each file's tests in one of them.
RUN_TESTS = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile
PYTEST = cache=$$(mktemp -d) && NUMBA_CACHE_DIR=$$cache $(RUN_TESTS) $(1); \
	status=$$?; rm -rf "$$cache"; exit $$status

test: $(READY) lint
	$(call PYTEST,-m "not validate" --cov --cov-report=)
	@$(BIN)/coverage report --format=total | sed 's/.*/line coverage: & %/'

test-model: $(READY)
	$(call PYTEST,-m "not validate" reduced_model tests/reduced_model)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

validate: $(READY)
	$(RUN_TESTS) -m validate

bench: $(READY)
	$(BIN)/python -m benchmarks

docs: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[docs]'
	$(BIN)/python -m sphinx -W --keep-going -q -c docs -b html . build/site
	@echo '<meta http-equiv="refresh" content="0; url=docs/index.html">' > build/site/index.html
	@echo "build/site/index.html"

# The notebooks executed anew, where they are; minutes.
notebooks: $(READY)
	$(BIN)/python -m benchmarks.notebooks

SPHERES = $(BIN)/mxval branches --accuracy 1e-3
RESULTS := docs/results/continuum

results: $(READY)
	$(SPHERES) --material iron --radius-nm 8,9,10,12,15,20,25,30 --out $(RESULTS)/iron
	$(SPHERES) --material permalloy --radius-nm 15,25,40 --out $(RESULTS)/permalloy
	$(SPHERES) --material cobalt --radius-nm 15,20,30 --out $(RESULTS)/cobalt
	$(BIN)/python -m benchmarks.brown $(RESULTS)/brown.csv
	$(BIN)/mxval run $(RESULTS)/cells.toml
	(echo "# mxval run $(RESULTS)/cells.toml" && \
		grep -v "^.H'" mumax_runs/cells/report/figures/loop_h_prime.csv) > $(RESULTS)/cells.csv

# MuMax3 beside the CPU engine on the shipped studies, recorded under mumax_runs/recorded; needs a GPU and MuMax3.
gpu-check: $(READY)
	$(BIN)/mxval doctor
	$(BIN)/mxval gpu-check
	$(BIN)/python -m pytest tests/harness/checks/test_gpu_check.py

$(READY): pyproject.toml packaging_hook.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "mxval needs Python 3.11 or later; choose one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
		{ apt-get update && apt-get install -y python3-venv && $(PYTHON) -m venv --clear $(VENV); }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
