PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: run demo test check bench build warm clean

run: $(READY)
	$(BIN)/mereq-teleop --env highway

demo: $(READY)
	$(BIN)/mereq-teleop --env highway --device simulated --headless --json

test: $(READY)
	$(BIN)/python -m pytest -m "not slow"

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks

build: $(READY)
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf .venv build dist src/*.egg-info

# The first import compiles the simulator (about 15 s); doing it here spares the operator the wait.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m mereq_teleop.app.warm
	touch $(READY)
