"""Laws of our policies as stable-baselines3 zips: its own `load` drives as we do, and so does what we read back."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from stable_baselines3 import DQN, SAC

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.export import as_zip
from mereq_teleop.agents.foreign.inputs import driven
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.layers import TANH
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.agents.shipped import load_policy, shipped
from mereq_teleop.envs import card, make
from tests.agents.foreign.zips import zipped


def loaded(snapshot: PolicySnapshot, path: Path) -> DQN | SAC:
    """What stable-baselines3 makes of its zip."""
    path.write_bytes(as_zip(snapshot))
    return (DQN if card(snapshot.maker.task).discrete else SAC).load(path, device="cpu")


@pytest.mark.parametrize("task", ["highway", "mountain-car", "pusher"])
def test_a_prior_drives_the_same_in_both(task: str, tmp_path: Path) -> None:
    own, path = shipped(card(task).prior, card(task)), tmp_path / "policy.zip"
    model, obs = loaded(own.snapshot, path), driven(card(task))
    theirs, ours = model.predict(obs, deterministic=True)[0], own.act(obs)
    np.testing.assert_allclose(theirs, ours, atol=1e-5)
    assert model.gamma == own.snapshot.maker.gamma
    back = load_policy(path, card(task), Reading(alpha=own.snapshot.maker.alpha))
    np.testing.assert_allclose(back.act(obs), ours, atol=1e-5)
    if isinstance(own, Policy):
        assert isinstance(back, Policy)
        np.testing.assert_allclose(back.log_probs(obs), own.log_probs(obs), atol=1e-3)
    else:
        assert isinstance(own, GaussianPolicy)
        assert isinstance(back, GaussianPolicy)
        np.testing.assert_allclose(back.gaussian(obs), own.gaussian(obs), atol=1e-4)
        assert back.snapshot.maker.alpha == own.snapshot.maker.alpha


def test_one_can_go_on_training_it(tmp_path: Path) -> None:
    prior = shipped(card("highway").prior, card("highway"))
    loaded(prior.snapshot, tmp_path / "policy.zip")
    model = DQN.load(tmp_path / "policy.zip", env=make("highway"), device="cpu", learning_starts=4)
    before = {name: tensor.clone() for name, tensor in model.policy.state_dict().items()}
    model.learn(12)
    moved = {name for name, tensor in model.policy.state_dict().items() if not tensor.equal(before[name])}
    assert any(name.startswith("q_net.q_net") for name in moved)
    assert not any("features_extractor" in name for name in moved)


def test_a_residual_goes_as_what_it_adds_up_to(tmp_path: Path) -> None:
    prior = shipped(card("highway").prior, card("highway"))
    assert isinstance(prior, Policy)
    trainer, random = ResidualDqn(prior, ResidualConfig(hidden=(16,)), 0), np.random.default_rng(0)
    obs = driven(card("highway"))
    features = random.random((len(obs), 3))
    trainer.remember(obs, random.integers(5, size=len(obs)), features, np.zeros(len(obs)), np.roll(obs, 1, axis=0))
    trainer.learn(np.array([0.0, 5.0, 0.0]), 200)
    learned = trainer.policy()
    assert (learned.act(obs) != prior.act(obs)).any()
    model = loaded(learned.snapshot, tmp_path / "policy.zip")
    assert (model.predict(obs, deterministic=True)[0] == learned.act(obs)).mean() > 0.999


def test_what_came_from_a_zip_with_tanh_goes_back_to_one(tmp_path: Path) -> None:
    (tmp_path / "theirs.zip").write_bytes(zipped("sac-fixed"))
    read, obs = load_policy(tmp_path / "theirs.zip", card("pusher")), driven(card("pusher"))
    model = loaded(read.snapshot, tmp_path / "ours.zip")
    np.testing.assert_allclose(model.predict(obs, deterministic=True)[0], read.act(obs), atol=1e-5)


def test_what_no_zip_can_hold_is_refused() -> None:
    own = shipped(card("pusher").prior, card("pusher")).snapshot
    bends = np.zeros_like(own.tensors["actor.0.bias"])
    bends[::2] = TANH
    mixed = PolicySnapshot(0, "sac", own.maker, {**own.tensors, "actor.0.bend": bends})
    with pytest.raises(BadPolicy, match="some of its hidden units are bent by tanh and some rectified"):
        as_zip(mixed)


def test_it_says_what_a_zip_does_not_hold() -> None:
    told: list[str] = []
    prior = shipped(card("highway").prior, card("highway")).snapshot
    as_zip(PolicySnapshot(0, "dqn", msgspec.structs.replace(prior.maker, alpha=0.07), prior.tensors), told.append)
    assert any("this package, which must be installed" in line for line in told)
    assert any("--alpha 0.07" in line for line in told)
