# Everything a person needs: `make demo` shows the main job, `make test` proves it. Python 3.11+ and make are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: setup demo demo-down night year test test-all lint house bench bench-connectors bench-gate bench-dedup bench-linear bench-killers bench-codepages bench-warm bench-night docs lock clean

setup: $(READY)

# The lock pins every dependency by hash; the project itself is then linked in without a second resolution.
$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed: no '$(PYTHON)' on the path (say make PYTHON=/path/to/python3)"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) --version)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up (about a minute the first time)..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: setup
	@$(BIN)/python -m samples.demo

demo-down:
	@QUAI_HOME=var/demo $(BIN)/quai down

# 60 feeds over folders, SFTP and an API, four of them at fault, on a real Prefect server with one worker.
night: setup
	@$(BIN)/python -m samples.night

# A year of twenty feeds, day by day under a clock of its own, with its accidents (docs/reliability.md). A nightly target.
SEED ?= 2030
DAYS ?= 365
year: setup
	@$(BIN)/python -m samples.year --seed $(SEED) --days $(DAYS)

# In the order of the files: the largest first, as is the default, leaves modules of one long test to the very end.
# Compiled modules are kept, whatever the environment says: else each worker, and each program that a test starts,
# compiles all of them anew.
test test-all: export PYTHONDONTWRITEBYTECODE :=
test: setup
	@$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder -m "not nightly"

# With the trials of a month, of the gate, of every point at which a run can be killed, of a fortnight's accidents.
test-all: setup
	@QUAI_TEST_PROFILE=nightly $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/audit.py requirements.lock

# The house in figures: lines, modules, functions, and what one drop enters. Another revision: bench/house.py --at REV.
house: setup
	@$(BIN)/python bench/house.py

bench-gate: setup
	@$(BIN)/python -m bench.gate_trial

# The judged pairs of real adverts are not part of this repository: they are measured where they lie beside it.
REAL_PAIRS := $(wildcard ../shared/dedup/real_pairs.csv)
bench-dedup: setup
	@$(BIN)/python -m bench.dedup --sizes 50000,100000,200000,1000000 --seeds 11 --peers \
		$(if $(REAL_PAIRS),--real $(REAL_PAIRS))
	@$(BIN)/python -m bench.dedup.cold

bench: setup
	@$(BIN)/python -m bench.spine
	@$(BIN)/python -m bench.contract
	@$(BIN)/python -m bench.check

# The sftp command and sshd of OpenSSH must be on the path.
bench-connectors: setup
	@$(BIN)/python -m bench.api
	@$(BIN)/python -m bench.sftp

# Every regular expression, cleaner and reader on texts made to hurt it: minutes.
bench-linear: setup
	@$(BIN)/python -u -m bench.linear

# Small files that kill who trusts them: some 500 MB of memory, and minutes.
bench-killers: setup
	@$(BIN)/python -u -m bench.killers

# What a run costs beyond its story, by Prefect's worker and by ours. Six minutes.
bench-warm: setup
	@$(BIN)/python -u -m bench.warm

# French files that do not say their encoding, a thousand for each code page and number of lines with accents.
bench-codepages: setup
	@$(BIN)/python -m bench.codepages

# A first load and a night of 300 feeds, a million records, by one worker: an hour and more on two cores.
# Fewer: python -m bench.night --feeds 60 --records 100000 --workers 2.
bench-night: setup
	@$(BIN)/python -u -m bench.night

docs: setup
	@$(BIN)/python docs/build.py

# Only a maintainer needs this: it asks the package index for newer versions within the bounds of pyproject.toml.
# The second lock is what an installation runs, of the same versions; the images of deploy/ hold nothing else.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock: setup
	@$(BIN)/$(LOCK) --extra dev --output-file requirements.lock pyproject.toml
	@$(BIN)/$(LOCK) --constraints requirements.lock --no-annotate --output-file requirements-run.lock pyproject.toml

clean:
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis
