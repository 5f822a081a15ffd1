PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: run demo test check bench bench-arm bench-full faults plugging fuzz kills soak screenshots reference tutorial build warm clean

run: $(READY)
	$(BIN)/mereq-teleop --env highway

demo: $(READY)
	$(BIN)/mereq-teleop --env highway --device simulated --headless --json

# The application's tests start windows and processes and look at the clock: one after the other.
test: $(READY)
	$(BIN)/python -m pytest -m "not slow" --timeout 180 -n auto --dist loadfile --ignore tests/app
	$(BIN)/python -m pytest -m "not slow" --timeout 180 tests/app

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks

# The arm's three tasks: mereq on 8 seeds, the baselines on 3 (half an hour on two cores); bench-full has 8 for all.
ARM := --tasks pusher eraser gripper --rounds 6 --steps-per-round 200 --episodes 500 --out bench-arm
bench-arm: $(READY)
	$(BIN)/mereq bench $(ARM) --methods mereq
	$(BIN)/mereq bench $(ARM) --seeds 3

bench-full: $(READY)
	$(BIN)/mereq bench $(ARM)

# A joystick of SDL's own is unplugged and plugged in again at random while the application runs: ten minutes a task.
plugging: $(READY)
	$(BIN)/python -m benchmarks.plugging --env highway --seconds 600
	$(BIN)/python -m benchmarks.plugging --env pusher --seconds 600

# Faults in running sessions: fifty kills of the learner, and all the others (a full disk wants root).
faults: $(READY)
	$(BIN)/python -m benchmarks.faults --trials 50 kills
	$(BIN)/python -m benchmarks.faults --trials 10 spares stops loops hunger doubles clocks links strangers disks

# A million hostile inputs for the readers of frames, policies, recordings, mappings and the rest.
fuzz: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt 'atheris>=3'
	$(BIN)/python -m tests.fuzz

# kill -9 of the actor at 50 random moments (a quarter of an hour); `make test` has three of them.
kills: $(READY)
	$(BIN)/python -m benchmarks.kills --kills 50

# Two hours of the simulated expert in real processes, ten times as fast as the world: does anything grow?
soak: $(READY)
	$(BIN)/python -m benchmarks.soak

# Every state of the operator's window for docs/hud.md, without a display; the arm wants OpenGL.
screenshots: $(READY)
	$(BIN)/python -m mereq_teleop.app.window.screenshots

# The pages in docs/reference, from the code; a test says if they are not what it writes.
reference: $(READY)
	$(BIN)/python -m mereq_teleop.app.reference

# docs/tutorial.md walked in the real window (six minutes; Xvfb and xdotool), and its pictures.
tutorial: $(READY)
	$(BIN)/python -m benchmarks.tutorial --pictures docs/tutorial

build: $(READY)
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf .venv build dist src/*.egg-info

# The first import compiles the simulator (15 s on an idle machine); doing it here spares the operator the wait.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing, once: some minutes in which pip says nothing"
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m mereq_teleop.app.warm
	touch $(READY)
