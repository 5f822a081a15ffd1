"""Record whole episodes of plain highway-env, which the simulator must repeat bit for bit.

Run `python tests/envs/record_fixtures.py` after an upgrade of highway-env; it writes highway/episodes.npz beside it.
"""

from pathlib import Path
from typing import Any

import gymnasium
import highway_env
import numpy as np

from mereq_teleop.envs.highway.numerics import fingerprint

TARGET = Path(__file__).parent / "highway" / "episodes.npz"
CONFIG = {
    "simulation_frequency": 5,
    "policy_frequency": 1,
    "lanes_count": 3,
    "vehicles_count": 30,
    "duration": 40,
    "ego_spacing": 1.5,
}
# Seed, odds of LANE_LEFT, IDLE, LANE_RIGHT, FASTER, SLOWER, and control steps driven on after the end.
EPISODES = (
    (0, (1, 1, 1, 1, 1), 0),
    (1, (1, 1, 1, 1, 1), 4),
    (2, (0, 1, 0, 3, 0), 2),
    (12345, (1, 0, 1, 4, 0), 0),
    (2**40 + 3, (1, 2, 1, 0, 4), 0),
    (7, (0, 1, 0, 0, 9), 2),
)


def vehicles(env: Any) -> tuple[list[list[float]], list[list[int]]]:
    """Rows x, y, heading, speed and lane, target lane, crashed of all vehicles."""
    cars = env.road.vehicles
    reals = [
        [float(car.position[0]) for car in cars],
        [float(car.position[1]) for car in cars],
        [float(car.heading) for car in cars],
        [float(car.speed) for car in cars],
    ]
    whole = [
        [int(car.lane_index[2]) for car in cars],
        [int(car.target_lane_index[2]) for car in cars],
        [int(car.crashed) for car in cars],
    ]
    return reals, whole


def record(seed: int, odds: tuple[int, ...], beyond: int) -> dict[str, Any]:
    """One episode: T actions, T + 1 states and observations, T features and flags."""
    env: Any = gymnasium.make("highway-v0", config=CONFIG, disable_env_checker=True).unwrapped
    rng = np.random.default_rng(seed)
    observation, _ = env.reset(seed=seed)
    reals, whole = vehicles(env)
    rows: dict[str, list[Any]] = {name: [] for name in ("actions", "features", "terminated", "truncated")}
    rows |= {"observations": [observation], "reals": [reals], "wholes": [whole]}
    left = beyond
    while True:
        action = int(rng.choice(5, p=np.array(odds) / sum(odds)))
        observation, _, terminated, truncated, info = env.step(action)
        reals, whole = vehicles(env)
        parts = info["rewards"]
        features = [parts[f"{name}_reward"] for name in ("collision", "right_lane", "high_speed")]
        new = (action, features, terminated, truncated, observation, reals, whole)
        for name, value in zip(rows, new, strict=True):
            rows[name].append(value)
        left -= bool(terminated or truncated)
        if left < 0:
            types = {"actions": np.int8, "wholes": np.int8}
            return {name: np.array(values, dtype=types.get(name)) for name, values in rows.items()}


def main() -> None:
    """Record all episodes."""
    arrays: dict[str, Any] = {"fingerprint": np.array(fingerprint()), "version": np.array(highway_env.__version__)}
    for seed, odds, beyond in EPISODES:
        episode = record(seed, odds, beyond)
        arrays |= {f"{seed}/{name}": values for name, values in episode.items()}
        print(seed, len(episode["actions"]), "steps, crashed:", bool(episode["terminated"].any()))
    np.savez_compressed(TARGET, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
