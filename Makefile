# `make demo` and `make test` need Python 3.11 or newer and make, nothing else. Each target installs
# what it needs, once, into an environment of its own under .make/, which git ignores. All but `make demo`
# install what requirements/ pins with hashes; `make lock` renews that.

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
CHAOS_ARGS ?=
FUZZ_ARGS ?= all
MUTANTS_ARGS ?=
ENV ?= .make/env
INTEROP := .make/interop
FUTURE := .make/urllib3-future
PYODIDE := .make/pyodide

# The whole of the fast tests takes two sets of packages, a part of them the small one alone: what is
# missing for a test is said where it is skipped. `make test WITH="examples browser"` names other sets.
WITH ?= $(if $(PYTEST_ARGS),,examples)
# A second process costs more than it gains where one file is run.
WORKERS ?= $(if $(findstring .py,$(PYTEST_ARGS)),0,auto)

RUN := $(ENV)/bin/python
PIP := -m pip --disable-pip-version-check --quiet install
PYTEST := -m pytest -n $(WORKERS) --dist worksteal

.PHONY: demo unit test sites notebook audit check lint coverage docs dist interop pyodide bench chaos
.PHONY: fuzz mutants lock locked sbom clean

demo: $(ENV)/.demo  ## walk through the factor family on the embedded sandbox
	@$(RUN) examples/demo.py

unit: $(ENV)/.test  ## run the tests without sockets, in seconds
	@$(RUN) -m pytest -p no:xdist -p no:hypothesispytest -q -m "not slow" tests/unit $(PYTEST_ARGS)

test: $(ENV)/.test $(WITH:%=$(ENV)/.%)  ## run the tests, but for the few that take long
	@$(RUN) $(PYTEST) -m "not slow" $(PYTEST_ARGS)

sites: $(ENV)/.test $(ENV)/.examples $(ENV)/.browser  ## all tests of the example sites
	@$(RUN) $(PYTEST) tests/frameworks $(PYTEST_ARGS)

notebook: $(ENV)/.test $(ENV)/.notebook $(ENV)/.browser  ## all tests of notebooks, kernels included
	@$(RUN) $(PYTEST) tests/notebook $(PYTEST_ARGS)

audit: $(ENV)/.test $(ENV)/.analysis  ## all tests of the audit, pandas and Dask included
	@$(RUN) $(PYTEST) tests/audit $(PYTEST_ARGS)

check: lint coverage  ## lint, format, types, and the tests' coverage

lint: $(ENV)/.dev  ## lint, format and types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

coverage: $(ENV)/.dev  ## all tests, and how much of the package they run
	@$(RUN) -m coverage erase
	$(RUN) -m coverage run $(PYTEST) -q $(PYTEST_ARGS)
	@$(RUN) -m coverage combine -q
	$(RUN) -m coverage report

docs: $(ENV)/.docs  ## build the documentation into .make/docs
	$(RUN) -m sphinx -W --keep-going -q -d .make/doctrees -b html docs .make/docs

