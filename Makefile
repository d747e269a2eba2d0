# `make demo` and `make test` need Python 3.10 or newer and make, nothing else. Each target installs
# what it needs, once, into an environment of its own under .make/, which git ignores.

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
CHAOS_ARGS ?=
FUZZ_ARGS ?= all
MUTANTS_ARGS ?=
ENV ?= .make/env
INTEROP := .make/interop
FUTURE := .make/urllib3-future

RUN := $(ENV)/bin/python
PIP := -m pip --disable-pip-version-check --quiet install

.PHONY: demo test check coverage docs dist interop bench chaos fuzz mutants clean

demo: $(ENV)/.sandbox  ## walk through the factor family on the embedded sandbox
	@$(RUN) examples/demo.py

test: $(ENV)/.test  ## run the tests, but for the few that take long
	@$(RUN) -m pytest -n auto --dist worksteal -m "not slow" $(PYTEST_ARGS)

check: $(ENV)/.dev  ## lint, format, types, and the tests' coverage
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	@$(MAKE) --no-print-directory coverage

coverage: $(ENV)/.dev
	@$(RUN) -m coverage erase
	$(RUN) -m coverage run -m pytest -n auto --dist worksteal -q $(PYTEST_ARGS)
	@$(RUN) -m coverage combine -q
	$(RUN) -m coverage report

docs: $(ENV)/.docs  ## build the documentation into .make/docs
	$(RUN) -m sphinx -W --keep-going -q -d .make/doctrees -b html docs .make/docs

dist: $(ENV)/.dev  ## build the sdist, and the wheel from it, into dist/
	@rm -rf dist
	$(RUN) -m build --outdir dist

interop: $(ENV)/.test $(INTEROP)/.ready $(FUTURE)/.ready  ## beside what needs environments of its own
	@AUTHING_INTEROP_PYTHON=$(abspath $(INTEROP)/bin/python) AUTHING_URLLIB3_FUTURE_PYTHON=$(abspath $(FUTURE)/bin/python) $(RUN) -m pytest tests/interop tests/test_neighbours.py $(PYTEST_ARGS)

bench: $(ENV)/.bench $(INTEROP)/.ready  ## speed, as ratios to what it stands on and to its peers
	@AUTHING_INTEROP_PYTHON=$(abspath $(INTEROP)/bin/python) $(RUN) -m bench $(BENCH_ARGS)

chaos: $(ENV)/.test  ## a hundred thousand calls through a server that misbehaves
	@$(RUN) -m tests.chaos $(CHAOS_ARGS)

fuzz: $(ENV)/.fuzz  ## look for inputs that break a promise (Python 3.11 or newer), a minute a target
	@$(RUN) -m tests.fuzz $(FUZZ_ARGS)

mutants: $(ENV)/.mutation  ## change the code bit by bit: which change does no test notice?
	@$(RUN) -m tests.mutation $(MUTANTS_ARGS)

clean:  ## remove everything that the targets made
	rm -rf .make build dist authing_mfa.egg-info .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

# One stamp a set of extras: a second run installs nothing, a changed setup.cfg installs anew.
$(ENV)/.sandbox $(ENV)/.test $(ENV)/.bench $(ENV)/.fuzz $(ENV)/.mutation $(ENV)/.docs $(ENV)/.dev: $(ENV)/.%: $(ENV)/.created setup.cfg pyproject.toml
	@echo "Installing authing-mfa[$*] into $(ENV) ..."
	@$(RUN) $(PIP) -e '.[$*]'
	@touch $@

# The official SDK imports `websockets` without asking for it.
$(INTEROP)/.ready: $(INTEROP)/.created
	@echo "Installing the official SDK into $(INTEROP) ..."
	@$(INTEROP)/bin/python $(PIP) authing==5.1.0 websockets
	@touch $@

# It takes urllib3's place wherever it is installed.
$(FUTURE)/.ready: $(FUTURE)/.created
	@echo "Installing urllib3-future into $(FUTURE) ..."
	@$(FUTURE)/bin/python $(PIP) requests attrs urllib3-future
	@touch $@

%/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "authing-mfa needs Python 3.10 or newer, and '$(PYTHON)' is not: name one, as in 'make PYTHON=python3.12 $(MAKECMDGOALS)'." >&2; exit 1; }
	@$(PYTHON) -m venv --clear $*
	@touch $@
