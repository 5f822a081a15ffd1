"""A random generator's state as an array, so that a checkpoint holds arrays alone."""

import json

import numpy as np
from jaxtyping import UInt8

__all__ = ["random_state", "restore_random"]


def random_state(random: np.random.Generator) -> UInt8[np.ndarray, " bytes"]:
    """The generator's whole state, as JSON in bytes."""
    return np.frombuffer(json.dumps(random.bit_generator.state).encode(), np.uint8).copy()


def restore_random(random: np.random.Generator, state: UInt8[np.ndarray, " bytes"]) -> None:
    """Go on from a state that `random_state` gave."""
    random.bit_generator.state = json.loads(state.tobytes())
