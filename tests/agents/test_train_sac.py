"""Laws of training continuous priors and experts: how they explore, that a run can be repeated, and that it drives."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.train_sac import Explorer, SacTraining, train_sac
from mereq_teleop.envs import card, make_batch

TASK = "mountain-car"
CARD = card(TASK)
SHORT = SacTraining(steps=512, worlds=8, batch=16, replay=500, warm_up=256, hidden=(16,))


def test_half_of_the_worlds_explore_by_persistent_wider_noise() -> None:
    config = SacTraining(worlds=400)
    explorer = Explorer(config, 2, np.random.default_rng(0))
    noise = np.array([explorer.draw() for _ in range(300)])
    now, later = noise[:-1], noise[1:]
    for side, kept, width in ((0, 0.0, 1.0), (1, config.persistence, config.width)):
        a, b = now[:, side::2].ravel(), later[:, side::2].ravel()
        assert a.std() == pytest.approx(width, rel=0.05)
        assert np.corrcoef(a, b)[0, 1] == pytest.approx(kept, abs=0.02)


@cache
def short(seed: int, theta: tuple[float, ...] | None = None) -> PolicySnapshot:
    return train_sac(TASK, SHORT, seed, theta=theta)[0]


def test_a_run_can_be_repeated_bit_for_bit() -> None:
    told: list[tuple[int, int]] = []
    again, seconds = train_sac(TASK, SHORT, 3, progress=lambda done, total: told.append((done, total)))
    assert again.hash == short(3).hash != short(4).hash
    assert again.maker == short(3).maker
    assert again.kind == "sac"
    assert again.maker.updates == 4 * (64 - 31)
    assert (again.maker.gamma, again.maker.alpha) == (SHORT.gamma, SHORT.alpha)
    assert told[-1] == (512, 512)
    assert seconds > 0


def test_a_scratch_run_scales_its_inputs_and_a_fine_tuned_one_keeps_the_starts() -> None:
    first = short(3)
    assert (first.tensors["input.scale"] != 1).all()
    tuned, _ = train_sac(TASK, replace(SHORT, steps=264, head_start=4), 4, start=first)
    assert tuned.hash != first.hash
    for name in ("input.shift", "input.scale"):
        np.testing.assert_array_equal(tuned.tensors[name], first.tensors[name])


def test_until_it_is_let_go_a_fine_tuned_policy_is_its_start() -> None:
    for held in (replace(SHORT, warm_up=10_000), replace(SHORT, steps=264, head_start=8)):
        tuned, _ = train_sac(TASK, held, 4, start=short(3))
        assert tuned.hash == short(3).hash


def test_theta_is_added_to_the_worlds_reward() -> None:
    assert short(3).hash == short(3, (0.0, 0.0, 0.0)).hash != short(3, (-1.0, 0.0, 0.0)).hash


@pytest.mark.slow
def test_it_learns_to_reach_the_flag() -> None:
    snapshot, _ = train_sac(TASK, SacTraining(), 0)
    policy, batch = GaussianPolicy(snapshot, CARD), make_batch(TASK, 100)
    obs, reached, total = batch.reset(np.arange(100) + 9000), np.zeros(100, bool), np.zeros(100)
    for _ in range(CARD.horizon_steps):
        after = batch.step(policy.act(obs))
        total += np.where(reached, 0.0, after.reward)
        obs, reached = after.observation, reached | after.terminated
    assert reached.mean() >= 0.95
    assert total.mean() >= 88
