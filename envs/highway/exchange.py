"""From the live reference environment to a state of the simulator and back, bit for bit."""

from typing import Any

import gymnasium
import numpy as np

from mereq_teleop.envs.highway.layout import VEHICLES
from mereq_teleop.envs.highway.reference import HighwayReference
from mereq_teleop.envs.highway.state import HighwayState

__all__ = ["restore_env", "state_of"]


def _reference(env: gymnasium.Env[Any, Any]) -> HighwayReference:
    bare = env.unwrapped
    if not isinstance(bare, HighwayReference):
        raise ValueError(f"a highway state belongs to a HighwayReference, not to {type(bare).__name__}")
    if len(bare.road.vehicles) != VEHICLES or bare.vehicle is not bare.road.vehicles[0]:
        raise ValueError(f"the road has {len(bare.road.vehicles)} vehicles, a highway state {VEHICLES}, ego first")
    return bare


def state_of(env: gymnasium.Env[Any, Any]) -> HighwayState:
    """The state, of one world, that a live reference environment is in between two control steps.

    Raises:
        ValueError: the environment is no HighwayReference as the task has it.
    """
    bare = _reference(env)
    vehicles = bare.road.vehicles

    def reals(values: Any) -> Any:
        return np.array([[float(value) for value in values]])

    def lanes(values: Any) -> Any:
        return np.array([[int(value) for value in values]], dtype=np.int64)

    impacts = [(0.0, 0.0) if vehicle.impact is None else vehicle.impact for vehicle in vehicles]
    return HighwayState(
        x=reals(vehicle.position[0] for vehicle in vehicles),
        y=reals(vehicle.position[1] for vehicle in vehicles),
        heading=reals(vehicle.heading for vehicle in vehicles),
        speed=reals(vehicle.speed for vehicle in vehicles),
        target_speed=reals(vehicle.target_speed for vehicle in vehicles),
        exponent=reals(getattr(vehicle, "DELTA", 1.0) for vehicle in vehicles),
        timer=reals(getattr(vehicle, "timer", 0.0) for vehicle in vehicles),
        impact_x=reals(impact[0] for impact in impacts),
        impact_y=reals(impact[1] for impact in impacts),
        lane=lanes(vehicle.lane_index[2] for vehicle in vehicles),
        target_lane=lanes(vehicle.target_lane_index[2] for vehicle in vehicles),
        crashed=np.array([[bool(vehicle.crashed) for vehicle in vehicles]]),
        pushed=np.array([[vehicle.impact is not None for vehicle in vehicles]]),
        step=np.array([round(bare.time)], dtype=np.int64),
    )


def restore_env(env: gymnasium.Env[Any, Any], state: HighwayState) -> Any:
    """Put a reference environment that has been reset into a state of one world; return the (5, 5) observation.

    Raises:
        ValueError: the state is not of one world, or the environment is no HighwayReference as the task has it.
    """
    if state.n != 1:
        raise ValueError(f"one environment takes a state of one world, not of {state.n}; see HighwayState.take")
    bare = _reference(env)
    for i, vehicle in enumerate(bare.road.vehicles):
        vehicle.position = np.array([state.x[0, i], state.y[0, i]])
        vehicle.heading = float(state.heading[0, i])
        vehicle.speed = float(state.speed[0, i])
        vehicle.target_speed = float(state.target_speed[0, i])
        vehicle.lane_index = ("0", "1", int(state.lane[0, i]))
        vehicle.lane = bare.road.network.get_lane(vehicle.lane_index)
        vehicle.target_lane_index = ("0", "1", int(state.target_lane[0, i]))
        vehicle.crashed = bool(state.crashed[0, i])
        vehicle.impact = np.array([state.impact_x[0, i], state.impact_y[0, i]]) if state.pushed[0, i] else None
        vehicle.action = {"steering": 0, "acceleration": 0}
        vehicle.history.clear()
        if i == 0:
            vehicle.speed_index = vehicle.speed_to_index(vehicle.target_speed)
        else:
            vehicle.DELTA, vehicle.timer = float(state.exponent[0, i]), float(state.timer[0, i])
    bare.time = float(state.step[0])
    bare.steps = int(state.step[0]) * bare.config["simulation_frequency"]
    return bare.observation_type.observe()
