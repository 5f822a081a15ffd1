"""Laws of trainings that Ctrl-C stops: a checkpoint is left, and who goes on from it comes to the same."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.progress import Bar
from mereq_teleop.app.training import drive
from mereq_teleop.app.training.request import Training
from mereq_teleop.app.training.sb3 import Sb3Run
from mereq_teleop.envs import card
from tests.app.test_cli import Call, complaint

SHORT = ("-a", "dqn_me", "-e", "highwayBasic", "-n", "1024", "--episodes", "2", "--preference", "right-lane")


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Ctrl-C once some steps are done."""

    class Impatient(Bar):
        def __call__(self, done: int, total: int, note: str = "") -> None:
            super().__call__(done, total, note)
            if done == 512:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(drive, "Bar", Impatient)
    return monkeypatch


def stopped(call: Call, out: Path, *arguments: str) -> Path:
    """The folder of a training that Ctrl-C stopped."""
    code, said, why = call("mereq", "pretrain", *arguments, "--out", out)
    folder = out.with_name(f"{out.stem}.training")
    assert (code, said) == (130, ""), why
    assert f"stopped at 512 of 1,024 steps; go on with: mereq pretrain --resume {folder}" in why
    assert not out.exists()
    return folder


def card_of(out: Path) -> dict[str, Any]:
    return dict(json.loads(out.with_suffix(".json").read_text()))


def test_ctrl_c_leaves_what_resume_goes_on_from_bit_for_bit(
    call: Call, interrupt: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = stopped(call, tmp_path / "a.safetensors", *SHORT)
    again = complaint(call("mereq", "pretrain", *SHORT, "--out", tmp_path / "a.safetensors"), 2)
    assert "was not finished" in again
    assert f"--resume {folder}" in again
    interrupt.undo()
    code, _, why = call("mereq", "pretrain", "--resume", folder)
    assert code == 0, why
    assert "dqn_me of highway-basic-v0 goes on at 512 of 1,024 steps" in why
    code, _, _ = call("mereq", "pretrain", *SHORT, "--out", tmp_path / "b.safetensors")
    assert code == 0
    policies = [PolicySnapshot.from_bytes((tmp_path / f"{name}.safetensors").read_bytes()) for name in "ab"]
    assert policies[0].hash == policies[1].hash
    assert policies[0].maker == policies[1].maker
    resumed, whole = (card_of(tmp_path / f"{name}.safetensors") for name in "ab")
    assert resumed == {name: value for name, value in whole.items() if name != "cpu_seconds"}
    assert resumed["theta"] == [0.0, 0.5, 0.0]
    finished = complaint(call("mereq", "pretrain", "--resume", folder), 2)
    assert "the training is finished" in finished


def test_a_prior_of_ones_own_is_kept_with_the_training(
    call: Call, interrupt: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, _, _ = call("mereq", "pretrain", "-n", "512", "--episodes", "2", "--out", tmp_path / "prior.safetensors")
    assert code == 0
    residual = ("-a", "dqn_residual", "-n", "1024", "--episodes", "2", "--theta", "0", "-0.5", "0")
    folder = stopped(call, tmp_path / "a.safetensors", *residual, "--prior", str(tmp_path / "prior.safetensors"))
    (tmp_path / "prior.safetensors").unlink()
    interrupt.undo()
    assert call("mereq", "pretrain", "--resume", folder)[0] == 0
    assert card_of(tmp_path / "a.safetensors")["theta"] == [0.0, -0.5, 0.0]


def test_a_resumed_training_is_as_it_was(call: Call, interrupt: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = stopped(call, tmp_path / "a.safetensors", *SHORT)
    for flag, value in (("--env", "pusher"), ("--steps", "4096"), ("--seed", "1"), ("--algorithm", "dqn")):
        line = complaint(call("mereq", "pretrain", "--resume", folder, flag, value), 2)
        assert f"{flag} is as it was with --resume" in line
    (folder / "checkpoint.safetensors").write_bytes(b"damaged")
    assert "cannot read" in complaint(call("mereq", "pretrain", "--resume", folder), 1)
    (folder / "training.json").write_text('{"env": "highway"}')
    assert "no training that can be read" in complaint(call("mereq", "pretrain", "--resume", folder), 2)
    assert "has no training.json" in complaint(call("mereq", "pretrain", "--resume", tmp_path), 2)


def test_curves_are_what_tensorboard_reads(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "policy.safetensors"
    assert call("mereq", "pretrain", "-n", "2048", "--episodes", "2", "--out", out)[0] == 0
    found = EventAccumulator(str(tmp_path / "policy.training" / "tb")).Reload()
    assert {"train/loss", "train/return", "train/steps_a_second"} <= set(found.Tags()["scalars"])
    steps = [point.step for point in found.Scalars("train/loss")]
    assert steps == sorted(steps)
    assert 512 <= steps[0] < steps[-1] == 2048


@pytest.mark.parametrize(("algorithm", "env"), [("dqn", "highway"), ("sac", "mountain-car")])
def test_stable_baselines3_goes_on_with_its_networks_and_its_replay_buffer(algorithm: str, env: str) -> None:
    training = Training(
        env=env,
        algorithm=algorithm,  # type: ignore[arg-type]
        engine="sb3",
        theta=(0.0,) * 3,
        seed=0,
        steps=64,
        gamma=None,
        learning_rate=None,
        start="",
        out="policy.zip",
        episodes=1,
        checkpoint_every=64,
        task=card(env).digest(),
    )
    first, left = Sb3Run(training), iter(range(40))
    first.go_on(lambda: next(left, None) is not None)
    assert 0 < first.done < first.steps
    again = Sb3Run(training)
    again.restore(first.state())
    assert (again.done, again.updates) == (first.done, first.updates)
    for name, array in first.state().items():
        if name != "parameters":
            np.testing.assert_array_equal(again.state()[name], array)
    for name, tensor in first.model.policy.state_dict().items():
        assert again.model.policy.state_dict()[name].equal(tensor)
    again.go_on(lambda: True)
    assert again.done == again.steps
