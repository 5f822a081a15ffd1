"""Compiled code computes as numpy does, bit for bit, and nothing fuses a multiply and an add behind our back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from mereq_teleop.envs.highway import numerics as nm
from mereq_teleop.envs.highway import randomness
from mereq_teleop.envs.highway.layout import Reals
from mereq_teleop.envs.highway.road import wrap_to_pi

TABLE = nm.numerics()
angles = st.floats(-10.0, 10.0)


@pytest.mark.parametrize(
    ("which", "ufunc", "bound"),
    [
        (nm.SINE, np.sin, 10.0),
        (nm.COSINE, np.cos, 10.0),
        (nm.TAN, np.tan, 1.5),
        (nm.ARCSIN, np.arcsin, 1.0),
        (nm.ARCTAN, np.arctan, 10.0),
        (nm.EXP, np.exp, 10.0),
    ],
)
def test_functions_equal_numpys_scalars_at_any_length(which: int, ufunc: np.ufunc, bound: float) -> None:
    rng = np.random.default_rng(which)
    for count in (1, 2, 7, 8, 9, 31):
        source = rng.uniform(-bound, bound, (50, count)) * 10.0 ** -rng.integers(0, 12, (50, 1))
        for row in source:
            target = np.empty(count)
            nm.apply(TABLE, which, row, target)
            assert target.tolist() == [float(ufunc(value)) for value in row]


def test_power_equals_numpys_scalar() -> None:
    rng = np.random.default_rng(0)
    base, exponent, target = rng.uniform(0, 2, 1000), rng.uniform(3.5, 4.5, 1000), np.empty(1000)
    nm.power(TABLE, base, exponent, target)
    assert target.tolist() == [float(np.power(b, e)) for b, e in zip(base, exponent, strict=True)]


def test_dot_equals_numpys() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 5000, 2))
    mode = int(TABLE[nm.DOT, 0])
    for p, q in zip(a, b, strict=True):
        assert nm.dot(mode, p[0], p[1], q[0], q[1]) == np.dot(p, q)


@njit(error_model="numpy")
def _sum_of_products(a: Reals, b: Reals, c: Reals, out: Reals) -> None:
    for i in range(a.size):
        out[i] = a[i] * b[i] + c[i]


def test_the_compiler_fuses_nothing() -> None:
    a, b, c = np.random.default_rng(1).normal(size=(3, 1000))
    out = np.empty(1000)
    _sum_of_products(a, b, c, out)
    products = a * b
    assert np.array_equal(out, products + c)


@given(angles)
def test_wrap_to_pi_is_pythons(angle: float) -> None:
    assert wrap_to_pi(angle) == ((angle + np.pi) % (2 * np.pi)) - np.pi


@given(seed=st.integers(0, 2**63 - 1), draws=st.lists(st.booleans(), max_size=40))
def test_random_streams_are_numpys(seed: int, draws: list[bool]) -> None:
    generator = np.random.default_rng(seed)
    stream = np.zeros(randomness.STREAM, dtype=np.uint64)
    randomness.seed(stream, seed)
    for whole in draws:
        if whole:
            assert randomness.below(stream, 3) == generator.choice(3)
        else:
            assert randomness.uniform(stream, 0.9, 1.1 - 0.9) == generator.uniform(0.9, 1.1)


def test_the_fingerprint_is_stable() -> None:
    assert nm.fingerprint() == nm.fingerprint()
    assert len(nm.fingerprint()) == 16
