"""Maps read from what the real simulators observe, against what their state says."""

import numpy as np
import pytest

from mereq_teleop.envs import cards, make_batch
from mereq_teleop.envs.fanuc.frames import FanucFrames
from mereq_teleop.envs.highway.layout import LANE_WIDTH
from mereq_teleop.sessions.places import PLANES, Plane, Ruler, add_maps, heat_map, maps_of
from mereq_teleop.sessions.timeline import LivedStep
from tests.sessions.told import step_by

STRAIGHT = Plane(
    "a line",
    Ruler(name="step", unit="", edges=(0.0, 2.0, 4.0)),
    Ruler(name="place", unit="m", edges=(0.0, 1.0, 2.0, 3.0)),
    lambda _, within: within,
    lambda obs, _: obs[:, 0],
)


def walked(who: str, places: list[float]) -> list[LivedStep]:
    return [
        LivedStep(step_by(letter, at, 0, (place,)), at, float(at), 1, 0)
        for at, (letter, place) in enumerate(zip(who, places, strict=True))
    ]


def test_cells_count_steps_steps_by_hand_and_where_takeovers_began() -> None:
    found = heat_map(STRAIGHT, walked("PHHSH", [0.5, 0.5, 1.5, 1.5, 9.0]))
    assert found.steps == ((2, 0), (0, 1), (0, 1))
    assert found.human_steps == ((1, 0), (0, 1), (0, 1))
    # The safe step parts the second takeover from the first; what lies outside counts to the nearest cell.
    assert found.takeovers == ((1, 0), (0, 0), (0, 1))


def test_maps_of_several_sessions_add_up() -> None:
    one = heat_map(STRAIGHT, walked("PH", [0.5, 0.5]))
    assert add_maps([one, one]).human_steps == ((2, 0), (0, 0), (0, 0))


def test_every_task_has_maps_whose_numbers_are_in_its_observation() -> None:
    assert set(PLANES) == {card.name for card in cards()}
    for card in cards():
        obs = make_batch(card.name, 2).reset(np.arange(2)).reshape(2, -1).astype(np.float64)
        steps = [LivedStep(step_by("H", at, 0, tuple(row)), at, 0.0, 1, 0) for at, row in enumerate(obs.tolist())]
        for found in maps_of(card.name, steps):
            assert np.sum(found.human_steps) == 2
            assert len(found.x.labels) in (0, len(found.x.edges) - 1)


def test_the_road_is_read_as_the_simulator_has_it() -> None:
    batch = make_batch("highway", 64)
    obs = batch.reset(np.arange(64))
    for action in (2, 1, 3, 0):
        obs = batch.step(np.full(64, action))[0]
    state = batch.state()
    road, traffic = PLANES["highway"]
    flat = obs.reshape(64, -1).astype(np.float64)
    found = -road.y_of(flat, np.zeros(64))
    # Between two lanes either may be the nearer one.
    settled = np.abs(state.y[:, 0] - LANE_WIDTH * state.lane[:, 0]) < 0.45 * LANE_WIDTH
    assert set(found) == {0, 1, 2}
    assert (found[settled] == state.lane[settled, 0]).all()
    gaps = traffic.x_of(flat, np.zeros(64))
    seen = np.flatnonzero(np.isfinite(gaps))
    assert len(seen) > 10
    for world in seen:
        ahead = state.x[world, 1:] - state.x[world, 0]
        apart = np.abs(state.y[world, 1:] - state.y[world, 0])
        assert gaps[world] == pytest.approx(ahead[(ahead > 0) & (apart < LANE_WIDTH / 2)].min(), abs=1e-3)


@pytest.mark.parametrize("task", ["pusher", "eraser"])
def test_the_table_is_read_where_the_tool_is(task: str) -> None:
    batch = make_batch(task, 1)
    obs = batch.reset(np.array([5])).reshape(1, -1).astype(np.float64)
    frames = batch.frames
    assert isinstance(frames, FanucFrames)
    x, y, _ = frames.after.tool
    plane = PLANES[task][0]
    assert plane.x_of(obs, np.zeros(1))[0] == pytest.approx(-y, abs=1e-6)
    assert plane.y_of(obs, np.zeros(1))[0] == pytest.approx(x, abs=1e-6)
    assert plane.y.edges[0] <= x <= plane.y.edges[-1]
