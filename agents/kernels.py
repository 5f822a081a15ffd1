"""Network inference without torch: the same bits for every batch size and processor.

BLAS gives other bits for a batch of 1 than for one of n, and others again on another processor; a replay that must
reproduce decisions exactly can't use it. Here every output is summed over its inputs in one fixed order; the compiler
may vectorise over outputs alone, and nothing contracts a product and a sum.
"""

import numpy as np
from numba import njit

__all__ = ["bend", "dense", "log_sum_exp", "squash"]


@njit(cache=True, nogil=True)
def dense(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, rectify: bool, out: np.ndarray) -> None:
    """out = x @ weight + bias, then max(., 0) if `rectify`; x (n, i), weight (i, o), bias (o,), out (n, o), float32."""
    outputs = weight.shape[1]
    for row in range(x.shape[0]):
        into = out[row]
        for o in range(outputs):
            into[o] = bias[o]
        for i in range(weight.shape[0]):
            factor = x[row, i]
            line = weight[i]
            for o in range(outputs):
                into[o] += factor * line[o]
        if rectify:
            for o in range(outputs):
                into[o] = max(into[o], np.float32(0.0))


@njit(cache=True, nogil=True)
def log_sum_exp(q: np.ndarray, temperature: float, out: np.ndarray) -> None:
    """Soft value temperature * log sum_u exp(q(x, u) / temperature); q (n, u) float32, out (n,) float32."""
    for row in range(q.shape[0]):
        top = q[row, 0]
        for u in range(1, q.shape[1]):
            top = max(top, q[row, u])
        total = 0.0
        for u in range(q.shape[1]):
            total += np.exp((q[row, u] - top) / temperature)
        out[row] = np.float32(top + temperature * np.log(total))


@njit(cache=True, nogil=True, inline="always")
def _tanh(x: float) -> float:
    # From 19.1 on the nearest double is 1.
    y = min(max(x, -20.0), 20.0) / 16.0
    below = 21.0
    for odd in range(19, 0, -2):
        below = odd + y * y / below
    t = y / below
    for _ in range(4):
        t = 2.0 * t / (1.0 + t * t)
    return t


@njit(cache=True, nogil=True)
def squash(x: np.ndarray, out: np.ndarray) -> None:
    """out = tanh(x); both (n, d) float64.

    The C library's tanh has other last bits on another processor, and a vectorised one others by lane. This one is made
    of sums, products and quotients alone, which have one result everywhere: the continued fraction x / (1 + x^2 / (3 +
    x^2 / (5 + ...))) of a sixteenth of x, then tanh(2y) = 2 tanh(y) / (1 + tanh(y)^2) four times. At most 1e-15 off.
    """
    for row in range(x.shape[0]):
        for o in range(x.shape[1]):
            out[row, o] = _tanh(x[row, o])


@njit(cache=True, nogil=True)
def bend(x: np.ndarray, bends: np.ndarray) -> None:
    """Bend each unit of x (n, o) float32 in place: tanh where `bends` (o,) is not 0, else max(., 0)."""
    for row in range(x.shape[0]):
        for o in range(x.shape[1]):
            x[row, o] = max(x[row, o], np.float32(0.0)) if bends[o] == 0 else np.float32(_tanh(np.float64(x[row, o])))
