"""Where people took over: on the road, over the table, in the valley; read from the recorded observations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.timeline import LivedStep, counted

__all__ = ["PLANES", "HeatMap", "Plane", "Ruler", "add_maps", "heat_map", "maps_of"]

Reals = NDArray[np.float64]
Measure = Callable[[Reals, Reals], Reals]
"""(observations (n, k), steps within their episodes (n,)) -> where each of them is (n,)."""


class Ruler(Record):
    """One axis of a map."""

    name: str
    unit: str
    edges: tuple[float, ...]
    """Borders of the cells, rising; what lies outside counts to the nearest cell."""
    labels: tuple[str, ...] = ()
    """Names of the cells; none where the borders say enough."""


@dataclass(frozen=True, slots=True)
class Plane:
    """What is shown of a task, and how it is read from an observation."""

    title: str
    x: Ruler
    y: Ruler
    """Upwards."""
    x_of: Measure
    y_of: Measure
    to_scale: bool = False
    """Whether a cell has its true proportions."""


class HeatMap(Record):
    """Counts by cell, rows from the lowest y; corrections that were taken back and steps of safety are left out."""

    title: str
    x: Ruler
    y: Ruler
    to_scale: bool
    steps: tuple[tuple[int, ...], ...]
    human_steps: tuple[tuple[int, ...], ...]
    takeovers: tuple[tuple[int, ...], ...]
    """Where the first human-controlled step of each takeover began."""


def heat_map(plane: Plane, steps: Sequence[LivedStep]) -> HeatMap:
    """Count the steps by where they began."""
    known = counted(steps)
    obs = np.array([step.transition.obs for step in known], np.float64).reshape(len(known), -1)
    within = np.array([step.transition.step for step in known], np.float64)
    by_hand = np.array([step.by_hand for step in known], bool)
    after = [(before.at, before.visit) for before in known if before.by_hand]
    follows = set(after)
    first = np.array([step.by_hand and (step.at - 1, step.visit) not in follows for step in known], bool)
    cells = _cells(plane.x, plane.x_of, obs, within), _cells(plane.y, plane.y_of, obs, within)

    def count(chosen: NDArray[np.bool_]) -> tuple[tuple[int, ...], ...]:
        table = np.zeros((len(plane.y.edges) - 1, len(plane.x.edges) - 1), np.int64)
        np.add.at(table, (cells[1][chosen], cells[0][chosen]), 1)
        return tuple(tuple(row) for row in table.tolist())

    return HeatMap(
        title=plane.title,
        x=plane.x,
        y=plane.y,
        to_scale=plane.to_scale,
        steps=count(np.ones(len(known), bool)),
        human_steps=count(by_hand),
        takeovers=count(first),
    )


def maps_of(task: str, steps: Sequence[LivedStep]) -> tuple[HeatMap, ...]:
    """The maps of a task by its card's name; none of a task that has no planes."""
    return tuple(heat_map(plane, steps) for plane in PLANES.get(task, ()))


def add_maps(maps: Sequence[HeatMap]) -> HeatMap:
    """Several sessions' counts on the same plane together."""

    def total(name: str) -> tuple[tuple[int, ...], ...]:
        tables = [getattr(found, name) for found in maps]
        return tuple(tuple(row) for row in np.sum(tables, axis=0).tolist())

    first = maps[0]
    return HeatMap(
        title=first.title,
        x=first.x,
        y=first.y,
        to_scale=first.to_scale,
        steps=total("steps"),
        human_steps=total("human_steps"),
        takeovers=total("takeovers"),
    )


def _cells(ruler: Ruler, measure: Measure, obs: Reals, within: Reals) -> NDArray[np.intp]:
    found = np.digitize(measure(obs, within), ruler.edges) - 1
    return np.clip(found, 0, len(ruler.edges) - 2)


def _even(name: str, unit: str, low: float, high: float, cells: int) -> Ruler:
    return Ruler(name=name, unit=unit, edges=tuple(np.linspace(low, high, cells + 1).round(6).tolist()))


def _number(index: int, scale: float = 1.0) -> Measure:
    """One number of the observation, scaled to its unit."""
    return lambda obs, _: obs[:, index] * scale


