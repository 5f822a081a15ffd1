"""What a policy is shown: the observation and, drawn from it alone, what matters in each lane.

A network on the raw 5 x 5 observation learns to crawl: gaps and times to collision are products and quotients of its
entries. Computing them first is what lets the same training find a policy that is fast and safe
(docs/decisions/0002-lane-features.md).
"""

import numpy as np
from numba import njit

__all__ = ["INPUTS", "encode"]

LANES = 3
LANE_WIDTH_M = 4.0
VEHICLE_LENGTH_M = 5.0
ROWS = 5
# Inverses of highway-env's normalisation of relative x, y and of speeds.
X_RANGE_M = np.float32(200.0)
Y_RANGE_M = np.float32(12.0)
SPEED_RANGE_M_S = np.float32(80.0)
# A vehicle counts as being in a lane within this lateral distance of its centre, as for highway-env's own drivers:
# one that is changing lanes is in both.
IN_LANE_M = np.float32(3.0)
FAR_M = np.float32(100.0)
PER_LANE = 8

INPUTS = ROWS * 5 + 3 * PER_LANE + 2
"""Length of an encoded observation."""


@njit(cache=True, nogil=True)
def encode_lane(obs: np.ndarray, offset: int, out: np.ndarray) -> None:
    """One lane, `offset` lanes to the right of ours: exists, then gap, relative speed and 1/TTC ahead and behind."""
    own_lane = np.int64(np.round(obs[0, 2] * Y_RANGE_M / np.float32(LANE_WIDTH_M)))
    lane = own_lane + offset
    out[0] = np.float32(1.0) if 0 <= lane < LANES else np.float32(0.0)
    # Lateral distance from us to the lane's centre.
    centre = np.float32(lane) * np.float32(LANE_WIDTH_M) - obs[0, 2] * Y_RANGE_M
    front, front_speed, rear, rear_speed = FAR_M, np.float32(0.0), FAR_M, np.float32(0.0)
    beside = np.float32(0.0)
    for row in range(1, ROWS):
        if obs[row, 0] < np.float32(0.5) or abs(obs[row, 2] * Y_RANGE_M - centre) > IN_LANE_M:
            continue
        along = obs[row, 1] * X_RANGE_M
        speed = obs[row, 3] * SPEED_RANGE_M_S
        gap = abs(along) - np.float32(VEHICLE_LENGTH_M)
        if gap < np.float32(0.0):
            beside = np.float32(1.0)
        if along >= np.float32(0.0):
            if gap < front:
                front, front_speed = gap, speed
        elif gap < rear:
            rear, rear_speed = gap, speed
    floor = np.float32(1.0)
    out[1] = front / FAR_M
    out[2] = front_speed / np.float32(20.0)
    out[3] = min(max(-front_speed, np.float32(0.0)) / max(front, floor), np.float32(3.0))
    # Fine resolution near, none far; a quotient, since exp() has other bits on other machines.
    out[4] = np.float32(15.0) / (np.float32(15.0) + max(front, np.float32(0.0)))
    out[5] = rear / FAR_M
    out[6] = min(max(rear_speed, np.float32(0.0)) / max(rear, floor), np.float32(3.0))
    out[7] = beside


@njit(cache=True, nogil=True)
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """Encode observations (n, 5, 5) float32 into `out` (n, INPUTS) float32.

    Scalar float32 arithmetic in a fixed order: a row's bits depend neither on n nor on the processor.
    """
    for world in range(obs.shape[0]):
        seen = obs[world]
        row = out[world]
        for vehicle in range(ROWS):
            for column in range(5):
                row[vehicle * 5 + column] = seen[vehicle, column]
        at = ROWS * 5
        for offset in range(-1, 2):
            encode_lane(seen, offset, row[at : at + PER_LANE])
            at += PER_LANE
        row[at] = (seen[0, 3] * SPEED_RANGE_M_S - np.float32(25.0)) / np.float32(5.0)
        lane = seen[0, 2] * Y_RANGE_M / np.float32(LANE_WIDTH_M)
        row[at + 1] = lane - np.round(lane)
