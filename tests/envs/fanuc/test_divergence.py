"""A world whose simulation breaks down is put back and truncated, and says what it went through."""

import io
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.fanuc.batch import REMEMBERED, FanucBatch, load_scene
from mereq_teleop.envs.fanuc.state import FanucState
from tests.envs.fanuc.plain_loop import CARDS, STATE, batch_of, limits

ALL_TASKS = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)


def kicked(batch: FanucBatch, world: int, dof: int, speed: float) -> None:
    """Set one speed of a world through its state."""
    model = load_scene(batch.task.scene)
    data, rows = mujoco.MjData(model), batch.state().rows
    mujoco.mj_setState(model, data, rows[world], STATE)
    data.qvel[dof] = speed
    mujoco.mj_getState(model, data, rows[world], STATE)
    batch.restore(FanucState(rows))


def driven(card: TaskCard, steps: int) -> FanucBatch:
    batch = batch_of(card, 3)
    batch.reset([1, 2, 3])
    for _ in range(steps):
        batch.step(np.tile(limits(card)[1], (3, 1)))
    return batch


@ALL_TASKS
@pytest.mark.parametrize(("dof", "speed"), [(0, 1e3), (0, -1e6), (-1, 1e12), (-1, 1e300)])
def test_it_is_undone_truncated_and_no_other_world_notices(
    card: TaskCard,
    dof: int,
    speed: float,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    batch, calm = driven(card, 4), driven(card, 4)
    kicked(batch, 1, dof, speed)
    before, action = batch.state(), 0.5 * np.tile(limits(card)[1], (3, 1))
    after, there = batch.step(action), calm.step(action)
    assert batch.diverged.tolist() == after.truncated.tolist() == [False, True, False]
    assert not after.terminated[1]
    assert np.isfinite(after.reward).all()
    nq = load_scene(card.name).nq
    # Time and positions are those before; the task's own memory may have moved on.
    assert batch.state().rows[1, : 1 + nq].tobytes() == before.rows[1, : 1 + nq].tobytes()
    for ours, theirs in zip(after, there, strict=True):
        assert np.asarray(ours)[[0, 2]].tobytes() == np.asarray(theirs)[[0, 2]].tobytes()
    assert batch.divergence is None
    batch.reset_where(np.array([False, True, False]), [0, 2, 0])
    calm.reset_where(np.array([False, True, False]), [0, 2, 0])
    assert batch.step(action).observation.tobytes() == calm.step(action).observation.tobytes()
    assert not batch.diverged.any()
    # MuJoCo's own warnings would be all over the operator's terminal and folder.
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())


@ALL_TASKS
@pytest.mark.parametrize("steps", [0, 3, 50])
def test_world_0_tells_its_last_states_and_they_break_down_again(card: TaskCard, steps: int) -> None:
    batch = driven(card, 0)
    action = 0.5 * np.tile(limits(card)[1], (3, 1))
    pushed = batch._batch.bind("qfrc_applied")
    for _ in range(steps):
        batch.step(action)
    before = batch.state().rows[0]
    pushed[0, -1] = 1e12
    batch.watch()
    batch.step(action)
    told = batch.divergence
    assert told is not None
    states, actions, broken = (told.arrays[name] for name in ("states", "actions", "broken"))
    assert len(states) == len(actions) == min(steps + 1, REMEMBERED)
    assert states[-1][:20].tobytes() == before[:20].tobytes()
    assert actions[-1].tobytes() == action[0].tobytes()
    assert broken.shape == before.shape
    assert broken.tobytes() != before.tobytes()
    model = load_scene(card.name)
    assert told.where.partition(" at ")[0] in {model.joint(joint).name for joint in range(model.njnt)}
    assert np.isfinite(batch.frames.path).all()
    again = batch_of(card, 1)
    again.restore(FanucState(states[-1:]))
    assert again.step(actions[-1:]).truncated.tolist() == [True]
    assert again.divergence is not None
    assert again.divergence.arrays["broken"].tobytes() == broken.tobytes()
    file = io.BytesIO()
    arrays: dict[str, Any] = dict(told.arrays)
    np.savez(file, allow_pickle=False, **arrays)
    file.seek(0)
    assert set(np.load(file, allow_pickle=False)) == {"states", "actions", "broken"}
    batch.reset([1, 2, 3])
    assert batch.divergence is None


@pytest.mark.parametrize("name", [card.name for card in envs.cards()])
def test_a_world_that_is_well_has_nothing_to_tell(name: str) -> None:
    batch = envs.make_batch(name, 2)
    assert batch.divergence is None
    neutral = envs.card(name).neutral_action
    batch.step(np.array([neutral, neutral]))
    assert batch.divergence is None
