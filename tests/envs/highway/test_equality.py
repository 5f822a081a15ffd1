"""The simulator and the live reference environment: the same worlds, bit for bit, on seeds and actions never seen."""

import os
import platform
import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.envs.highway.exchange import restore_env, state_of
from mereq_teleop.envs.highway.state import HighwayState

# Odds of LANE_LEFT, IDLE, LANE_RIGHT, FASTER, SLOWER: any, careful, fast, weaving.
STYLES = ((1, 1, 1, 1, 1), (1, 6, 2, 0, 4), (0, 2, 1, 7, 0), (4, 1, 4, 3, 1))


@pytest.fixture(scope="module")
def env() -> Any:
    return envs.make("highway")


@pytest.fixture(scope="module")
def batch() -> Any:
    return envs.make_batch("highway", 1)


@pytest.fixture(scope="module")
def dense() -> Any:
    return envs.make("highwayDense"), envs.make_batch("highwayDense", 1)


def assert_same(left: HighwayState, right: HighwayState) -> None:
    for field in fields(HighwayState):
        np.testing.assert_array_equal(getattr(left, field.name), getattr(right, field.name), field.name)


def assert_same_step(env: Any, batch: Any, action: int) -> bool:
    """Take one step in both worlds, compare everything, and tell whether the episode has ended."""
    observation, reward, terminated, truncated, info = env.step(action)
    step = batch.step([action])
    assert_same(state_of(env), batch.state())
    assert np.array_equal(observation, step.observation[0])
    assert observation.dtype == step.observation.dtype
    assert np.array_equal(info["features"], step.features[0])
    assert (reward, terminated, truncated) == (step.reward[0], step.terminated[0], step.truncated[0])
    return bool(terminated or truncated)


def drive(env: Any, batch: Any, seed: int, beyond: int = 0) -> None:
    """One whole episode in both worlds, and some steps beyond its end."""
    rng = np.random.default_rng([seed, 1])
    odds = np.array(STYLES[seed % len(STYLES)])
    observation, info = env.reset(seed=seed)
    assert np.array_equal(observation, batch.reset([seed])[0])
    assert np.array_equal(info["features"], batch.features[0])
    assert_same(state_of(env), batch.state())
    while not assert_same_step(env, batch, int(rng.choice(5, p=odds / odds.sum()))):
        pass
    for _ in range(beyond):
        assert_same_step(env, batch, int(rng.integers(5)))


def crafted(seed: int, network: Any) -> HighwayState:
    """A state that no episode reaches: crowds, level vehicles, wild headings and speeds, a road that ends."""
    rng = np.random.default_rng([seed, 2])
    batch = envs.make_batch("highway", 1)
    batch.reset([seed])
    arrays = {name: array.copy() for name, array in batch.state().arrays().items()}
    x = rng.uniform(100, 100 + rng.choice([60.0, 150.0, 400.0]), 31)
    arrays["x"][0] = x if seed % 3 else np.round(x / 2) * 2
    arrays["y"][0] = 4 * rng.integers(0, 3, 31) + (rng.normal(0, 0.8, 31) if seed % 2 else 0)
    arrays["heading"][0] = rng.normal(0, 0.2, 31) * (rng.random(31) < 0.4)
    arrays["speed"][0] = rng.uniform(-2, 45, 31) if seed % 4 == 0 else rng.uniform(0.005, 32, 31)
    arrays["target_lane"][0] = rng.integers(0, 3, 31)
    arrays["target_speed"][0, 1:] = rng.uniform(-1, 35, 30)
    arrays["timer"][0, 1:] = rng.uniform(0, 1.3, 30)
    arrays["crashed"][0] = rng.random(31) < (0.2 if seed % 5 == 0 else 0.0)
    if seed % 7 == 0:
        arrays["x"] += 9960.0
    for i in range(31):
        place = np.array([arrays["x"][0, i], arrays["y"][0, i]])
        arrays["lane"][0, i] = network.get_closest_lane_index(place, arrays["heading"][0, i])[2]
    return HighwayState(**arrays)


def start_crafted(env: Any, batch: Any, seed: int) -> None:
    """Put both worlds into one crafted state and step them."""
    env.reset(seed=0)
    state = crafted(seed, env.unwrapped.road.network)
    assert np.array_equal(restore_env(env, state), batch.restore(state)[0])
    rng = np.random.default_rng([seed, 3])
    for _ in range(3):
        assert_same_step(env, batch, int(rng.integers(5)))


@pytest.mark.parametrize("seed", [1000, 1001, 2**33 + 2, 1003, 1004, 1007])
def test_an_episode_is_the_references(env: Any, batch: Any, seed: int) -> None:
    drive(env, batch, seed, beyond=1)