dist: $(ENV)/.dev  ## build the sdist, and the wheel from it, into dist/, and rate what they say of themselves
	@rm -rf dist
	$(RUN) -m build --no-isolation --outdir dist
	$(RUN) -m pyroma --min 10 dist/*.tar.gz

sbom: $(ENV)/.release  ## list what the wheel in dist/ stands on, into .make/sbom.json
	@$(PYTHON) -m venv --clear .make/shipped
	@.make/shipped/bin/python $(PIP) dist/*.whl
	$(RUN) -m cyclonedx_py environment --output-reproducible -o .make/sbom.json .make/shipped/bin/python

interop: $(ENV)/.test $(ENV)/.neighbours $(INTEROP)/.ready $(FUTURE)/.ready  ## beside what needs environments of its own
	@AUTHING_INTEROP_PYTHON=$(abspath $(INTEROP)/bin/python) AUTHING_URLLIB3_FUTURE_PYTHON=$(abspath $(FUTURE)/bin/python) $(RUN) -m pytest tests/interop tests/test_neighbours.py $(PYTEST_ARGS)

pyodide: $(ENV)/.test $(PYODIDE)/.ready  ## Python 3.14 as WebAssembly; needs npm
	@AUTHING_PYODIDE=$(abspath $(PYODIDE)) $(RUN) -m pytest -q tests/test_pyodide.py $(PYTEST_ARGS)

bench: $(ENV)/.bench $(INTEROP)/.ready  ## speed, as ratios to what it stands on and to its peers
	@AUTHING_INTEROP_PYTHON=$(abspath $(INTEROP)/bin/python) $(RUN) -m bench $(BENCH_ARGS)

chaos: $(ENV)/.test  ## a hundred thousand calls through a server that misbehaves
	@$(RUN) -m tools.chaos $(CHAOS_ARGS)

fuzz: $(ENV)/.fuzz  ## look for inputs that break a promise, a minute a target
	@$(RUN) -m tools.fuzz $(FUZZ_ARGS)

mutants: $(ENV)/.mutation  ## change the code bit by bit: which change does no test notice?
	@$(RUN) -m tools.mutation $(MUTANTS_ARGS)

# Each set is an extra of setup.cfg; all but `dev` keep to its versions, so that one environment can hold
# several. The floors are the lowest versions that setup.cfg allows.
SETS := test examples browser notebook analysis neighbours bench fuzz mutation docs release
FLOORS := test examples browser notebook analysis neighbours
LOCKS ?= requirements
LOCK_ARGS ?= --upgrade
COMPILE = .make/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-strip-extras --no-annotate --no-header --no-config --no-emit-index-url --no-emit-find-links $(LOCK_ARGS)

lock: .make/lock/.ready  ## pin the newest packages that setup.cfg allows; LOCK_ARGS= keeps those that fit
	@echo uv | $(COMPILE) -o $(LOCKS)/uv.txt -
	@printf 'pip\nsetuptools>=77\n' | $(COMPILE) -o $(LOCKS)/build.txt -
	$(COMPILE) --extra dev -o $(LOCKS)/dev.txt setup.cfg
	@set -e; for set in $(SETS); do \
	  $(COMPILE) --extra $$set -c $(LOCKS)/dev.txt -o $(LOCKS)/$$set.txt setup.cfg; done
	$(COMPILE) $(FLOORS:%=--extra %) --resolution lowest-direct -o $(LOCKS)/floors.txt setup.cfg

locked:  ## fail where requirements/ does not fit setup.cfg
	@rm -rf .make/locked && mkdir -p .make && cp -r requirements .make/locked
	@$(MAKE) --no-print-directory --silent lock LOCK_ARGS= LOCKS=.make/locked
	@diff -r requirements .make/locked || { echo "requirements/ is not what setup.cfg asks for: 'make lock LOCK_ARGS=' mends it." >&2; exit 1; }

clean:  ## remove everything that the targets made
	rm -rf .make build dist authing_mfa.egg-info .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

# One stamp a set: a second run installs nothing, a changed set installs anew.
$(ENV)/.dev $(SETS:%=$(ENV)/.%): $(ENV)/.%: requirements/%.txt $(ENV)/.package
	@echo "Installing the packages of $< into $(ENV) ..."
	@$(RUN) $(PIP) --require-hashes -r $<
	@touch $@

# The package itself, as it stands here, by a pip that knows the hashes of extras. Its own requirements are
# in every set.
$(ENV)/.package: requirements/build.txt setup.cfg pyproject.toml $(ENV)/.created
	@$(RUN) $(PIP) --require-hashes -r $<
	@$(RUN) $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(ENV)/.demo: setup.cfg pyproject.toml $(ENV)/.created
	@echo "Installing authing-mfa[sandbox] into $(ENV) ..."
	@$(RUN) $(PIP) -e '.[sandbox]'
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

$(PYODIDE)/.ready:
	@echo "Installing Pyodide into $(PYODIDE) ..."
	@mkdir -p $(PYODIDE)
	@npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(PYODIDE) pyodide@314.0.7
	@touch $@

.make/lock/.ready: requirements/uv.txt .make/lock/.created
	@.make/lock/bin/python $(PIP) --require-hashes -r $<
	@touch $@

%/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "authing-mfa needs Python 3.11 or newer, and '$(PYTHON)' is not: name one, as in 'make PYTHON=python3.12 $(MAKECMDGOALS)'." >&2; exit 1; }
	@$(PYTHON) -m venv --clear $*
	@touch $@
