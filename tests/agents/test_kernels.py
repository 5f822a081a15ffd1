"""Laws of the inference kernels: numpy's numbers, and the same bits for every batch."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mereq_teleop.agents.kernels import dense, log_sum_exp

sizes = st.integers(1, 9)
seeds = st.integers(0, 2**32 - 1)


def through(
    x: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32], rectify: bool
) -> NDArray[np.float32]:
    out = np.empty((len(x), len(bias)), np.float32)
    dense(x, weight, bias, rectify, out)
    return out


@settings(max_examples=60)
@given(rows=sizes, inputs=sizes, outputs=sizes, rectify=st.booleans(), seed=seeds)
def test_dense_is_the_affine_map_with_the_same_bits_for_every_batch(
    rows: int, inputs: int, outputs: int, rectify: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x, weight, bias = (
        random.standard_normal(s).astype(np.float32) for s in ((rows, inputs), (inputs, outputs), outputs)
    )
    together = through(x, weight, bias, rectify)
    wanted = x.astype(np.float64) @ weight.astype(np.float64) + bias
    np.testing.assert_allclose(together, np.maximum(wanted, 0) if rectify else wanted, rtol=1e-5, atol=1e-5)
    for row in range(rows):
        assert through(x[row : row + 1], weight, bias, rectify).tobytes() == together[row].tobytes()


def test_dense_sums_from_left_to_right_in_single_precision() -> None:
    x = np.array([[1.0, 2.0**25, -(2.0**25), 1.0]], np.float32)
    # The first 1 is lost beside 2**25: summed by pairs it would be 0, in double precision 2.
    assert through(x, np.ones((4, 1), np.float32), np.zeros(1, np.float32), False)[0, 0] == 1.0


def test_dense_rounds_a_product_before_it_is_added() -> None:
    factor = np.float32(1 + 2.0**-12)
    bias = -(factor * factor)
    assert float(factor) ** 2 + float(bias) != 0
    # A fused multiply-add would keep what the product loses by rounding.
    assert through(np.array([[factor]]), np.array([[factor]]), np.array([bias]), False)[0, 0] == 0.0


@settings(max_examples=60)
@given(rows=sizes, actions=sizes, temperature=st.sampled_from([0.01, 0.05, 1.0, 7.0]), seed=seeds)
def test_the_soft_value_is_numpys_log_sum_exp(rows: int, actions: int, temperature: float, seed: int) -> None:
    q = (np.random.default_rng(seed).standard_normal((rows, actions)) * 3).astype(np.float32)
    value = np.empty(rows, np.float32)
    log_sum_exp(q, temperature, value)
    wanted = temperature * np.logaddexp.reduce(q.astype(np.float64) / temperature, axis=1)
    np.testing.assert_allclose(value, wanted, rtol=2e-6, atol=2e-6)
    # Between the best action's value and that plus the entropy's most.
    assert (value >= q.max(axis=1) - 1e-6).all()
    assert (value <= q.max(axis=1) + temperature * np.log(actions) + 1e-5).all()


def test_the_soft_value_of_huge_values_does_not_overflow() -> None:
    value = np.empty(1, np.float32)
    log_sum_exp(np.array([[3e30, 3e30]], np.float32), 0.05, value)
    assert value[0] == np.float32(3e30)
