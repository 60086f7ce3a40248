# make demo      a search on the embedded synthetic cell, its verdict and a page
# make test      the tests            make lint      ruff and mypy
# make bench     speed, as ratios     make campaign  the long checks
# make docs      the documentation as a site, build/site
# make kernels   compiles what tests and searches need, once for all processes
# make demo-openb  the demo on the openb trace ($UNSTRAND_DATA or ../shared/traces)
# Each sets up .venv by itself; all that is needed before is Python 3.11+ and make.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
WORKERS ?= 2
TESTERS ?= 4  # twice the cores of a small machine: many tests wait for another process

.DEFAULT_GOAL := test
.PHONY: setup test lint docs kernels format campaign bench demo demo-openb clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "unstrand needs Python 3.11 or later, found none" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'
	@touch $@

test: $(READY)
	$(BIN)/python -m pytest -q -n $(TESTERS) --dist worksteal -m "not campaign"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

kernels: $(READY)  # compiled once, where two test processes would each compile them
	$(BIN)/unstrand replay heuristics=[best_fit,fgd] load=0.95 machines=20 hours=6 \
		queue=skip out=build/kernels/replay overwrite=true
	$(BIN)/unstrand saturate heuristics=[best_fit,fgd] seeds=1 \
		out=build/kernels/saturate overwrite=true
	$(BIN)/python -c "from sim import loading; loading.load_all()"

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

campaign: $(READY)
	UNSTRAND_EXAMPLES=100 $(BIN)/python -m pytest -q -n $(WORKERS) -m "campaign or hypothesis"

bench: $(READY)
	$(BIN)/python -m bench

demo: $(READY)
	rm -rf results/demo results/demo-page
	$(BIN)/unstrand evolve problem=synthetic candidates=80 archive.finalists=6 \
		workers=$(WORKERS) out=results/demo
	$(BIN)/unstrand report results/demo out=results/demo-page

demo-openb: $(READY)
	rm -rf results/demo-openb
	$(BIN)/unstrand compare experiment=openb heuristics=[fgd,cosine,gpu_packing,nilas] \
		workers=$(WORKERS) out=results/demo-openb
	$(BIN)/unstrand report results/demo-openb

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
