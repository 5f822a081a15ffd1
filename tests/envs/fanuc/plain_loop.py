"""One control step of one arm as anybody would write it with MuJoCo's own functions, measured at every substep."""

from functools import cache
from typing import Any, NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from mereq_teleop import envs
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.fanuc.batch import MARGIN_M, FanucBatch, load_scene
from mereq_teleop.envs.fanuc.control import SUBSTEPS, TARGET, command, tips
from mereq_teleop.envs.fanuc.task import FanucTask

CARDS = [card for card in envs.cards() if card.batch.startswith("mereq_teleop.envs.fanuc")]
"""Every task of the arm that there is."""
STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)

Reals = NDArray[np.float64]


def batch_of(card: TaskCard, n: int, name: str = "") -> FanucBatch:
    """A batch of a task, by one of its ids."""
    batch = envs.make_batch(name or card.name, n)
    assert isinstance(batch, FanucBatch)
    return batch


@cache
def task_of(name: str) -> FanucTask:
    """The task of a card's name."""
    return batch_of(envs.card(name), 1).task


def limits(card: TaskCard) -> tuple[Reals, Reals]:
    """(axes,) least and greatest action."""
    return np.array([axis.low for axis in card.axes]), np.array([axis.high for axis in card.axes])


class Went(NamedTuple):
    """What happened at each substep of a control step."""

    row: Reals
    """The state that it led to."""
    qpos: Reals
    qvel: Reals
    forces_nm: Reals
    """Of the actuators; those of a gripper are in newtons."""
    tips_m: Reals
    contact_n: Reals
    """Sum of the normal forces on everything that the flange carries."""


def plain_step(task: FanucTask, row: Reals, action: Any) -> Went:
    """Load the row, mj_step ten times, save the row."""
    model = load_scene(task.scene)
    data = _data(task.scene)
    mujoco.mj_setState(model, data, row, STATE)
    low, high = limits(task.card)
    told = np.clip(np.asarray(action, np.float64), low, high)[None]
    least, most = (np.array(corner) for corner in task.workspace_m)
    tool, user = np.empty((1, 3)), data.userdata[None].copy()
    controls = np.empty((1, SUBSTEPS, model.nu))
    tips(data.qpos[None].copy(), task.length_m, tool)
    box = np.stack((least + MARGIN_M, most - MARGIN_M))
    command(tool, user, told, task.length_m, box, task.lead_m, task.grip_m, controls)
    data.userdata = user[0]
    data.mocap_pos[0] = user[0, TARGET : TARGET + 3]
    qpos, qvel, forces, contact = [], [], [], []
    for control in controls[0]:
        data.ctrl = control
        mujoco.mj_step(model, data)
        qpos.append(data.qpos.copy())
        qvel.append(data.qvel.copy())
        forces.append(data.actuator_force.copy())
        contact.append(contact_force(model, data))
    path = np.array(qpos)
    places = np.empty((len(path), 3))
    tips(path, task.length_m, places)
    task.judge(path[-1:], data.qvel[None].copy(), user, places[-1:].copy(), told, np.empty(1), np.empty(1, np.bool_))
    data.userdata = user[0]
    after = np.empty_like(row)
    mujoco.mj_getState(model, data, after, STATE)
    return Went(after, path, np.array(qvel), np.array(forces), places, np.array(contact))


def contact_force(model: mujoco.MjModel, data: mujoco.MjData) -> float:
    """Sum of the normal forces between what the flange carries and what it does not (N)."""
    carried, total, wrench = _carried(model), 0.0, np.empty(6)
    for index in range(data.ncon):
        one, other = (int(model.geom_bodyid[geom]) for geom in data.contact[index].geom)
        if (one in carried) != (other in carried):
            mujoco.mj_contactForce(model, data, index, wrench)
            total += abs(wrench[0])
    return total


@cache
def _data(scene: str) -> mujoco.MjData:
    return mujoco.MjData(load_scene(scene))


@cache
def _carried(model: mujoco.MjModel) -> set[int]:
    flange = model.body("flange").id
    # A body comes after its parent.
    bodies = {flange}
    for body in range(flange + 1, model.nbody):
        if int(model.body_parentid[body]) in bodies:
            bodies.add(body)
    return bodies
