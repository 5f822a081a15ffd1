"""The arm is the published one: forward kinematics by hand and by MuJoCo, inverse kinematics within each workspace."""

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.fanuc.arm import AXES, JOINTS, LIMITS, OFFSETS_M, SPEED_LIMITS, forward, inverse
from mereq_teleop.envs.fanuc.batch import load_scene
from mereq_teleop.envs.fanuc.control import ANGLES, SPEED_SHARE, TRIES, place
from tests.envs.fanuc.plain_loop import CARDS, task_of

Reals = NDArray[np.float64]

# As published: where each joint is in the frame of the one before (m), its axis, and its limits.
PLACES = [(0, 0, 0.33), (0.05, 0, 0), (0, 0, 0.44), (0, 0, 0.035), (0.42, 0, 0), (0, 0, 0)]
FLANGE = (0.08, 0, 0)
TURNS = ["+z", "+y", "-y", "-x", "-y", "-x"]
LEAST_DEG, MOST_DEG = [-180, -100, -70, -190, -125, -360], [180, 145, 213, 190, 125, 360]
SPEEDS_DEG = [370, 310, 410, 550, 545, 1000]
EFFORTS_NM = [600, 600, 300, 70, 40, 20]
MASSES_KG = [5.09, 5.41, 10.9, 2.07, 3.07, 0.428, 0.0129]
WRIST_REACH_M = 0.911

ALL_TASKS = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
shares = st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6)


def angles_at(share: list[float]) -> Reals:
    """Joint angles at shares of their ranges."""
    angles: Reals = np.radians(LEAST_DEG) + np.array(share) * (np.radians(MOST_DEG) - np.radians(LEAST_DEG))
    return angles


def moved(offset: tuple[float, float, float]) -> Reals:
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def turned(about: str, angle: float) -> Reals:
    """The textbook's matrices."""
    c, s = np.cos(angle), np.sin(angle) * (1 if about[0] == "+" else -1)
    rows = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    matrix = np.eye(4)
    matrix[:3, :3] = rows[about[1]]
    return matrix


def by_hand(angles: Reals, length: float) -> tuple[list[Reals], Reals]:
    """Where each joint is (4, 4), and the tool's tip."""
    pose, joints = np.eye(4), []
    for offset, about, angle in zip(PLACES, TURNS, angles, strict=True):
        pose = pose @ moved(offset)
        joints.append(pose)
        pose = pose @ turned(about, angle)
    return joints, pose @ moved(FLANGE) @ moved((length, 0, 0))


def computed(angles: Reals, length: float) -> tuple[Reals, Reals, Reals]:
    places, axes, rotation = np.empty((7, 3)), np.empty((6, 3)), np.empty((3, 3))
    forward(angles, length, places, axes, rotation)
    return places, axes, rotation


@settings(max_examples=300)
@given(share=shares, length=st.floats(0.0, 0.3))
def test_forward_kinematics_are_hand_multiplied_transforms(share: list[float], length: float) -> None:
    angles = angles_at(share)
    joints, tip = by_hand(angles, length)
    places, axes, rotation = computed(angles, length)
    np.testing.assert_allclose(places[:6], [pose[:3, 3] for pose in joints], rtol=0, atol=1e-12)
    np.testing.assert_allclose(places[6], tip[:3, 3], rtol=0, atol=1e-12)
    np.testing.assert_allclose(rotation, tip[:3, :3], rtol=0, atol=1e-12)
    signs = np.array([1.0 if about[0] == "+" else -1.0 for about in TURNS])
    columns = [pose[:3, "xyz".index(about[1])] for pose, about in zip(joints, TURNS, strict=True)]
    np.testing.assert_allclose(axes, signs[:, None] * columns, rtol=0, atol=1e-12)


@ALL_TASKS
@settings(max_examples=100)
@given(share=shares)
def test_forward_kinematics_are_mujocos(card: TaskCard, share: list[float]) -> None:
    model = load_scene(card.name)
    data = mujoco.MjData(model)
    data.qpos[:JOINTS] = angles_at(share)
    mujoco.mj_kinematics(model, data)
    places, axes, rotation = computed(data.qpos[:JOINTS].copy(), 0.0)
    np.testing.assert_allclose(data.xanchor[:JOINTS], places[:6], rtol=0, atol=1e-12)
    np.testing.assert_allclose(data.xaxis[:JOINTS], axes, rtol=0, atol=1e-12)
    np.testing.assert_allclose(data.body("flange").xpos, places[6], rtol=0, atol=1e-12)
    np.testing.assert_allclose(data.body("flange").xmat.reshape(3, 3), rotation, rtol=0, atol=1e-12)


