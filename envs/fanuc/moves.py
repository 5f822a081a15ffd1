"""What a hand may ask of the arm: the axes and keys of its tasks' cards."""

from collections.abc import Mapping

from mereq_teleop.envs.card import Axis

__all__ = ["axes_of", "keys_of"]

KEYS: Mapping[str, Mapping[str, int]] = {
    "forward": {"up": 1, "down": -1},
    "left": {"left": 1, "right": -1},
    "up": {"w": 1, "s": -1},
    "open": {"o": 1, "l": -1},
}
"""For each axis its keys, and which way of it they go."""


def axes_of(most: Mapping[str, float]) -> tuple[Axis, ...]:
    """The axes of these names, each with its greatest speed (m/s) either way."""
    return tuple(Axis(name=name, unit="m/s", low=-speed, high=speed) for name, speed in most.items())


def keys_of(most: Mapping[str, float]) -> dict[str, tuple[float, ...]]:
    """The keys that move along these axes at their greatest speeds (m/s), and one that holds still."""
    keys: dict[str, tuple[float, ...]] = {}
    for moved, speed in most.items():
        for key, way in KEYS[moved].items():
            keys[key] = tuple(way * speed if name == moved else 0.0 for name in most)
    return {**keys, "space": (0.0,) * len(most)}