LANE_M: Final = 4.0
SIGHT_M: Final = 200.0
ACROSS_M: Final = 12.0
"""Highway's observation: (present, x, y, vx, vy) of the car and of the four nearest relative to it; x in units of the
sight, y of the road's width. The car's own x is clipped after the first 200 m."""


HEIGHT_M: Final = 20.0 / 3.0
"""On the moon: metres in an observed height of 1; an observed speed of 1 is 50 / this, in metres a second."""


def _lane(obs: Reals, _: Reals) -> Reals:
    """0 is the left lane, drawn at the top."""
    return -np.round(obs[:, 2] * ACROSS_M / LANE_M)


def _gap(obs: Reals, _: Reals) -> Reals:
    """Metres to the nearest car ahead in the own lane, of the four that are seen; infinite without one."""
    others = obs.reshape(len(obs), 5, 5)[:, 1:]
    along, across = others[:, :, 1] * SIGHT_M, others[:, :, 2] * ACROSS_M
    ahead = (others[:, :, 0] > 0.5) & (along > 0.0) & (np.abs(across) < LANE_M / 2.0)
    return np.asarray(np.where(ahead, along, np.inf).min(axis=1), np.float64)


_LANES: Final = Ruler(name="lane", unit="", edges=(-2.5, -1.5, -0.5, 0.5), labels=("right", "middle", "left"))
_GAPS: Final = Ruler(
    name="gap to the car ahead, from",
    unit="m",
    edges=(0.0, 10.0, 20.0, 30.0, 40.0, 60.0, 80.0, SIGHT_M),
    labels=("<10", "10", "20", "30", "40", "60", "80+"),
)
_RIGHT: Final = _even("to the right of the arm", "m", -0.35, 0.35, 28)
_AHEAD: Final = _even("ahead of the arm's base", "m", 0.28, 0.72, 18)

_MOON: Final = (
    Plane(
        "over the moon",
        _even("to the right of the pad", "m", -10.0, 10.0, 20),
        _even("height over the pad", "m", -1.0, 10.0, 11),
        _number(0, 10.0),
        _number(1, HEIGHT_M),
        to_scale=True,
    ),
    Plane(
        "coming down",
        _even("speed upwards", "m/s", -6.0, 3.0, 18),
        _even("height over the pad", "m", -1.0, 10.0, 11),
        _number(3, 50.0 / HEIGHT_M),
        _number(1, HEIGHT_M),
    ),
)

PLANES: Final[Mapping[str, tuple[Plane, ...]]] = {
    "highway": (
        Plane("on the road", _even("step of the episode", "", 0, 40, 20), _LANES, lambda _, within: within, _lane),
        Plane("behind other cars", _GAPS, _LANES, _gap, _lane),
    ),
    "pusher": (
        Plane("over the table, from above", _RIGHT, _AHEAD, _number(14, -1.0), _number(13), to_scale=True),
        Plane(
            "the tip beside the bottle",
            _even("way to the bottle's middle", "m", 0.04, 0.28, 16),
            _even("height", "m", 0.0, 0.2, 10),
            _number(15),
            _number(2),
        ),
    ),
    "eraser": (
        Plane("over the board, from above", _RIGHT, _AHEAD, _number(11, -1.0), _number(10), to_scale=True),
        Plane(
            "the pad on the ink",
            _even("way to the ink", "m", 0.0, 0.16, 16),
            _even("force", "N", 0.0, 20.0, 10),
            _number(12),
            _number(1, 20.0),
        ),
    ),
    "gripper": (
        Plane(
            "the grip over the pillow, from above",
            _even("along the pillow", "m", -0.1, 0.1, 20),
            _even("across", "m", -0.06, 0.06, 12),
            _number(0),
            _number(1),
            to_scale=True,
        ),
        Plane(
            "the grip over the pillow, from the side",
            _even("along the pillow", "m", -0.1, 0.1, 20),
            _even("above its middle", "m", -0.02, 0.14, 12),
            _number(0),
            _number(2),
        ),
    ),
    "lunar-lander": _MOON,
    "lunar-lander-continuous": _MOON,
    "mountain-car": (
        Plane(
            "in the valley",
            _even("position", "", -1.2, 0.6, 24),
            _even("speed", "", -0.07, 0.07, 14),
            _number(0),
            _number(1),
        ),
    ),
}
"""What is shown of each task, by its card's name."""
