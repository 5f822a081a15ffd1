"""numpy's default random generator (SeedSequence into PCG64), draw for draw, in compiled code.

A generator is five uint64: state high and low, increment high and low, and the buffered half of a draw in 32 bits
(bit 32 tells that there is one).
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["STREAM", "Stream", "below", "seed", "uniform"]

STREAM: Final = 5
"""Words of a generator."""

Word = np.uint64
Stream = NDArray[np.uint64]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_MULTIPLIER_HIGH = np.uint64(0x2360ED051FC65DA4)
_MULTIPLIER_LOW = np.uint64(0x4385DF649FCCF645)
_INIT_A = np.uint64(0x43B0D7E5)
_MULT_A = np.uint64(0x931E8875)
_INIT_B = np.uint64(0x8B51F9DD)
_MULT_B = np.uint64(0x58F38DED)
_MIX_LEFT = np.uint64(0xCA01F9DD)
_MIX_RIGHT = np.uint64(0x4973F715)
_SHIFT = np.uint64(16)


@njit(error_model="numpy")
def _multiply(a: Word, b: Word) -> tuple[Word, Word]:
    """High and low word of the 128-bit product of two uint64."""
    a0, a1, b0, b1 = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    cross = a1 * b0 + (a0 * b0 >> _HALF)
    middle = a0 * b1 + (cross & _LOW)
    return a1 * b1 + (cross >> _HALF) + (middle >> _HALF), a * b


@njit(error_model="numpy")
def _step(stream: Stream) -> None:
    """state = state * multiplier + increment, in 128 bits."""
    high, low = _multiply(stream[1], _MULTIPLIER_LOW)
    high += stream[0] * _MULTIPLIER_LOW + stream[1] * _MULTIPLIER_HIGH
    total = low + stream[3]
    carry = _ONE if total < low else np.uint64(0)
    stream[0] = high + stream[2] + carry
    stream[1] = total


@njit(error_model="numpy")
def _next64(stream: Stream) -> Word:
    """The next 64 random bits (XSL-RR of the new state)."""
    _step(stream)
    word = stream[0] ^ stream[1]
    turn = stream[0] >> np.uint64(58)
    turned: Word = (word >> turn) | (word << ((np.uint64(64) - turn) & np.uint64(63)))
    return turned


@njit(error_model="numpy")
def _next32(stream: Stream) -> Word:
    """The next 32 random bits: the low half of a word, then its high half."""
    if stream[4] >> _HALF:
        kept: Word = stream[4] & _LOW
        stream[4] = np.uint64(0)
        return kept
    word = _next64(stream)
    stream[4] = (_ONE << _HALF) | (word >> _HALF)
    return word & _LOW


@njit(error_model="numpy")
def uniform(stream: Stream, low: float, span: float) -> float:
    """Generator.uniform(low, low + span), `span` being numpy's own difference of the bounds."""
    return low + span * (np.float64(_next64(stream) >> np.uint64(11)) * (1.0 / 9007199254740992.0))


@njit(error_model="numpy")
def below(stream: Stream, count: int) -> np.int64:
    """Generator.integers(count) for 2 <= count < 2**32 (Lemire's method)."""
    span = np.uint64(count)
    product = _next32(stream) * span
    if (product & _LOW) < span:
        threshold = (_LOW - (span - _ONE)) % span
        while (product & _LOW) < threshold:
            product = _next32(stream) * span
    return np.int64(product >> _HALF)


@njit(error_model="numpy")
def _hashed(value: Word, constant: Word) -> tuple[Word, Word]:
    """SeedSequence's hash of one 32-bit word, and the constant for the next one."""
    value = (value ^ constant) & _LOW
    constant = (constant * _MULT_A) & _LOW
    value = (value * constant) & _LOW
    return value ^ (value >> _SHIFT), constant


@njit(error_model="numpy")
def seed(stream: Stream, value: int) -> None:
    """Fill `stream` with what np.random.default_rng(value) starts from; value is an int64 of at least 0."""
    pool = np.zeros(4, dtype=np.uint64)
    pool[0] = np.uint64(value) & _LOW
    pool[1] = np.uint64(value) >> _HALF
    constant = _INIT_A
    for i in range(4):
        pool[i], constant = _hashed(pool[i], constant)
    for source in range(4):
        for target in range(4):
            if source != target:
                word, constant = _hashed(pool[source], constant)
                mixed = ((pool[target] * _MIX_LEFT) & _LOW) - ((word * _MIX_RIGHT) & _LOW)
                mixed &= _LOW
                pool[target] = mixed ^ (mixed >> _SHIFT)
    constant = _INIT_B
    words = np.empty(4, dtype=np.uint64)
    for i in range(8):
        word = pool[i % 4] ^ constant
        constant = (constant * _MULT_B) & _LOW
        word = (word * constant) & _LOW
        word ^= word >> _SHIFT
        words[i // 2] = word if i % 2 == 0 else words[i // 2] | (word << _HALF)
    stream[2] = (words[2] << _ONE) | (words[3] >> np.uint64(63))
    stream[3] = (words[3] << _ONE) | _ONE
    stream[4] = np.uint64(0)
    stream[0], stream[1] = stream[2], stream[3]
    total = stream[1] + words[1]
    carry = _ONE if total < words[1] else np.uint64(0)
    stream[0] = stream[0] + words[0] + carry
    stream[1] = total
    _step(stream)
