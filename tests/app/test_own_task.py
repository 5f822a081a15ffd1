"""Tasks of a user's own in the real application: driven, aligned, recorded, verified, learned from; and refused."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pygame
import pytest
from PIL import Image

from mereq_teleop import envs
from mereq_teleop.app.driving_keys import check_keys
from mereq_teleop.app.errors import Usage
from tests.app.test_end_to_end import BIN, surroundings
from tests.envs.own.written import CARTPOLE, write

ROOT = Path(__file__).parents[2]
ZIP = ROOT / "tests" / "data" / "ppo-CartPole-v1.zip"
Call = Callable[..., tuple[int, str, str]]
Patch = pytest.MonkeyPatch


def ran(folder: Path, command: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """A command in its own process, in this folder."""
    chosen = surroundings(XDG_CACHE_HOME=str(folder / "cache"), PYTHONPATH=os.environ.get("PYTHONPATH", ""))
    return subprocess.run(
        [BIN / command, *map(str, arguments)], cwd=folder, env=chosen, capture_output=True, text=True, timeout=600
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_zoo_zip_is_aligned_live_on_a_task_of_the_users_own(tmp_path: Path, seed: int) -> None:
    """The simulated expert likes the cart left of the middle; PPO balances it in the middle."""
    example = ROOT / "examples" / "04_your_task.py"
    code = [line for line in example.read_text().splitlines() if line.strip()]
    assert len(code) < 40
    shutil.copy(example, tmp_path)
    flags = ("--device", "simulated", "--headless", "--rounds", "5", "--json", "--sessions", tmp_path / "s")
    run = ran(tmp_path, "mereq-teleop", "--env", "04_your_task:CartPole", "--prior", ZIP, "--seed", str(seed), *flags)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["rounds"][0]["intervention_rate"] > 0.4
    assert told["rounds"][-1]["intervention_rate"] < 0.15
    policy, prior = (told["evaluation"][who] for who in ("policy", "prior"))
    assert prior["intervention_rate"] > 0.5
    assert policy["intervention_rate"] < 0.2
    assert policy["return_true"] > prior["return_true"] + 100
    # The steps were real ones, and every policy's decision can be had again.
    verified = ran(tmp_path, "mereq", "replay", "last", "--verify", "--sessions", tmp_path / "s")
    assert "verified 1000 steps" in verified.stdout, verified.stdout + verified.stderr


@pytest.mark.slow
def test_a_new_task_runs_as_it_is(tmp_path: Path) -> None:
    assert ran(tmp_path, "mereq", "new-task", "mine").returncode == 0
    again = ran(tmp_path, "mereq", "new-task", "mine")
    assert (again.returncode, again.stderr) == (2, "error: mine.py exists: take another name, or move it away\n")
    flags = ("--rounds", "1", "--steps-per-round", "20", "--no-evaluation", "--sessions", tmp_path / "s")
    drive = ("--env", "mine:Task", "--device", "simulated", "--headless", *flags)
    run = ran(tmp_path, "mereq-teleop", *drive)
    assert run.returncode == 0, run.stderr
    assert "the network agrees with" in run.stderr
    assert (
        "verified 20 steps" in ran(tmp_path, "mereq", "replay", "last", "--verify", "--sessions", tmp_path / "s").stdout
    )
    learned = ("--no-evaluation", "--out", "again.safetensors", "--sessions", tmp_path / "s")
    assert ran(tmp_path, "mereq", "relearn", "last", *learned).returncode == 0
    assert (tmp_path / "again.safetensors").exists()
    # In another folder nobody knows the task; what was recorded says where it was.
    (elsewhere := tmp_path / "elsewhere").mkdir()
    lost = ran(elsewhere, "mereq", "replay", "last", "--verify", "--sessions", tmp_path / "s")
    assert lost.returncode == 1
    assert "your own task mine:Task" in lost.stderr
    assert f"it was {tmp_path / 'mine.py'}: run this in its folder" in lost.stderr
    assert lost.stderr.count("\n") == 1


def test_names_that_are_no_modules(tmp_path: Path, monkeypatch: Patch, call: Call) -> None:
    monkeypatch.chdir(tmp_path)
    for name, said in (("my-task", "is no name of a Python module"), ("json", "is a module of Python")):
        code, _, error = call("mereq", "new-task", name)
        assert (code, said in error) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_mistakes_are_one_line_and_wrong_usage(tmp_path: Path, monkeypatch: Patch, call: Call) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    env, headless = f"{name}:CartPole", ("--headless", "--sessions", tmp_path / "s")
    cases = {
        ("--env", f"{name}:Cartpol"): "did you mean 'CartPole'",
        ("--env", "lunarLanderDiscret"): "did you mean 'lunarLanderDiscrete'",
        ("--env", env): f"has no prior of its own: say one with --prior (a file, or module:attribute), or make one: "
        f"mereq pretrain --env {env}",
        ("--env", env, "--prior", ZIP): "give the task a method expert",
        ("--env", env, "--prior", f"{name}:polcy"): f"no attribute of {name} 'polcy'",
        ("--env", env, "--prior", "nowhere.zip"): "No such file",
        ("--env", "highway", "--prior", ZIP): "it is of another environment: its observations are Box (4,)",
        ("--env", env, "--prior", "a.b:c", "--trust-pickle"): "says how to read a stable-baselines3 zip",
    }
    for arguments, said in cases.items():
        code, _, error = call("mereq-teleop", *arguments, *headless)
        assert code == 2, error
        assert said in error
        assert error.splitlines()[-1].startswith("error: ")
    assert not (tmp_path / "s").exists()


def test_keys_that_are_taken_or_none(tmp_path: Path, monkeypatch: Patch) -> None:
    for keys, said in (("{'p': 0}", r"the key 'p' is taken \(pause\)"), ("{'lefft': 0}", "did you mean 'left'")):
        name = write(tmp_path, monkeypatch, f"{CARTPOLE}    keys = {keys}\n")
        with pytest.raises(Usage, match=said):
            check_keys(envs.card(f"{name}:CartPole"))


def test_evaluate_and_envs_know_it(tmp_path: Path, monkeypatch: Patch, call: Call) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    code, out, _ = call("mereq", "evaluate", "--env", f"{name}:CartPole", "--model", ZIP, "--episodes", "5")
    assert code == 0
    # Nobody minds anything where the task has no rule: the reward is counted all the same.
    assert json.loads(out)["intervention_rate"] is None
    assert json.loads(out)["steps"] == 5 * 500
    code, out, _ = call("mereq", "envs", "--env", f"{name}:CartPole")
    assert (code, "preference  calm: tilt -1" in out) == (0, True)
    code, _, _ = call("mereq", "evaluate", "--env", f"{name}:CartPole", "--model", ZIP, "--gif", tmp_path / "a.gif")
    # Its own picture, as it draws it, and nothing of a display that is not there.
    with Image.open(tmp_path / "a.gif") as gif:
        assert (code, gif.size, pygame.display.get_init()) == (0, (600, 400), False)


def test_a_task_of_an_installed_package_is_called_by_its_name(tmp_path: Path, monkeypatch: Patch, call: Call) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    (told := tmp_path / "poles-1.0.dist-info").mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: poles\nVersion: 1.0\n")
    points = f"[mereq_teleop.tasks]\npole = {name}:CartPole\nbroken = {name}_gone:Task\n"
    (told / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(tmp_path))
    code, out, error = call("mereq", "envs")
    assert (code, error.count("\n")) == (0, 1)
    assert error.startswith(f"broken: {name}_gone:Task: no module '{name}_gone' is installed")
    assert re.search(rf"^  pole +{name}:CartPole$", out, re.MULTILINE)
    code, out, error = call("mereq", "envs", "--env", "pole")
    assert (code, error, out.startswith(f"{name}.CartPole: Balance a pole (10 Hz")) == (0, "", True)
    code, out, error = call("mereq", "envs", "--env", "broken")
    assert (code, out, error.count("\n")) == (2, "", 1)
    code, _, error = call("mereq", "evaluate", "--env", "pole", "--random", "--episodes", "2")
    assert (code, error) == (0, "")


def test_a_learner_with_another_version_of_the_task_refuses(tmp_path: Path, monkeypatch: Patch) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    told = envs.card(f"{name}:CartPole").digest()
    (tmp_path / f"{name}.py").write_text(CARTPOLE.replace("abs(", "2 * abs("))
    code = (
        f"from mereq_teleop.app.learning.process import TorchWorkshop as W; print(W().card_digest('{name}:CartPole'))"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert there.stdout.strip() not in ("", told)
