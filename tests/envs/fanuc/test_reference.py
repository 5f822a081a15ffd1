"""The gymnasium class is the batched simulation with one world, and what gymnasium asks of an environment."""

import os
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from mereq_teleop import envs
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import EnvError, UnknownEnv
from mereq_teleop.envs.fanuc.reference import FanucEnv
from tests.envs.fanuc.plain_loop import CARDS, batch_of, limits

ALL_TASKS = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)


@ALL_TASKS
def test_gymnasiums_checker_is_content(card: TaskCard) -> None:
    for env_id in dict.fromkeys(card.ids.values()):
        env = envs.make(env_id).unwrapped
        with warnings.catch_warnings():
            # It would rather have bounded observations and actions from -1 to 1.
            warnings.filterwarnings("ignore", message=".*(infinity|normalized space)")
            check_env(env, skip_render_check=True)
        env.close()


@ALL_TASKS
def test_it_is_the_batched_simulation(card: TaskCard) -> None:
    for env_id in dict.fromkeys(card.ids.values()):
        env, batch = envs.make(env_id), batch_of(card, 1, env_id)
        low, high = limits(card)
        assert isinstance(env.action_space, gymnasium.spaces.Box)
        np.testing.assert_array_equal(env.action_space.low, low.astype(np.float32))
        np.testing.assert_array_equal(env.action_space.high, high.astype(np.float32))
        env.action_space.seed(0)
        for seed in (3, 4):
            obs, info = env.reset(seed=seed)
            assert obs.tobytes() == batch.reset([seed])[0].tobytes()
            assert info["features"].tobytes() == batch.features[0].tobytes()
            for _ in range(30):
                action = env.action_space.sample()
                obs, reward, terminated, truncated, info = env.step(action)
                after = batch.step([action])
                assert obs.tobytes() == after.observation[0].tobytes()
                assert (reward, terminated, truncated) == (after.reward[0], after.terminated[0], after.truncated[0])
                assert info["features"].tobytes() == after.features[0].tobytes()


@ALL_TASKS
def test_without_a_seed_every_episode_is_another_and_the_first_seed_decides_them(card: TaskCard) -> None:
    def three() -> list[bytes]:
        env = envs.make(card.name)
        return [bytes(env.reset(seed=seed)[0].tobytes()) for seed in (7, None, None)]

    first = three()
    assert len(set(first)) == 3
    assert first == three()


@ALL_TASKS
def test_bad_actions_are_named(card: TaskCard) -> None:
    env = envs.make(card.name)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="not finite"):
        env.step(np.full(len(card.axes), np.nan, np.float32))
    with pytest.raises(ValueError, match=r"actions are .* wanted numbers \(1, "):
        env.step(np.zeros(len(card.axes) + 1, np.float32))


def test_an_unknown_variant_or_mode_is_answered_with_what_there_is() -> None:
    with pytest.raises(UnknownEnv, match=r"no env 'Fanuc-pusher-v1'; .*did you mean 'Fanuc-pusher-v0'\?"):
        envs.make("Fanuc-pusher-v1")
    with pytest.raises(UnknownEnv, match="did you mean 'fanucPusherAddTableReward'"):
        envs.make("fanucPusherAddTable")
    with pytest.raises(EnvError, match="no render mode 'human'; known: rgb_array"):
        FanucEnv("Fanuc-pusher-v0", render_mode="human")
    assert FanucEnv("Fanuc-pusher-v0").render() is None


DRAW = """
from mereq_teleop import envs
env = envs.make({name!r}, render_mode="rgb_array")
env.reset(seed=0)
pictures = []
try:
    for _ in range(2):
        pictures.append(env.render())
        env.step(env.action_space.high)
except envs.errors.EnvError as error:
    print(error)
else:
    assert pictures[0].shape == (480, 640, 3) and pictures[0].dtype.name == "uint8"
    print(pictures[0].std() > 5.0, (pictures[0] != pictures[1]).any())
env.close()
"""


def drawn(name: str, back_end: str) -> str:
    """What a process with its own MUJOCO_GL says."""
    settings = {**os.environ, "MUJOCO_GL": back_end}
    told = subprocess.run(
        [sys.executable, "-c", DRAW.format(name=name)], env=settings, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or told.stderr


@ALL_TASKS
@pytest.mark.slow
def test_it_draws(card: TaskCard) -> None:
    said = drawn(card.name, "egl")
    if "cannot draw" in said or "EGL" in said:
        pytest.skip(said[-200:])
    assert said == "True True"


def test_a_missing_back_end_is_named_with_the_package() -> None:
    said = drawn("pusher", "disable")
    assert "MuJoCo cannot draw (tried MUJOCO_GL=disable)" in said, said
    assert "apt install libegl1" in said
