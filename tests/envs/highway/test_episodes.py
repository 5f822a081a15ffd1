"""Whole recorded episodes of plain highway-env, repeated bit for bit (tests/envs/record_fixtures.py made them)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.envs.highway.numerics import fingerprint
from mereq_teleop.envs.highway.state import HighwayState

RECORDED = dict(np.load(Path(__file__).parent / "episodes.npz", allow_pickle=False))
SEEDS = sorted({int(name.split("/")[0]) for name in RECORDED if "/" in name})
SAME_ARITHMETIC = str(RECORDED["fingerprint"]) == fingerprint()


def rows(state: HighwayState) -> tuple[Any, Any]:
    """The recorded rows of a state of one world."""
    reals = np.stack([state.x[0], state.y[0], state.heading[0], state.speed[0]])
    return reals, np.stack([state.lane[0], state.target_lane[0], state.crashed[0]])


def test_the_recordings_hold_crashes_truncations_and_steps_beyond() -> None:
    ends = [(RECORDED[f"{seed}/terminated"], RECORDED[f"{seed}/truncated"]) for seed in SEEDS]
    assert any(terminated.any() for terminated, _ in ends)
    assert any(truncated.any() for _, truncated in ends)
    assert any(terminated.sum() > 1 for terminated, _ in ends)
    assert any(truncated.sum() > 1 for _, truncated in ends)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_episode_is_repeated(seed: int) -> None:
    episode = {name.split("/")[1]: array for name, array in RECORDED.items() if name.startswith(f"{seed}/")}
    batch = envs.make_batch("highway", 1)
    observation = batch.reset([seed])
    if not SAME_ARITHMETIC:
        # Another processor or C library may differ in a last bit, after which traffic diverges: compare the start.
        np.testing.assert_allclose(rows(batch.state())[0], episode["reals"][0], rtol=1e-12)
        pytest.skip("recorded on a machine whose arithmetic differs in the last bit")
    assert np.array_equal(observation[0], episode["observations"][0])
    for t, action in enumerate(episode["actions"]):
        step = batch.step([action])
        reals, wholes = rows(batch.state())
        assert np.array_equal(reals, episode["reals"][t + 1])
        assert np.array_equal(wholes, episode["wholes"][t + 1])
        assert np.array_equal(step.observation[0], episode["observations"][t + 1])
        assert np.array_equal(step.features[0], episode["features"][t])
        assert step.terminated[0] == episode["terminated"][t]
        assert step.truncated[0] == episode["truncated"][t]