@pytest.mark.parametrize("seed", [1000, 1001, 1006, 1003])
def test_an_episode_in_denser_traffic_is_the_references(dense: Any, seed: int) -> None:
    env, batch = dense
    drive(env, batch, seed, beyond=1)


def test_denser_traffic_is_highway_envs_at_its_own_setting(dense: Any, env: Any, batch: Any) -> None:
    plain = envs.make("highway", config={"vehicles_density": 1.2})
    assert np.array_equal(plain.reset(seed=9)[0], dense[0].reset(seed=9)[0])
    assert_same(state_of(plain), state_of(dense[0]))
    env.reset(seed=9)
    usual, near = state_of(env).x[0], state_of(dense[0]).x[0]
    assert near[0] == usual[0]
    assert np.diff(near) == pytest.approx(np.diff(usual) / 1.2)


def test_denser_traffic_starts_anew_as_dense(dense: Any) -> None:
    env, _ = dense
    batch = envs.make_batch("highwayDense", 3)
    batch.reset([1, 2, 3])
    batch.step([1, 1, 1])
    batch.reset_where([False, True, False], [0, 12, 0])
    env.reset(seed=12)
    assert_same(batch.state().take(1), state_of(env))


@pytest.mark.parametrize("seed", range(15))
def test_a_pile_up_is_the_references(env: Any, batch: Any, seed: int) -> None:
    start_crafted(env, batch, seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_episodes_are_the_references(env: Any, batch: Any, block: int) -> None:
    for seed in range(10_000 + 15 * block, 10_000 + 15 * (block + 1)):
        drive(env, batch, seed, beyond=seed % 3)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_hundreds_of_pile_ups_are_the_references(env: Any, batch: Any, block: int) -> None:
    for seed in range(100 + 20 * block, 100 + 20 * (block + 1)):
        start_crafted(env, batch, seed)


def test_the_reference_is_plain_highway_env(env: Any) -> None:
    config = {
        "simulation_frequency": 5,
        "policy_frequency": 1,
        "lanes_count": 3,
        "vehicles_count": 30,
        "duration": 40,
        "ego_spacing": 1.5,
    }
    plain = gymnasium.make("highway-v0", config=config, disable_env_checker=True)
    seen, _ = plain.reset(seed=77)
    assert np.array_equal(seen, env.reset(seed=77)[0])
    for action in (3, 2, 1, 0, 4):
        seen, _, terminated, truncated, info = plain.step(action)
        again, _, terminated_again, truncated_again, info_again = env.step(action)
        assert np.array_equal(seen, again)
        assert (terminated, truncated) == (terminated_again, truncated_again)
        assert info["rewards"] == info_again["rewards"]
        assert info_again["features"].tolist() == list(info["rewards"].values())[:3]


def test_a_live_environment_goes_on_in_the_simulator_and_back(env: Any, batch: Any) -> None:
    env.reset(seed=4)
    for action in (3, 2):
        env.step(action)
    middle = state_of(env)
    batch.restore(middle)
    assert_same(batch.state(), middle)
    for action in (1, 0, 3):
        assert_same_step(env, batch, action)
    env.reset(seed=5)
    restore_env(env, middle)
    batch.restore(middle)
    for action in (4, 2):
        assert_same_step(env, batch, action)


def test_only_the_task_itself_can_be_exchanged(env: Any) -> None:
    with pytest.raises(ValueError, match="belongs to a HighwayReference, not to CartPoleEnv"):
        state_of(gymnasium.make("CartPole-v1"))
    with pytest.raises(ValueError, match="the road has 6 vehicles, a highway state 31"):
        state_of(envs.make("highway", config={"vehicles_count": 5}))
    with pytest.raises(ValueError, match="a state of one world, not of 2"):
        restore_env(env, envs.make_batch("highway", 2).state())


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="names the processors of another maker")
@pytest.mark.parametrize("blas", ["Nehalem", "Haswell", "SkylakeX"])
@pytest.mark.parametrize("vectors", [True, False])
def test_any_processor_agrees_with_its_own_numpy(blas: str, vectors: bool) -> None:
    """numpy on an older processor has other functions and another dot product; the simulator follows it."""
    disabled = "" if vectors else " ".join(import_module("numpy._core._multiarray_umath").__cpu_dispatch__)
    environment = {**os.environ, "OPENBLAS_CORETYPE": blas, "NPY_DISABLE_CPU_FEATURES": disabled}
    chosen = ["-k", "an_episode or pile_up or numerics", "-m", "not slow", "-p", "no:cacheprovider"]
    files = [__file__, str(Path(__file__).with_name("test_numerics.py"))]
    code = subprocess.run(
        [sys.executable, "-m", "pytest", *files, *chosen], env=environment, capture_output=True, text=True, check=False
    )
    assert code.returncode == 0, code.stdout[-2000:]
