"""A continuous task of a user's own through the commands that others' tests take our tasks through."""

import csv
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from mereq_teleop.app.bus.addresses import free_port
from tests.app.test_end_to_end import BIN, surroundings
from tests.app.test_own_task import ran

pytestmark = pytest.mark.slow

SWING = '''
from mereq_teleop.envs import Feature, Preference, Task


class Swing(Task):
    """Hold the pendulum up with little torque."""

    env = "Pendulum-v1"
    axes = ("torque",)
    round_steps = 20
    features = (
        Feature(name="up", unit="0 .. 1", meaning="how far up"),
        Feature(name="force", unit="of the greatest", meaning="size of the torque", wanted=False),
    )
    preferences = (Preference(name="gentle", theta=(0.0, -1.0), release_after=5),)
    prior = "swing:policy"

    def measure(self, moment):
        return (moment.after[0] + 1) / 2, abs(float(moment.action[0])) / 2

    def expert(self, obs, preference):
        return [0.3 * policy(obs)[0]]


def policy(obs):
    up, side, spin = (float(value) for value in obs)
    return [max(-2.0, min(2.0, -8 * side - 2 * spin))] if up > 0.8 else [2.0 if spin >= 0 else -2.0]
'''
DRIVE = ("--env", "swing:Swing", "--device", "simulated", "--headless", "--no-evaluation", "--sessions", "s")
ONCE = ("--rounds", "1", "--method", "hg-dagger-ft")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the task is, and one recorded session of it."""
    folder = tmp_path_factory.mktemp("swing")
    (folder / "swing.py").write_text(SWING)
    run = ran(folder, "mereq-teleop", *DRIVE, *ONCE)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def session(folder: Path) -> str:
    """The name of the first one, whatever came later."""
    return min(path.name for path in (folder / "s").iterdir())


def test_it_is_exported(folder: Path, session: str) -> None:
    done = ran(folder, "mereq", "export", session, "--to", "csv", "--output", "csv", "--sessions", "s")
    assert (done.returncode, done.stderr) == (0, "")
    with (folder / "csv" / "steps.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 20
    assert all(-2.0 <= float(row["executed_torque"]) <= 2.0 for row in rows)
    gif = ("--to", "gif", "--no-hud", "--output", "a.gif", "--sessions", "s")
    assert ran(folder, "mereq", "export", session, *gif).stderr == ""
    with Image.open(folder / "a.gif") as film:
        assert film.size == (500, 500)


@pytest.mark.parametrize(
    ("flag", "where", "more"), [("--resume", "", ("--rounds", "2")), ("--fork", "@0:10", ONCE)], ids=["resume", "fork"]
)
def test_it_is_gone_on_with(folder: Path, session: str, flag: str, where: str, more: tuple[str, ...]) -> None:
    drive = ("--device", "simulated", "--headless", "--no-evaluation", "--sessions", "s")
    run = ran(folder, "mereq-teleop", flag, f"{session}{where}", *more, *drive)
    assert run.returncode == 0, run.stderr
    assert "bit by bit" in ran(folder, "mereq", "replay", "last", "--verify", "--sessions", "s").stdout


@pytest.mark.parametrize(
    "command",
    [
        ("report", "SESSION", "--evaluate", "2", "--output", "r.html", "--sessions", "s"),
        ("policy", "save", "SESSION", "--out", "kept.zip", "--sessions", "s"),
        ("relearn", "SESSION", "--method", "iwr-ft", "--no-evaluation", "--sessions", "s"),
        ("pretrain", "--env", "swing:Swing", "--engine", "sb3", "--steps", "300", "--episodes", "1", "--out", "b.zip"),
        ("pretrain", "--env", "swing:Swing", "--steps", "300", "--episodes", "1", "--preference", "gentle"),
        ("evaluate", "--env", "swing:Swing", "--episodes", "1"),
        ("doctor", "--env", "swing:Swing", "--device", "simulated"),
    ],
    ids=" ".join,
)
def test_a_command_does_what_it_does(folder: Path, session: str, command: tuple[str, ...]) -> None:
    done = ran(folder, "mereq", *(session if word == "SESSION" else word for word in command))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_bench_says_once_what_became_of_the_prior(folder: Path) -> None:
    plan = ("--methods", "hg-dagger-ft", "--seeds", "2", "--rounds", "1", "--steps-per-round", "20", "--episodes", "1")
    done = ran(folder, "mereq", "bench", "--tasks", "swing:Swing", *plan, "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the network agrees with") == 1
    assert "| hg-dagger-ft |" in done.stdout


@pytest.fixture
def learner(folder: Path) -> Iterator[str]:
    """The address of a `mereq learner` of its own, in the folder of the task."""
    address = f"tcp://127.0.0.1:{free_port()}"
    chosen = surroundings(PYTHONPATH=os.environ.get("PYTHONPATH", ""))
    process = subprocess.Popen(
        [BIN / "mereq", "learner", "--address", address], cwd=folder, env=chosen, stderr=subprocess.DEVNULL
    )
    yield address
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130


def test_a_learner_elsewhere_serves_one_session_right_after_the_other(folder: Path, learner: str) -> None:
    for _ in range(2):
        run = ran(folder, "mereq-teleop", *DRIVE, *ONCE, "--learner", learner)
        assert run.returncode == 0, run.stderr