@ALL_TASKS
def test_mujocos_arm_and_the_compiled_one_are_the_published_one(card: TaskCard) -> None:
    model = load_scene(card.name)
    assert [model.joint(joint).name for joint in range(JOINTS)] == ["J1", "J2", "J3", "J4", "J5", "J6"]
    links = [model.body(f"link{joint}") for joint in range(1, 7)]
    np.testing.assert_array_equal([link.pos for link in links], PLACES)
    np.testing.assert_array_equal(OFFSETS_M, PLACES)
    np.testing.assert_array_equal(model.body("flange").pos, FLANGE)
    np.testing.assert_array_equal(model.jnt_axis[:JOINTS], AXES)
    np.testing.assert_allclose(LIMITS, np.radians([LEAST_DEG, MOST_DEG]).T, rtol=1e-15)
    np.testing.assert_allclose(model.jnt_range[:JOINTS], LIMITS, rtol=1e-15)
    assert model.jnt_limited[:JOINTS].all()
    np.testing.assert_allclose(SPEED_LIMITS, np.radians(SPEEDS_DEG), rtol=1e-15)
    np.testing.assert_array_equal(model.actuator_trnid[:JOINTS, 0], range(JOINTS))
    np.testing.assert_array_equal(model.actuator_forcerange[:JOINTS, 1], EFFORTS_NM)
    np.testing.assert_array_equal(model.actuator_forcerange[:JOINTS, 0], -np.array(EFFORTS_NM))
    assert model.actuator_forcelimited[:JOINTS].all()
    masses = [float(body.mass[0]) for body in (*links, model.body("flange"))]
    np.testing.assert_allclose(masses, MASSES_KG, rtol=1e-12)


def test_the_wrist_reaches_as_far_as_published() -> None:
    # Upper arm and forearm in one line: the elbow's offset turns it by its own angle.
    angles = np.zeros(6)
    angles[1], angles[2] = np.pi / 2, np.pi / 2 - np.arctan2(0.035, 0.42)
    places, _, _ = computed(angles, 0.0)
    from_shoulder = float(np.linalg.norm(places[4] - places[1]))
    assert from_shoulder == pytest.approx(0.44 + np.hypot(0.42, 0.035), abs=1e-12)
    assert places[4][0] == pytest.approx(WRIST_REACH_M, abs=1e-3)


@ALL_TASKS
@settings(max_examples=150)
@given(share=st.tuples(*[st.floats(0.0, 1.0)] * 3))
def test_the_tool_reaches_every_point_of_the_workspace_looking_down(card: TaskCard, share: tuple[float, ...]) -> None:
    task = task_of(card.name)
    low, high = (np.array(corner) for corner in task.workspace_m)
    tip = low + np.array(share) * (high - low)
    qpos, user = np.zeros(load_scene(card.name).nq), np.zeros(ANGLES + JOINTS)
    place(qpos, user, tip, task.length_m)
    angles = qpos[:JOINTS]
    assert ((angles >= LIMITS[:, 0]) & (angles <= LIMITS[:, 1])).all()
    np.testing.assert_array_equal(user[ANGLES:], angles)
    _, pose = by_hand(angles, task.length_m)
    # Folded up before the base the last tries gain little: 0.02 mm and 0.1 mrad may be left.
    np.testing.assert_allclose(pose[:3, 3], tip, rtol=0, atol=2e-5)
    # The tool's x looks down, and its y to the left whatever the first joint's angle.
    np.testing.assert_allclose(pose[:3, :3], [[0, 0, 1], [0, 1, 0], [-1, 0, 0]], rtol=0, atol=1e-4)


@settings(max_examples=200)
@given(
    share=shares,
    target=st.tuples(*[st.floats(-3.0, 3.0)] * 3),
    tries=st.integers(1, 4),
    most=st.floats(0.001, 0.1),
)
def test_inverse_kinematics_keep_limits_and_speeds_wherever_they_are_sent(
    share: list[float], target: tuple[float, ...], tries: int, most: float
) -> None:
    start = angles_at(share)
    angles = start.copy()
    inverse(angles, np.array(target), 0.17, most, tries)
    assert ((angles >= LIMITS[:, 0]) & (angles <= LIMITS[:, 1])).all()
    assert (np.abs(angles - start) <= tries * most * SPEED_LIMITS * (1 + 1e-12) + 1e-15).all()
    assert 0.0 < SPEED_SHARE < 1.0 <= TRIES
