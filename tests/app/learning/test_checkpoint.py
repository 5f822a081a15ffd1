"""The checkpoint: all of the state, or the one before."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mereq_teleop.app.learning.checkpoint import Checkpoint, Served
from mereq_teleop.app.learning.errors import BadCheckpoint
from tests.app.bus.samples import make_report

DTYPES = (np.float32, np.float64, np.int64, np.uint64, np.uint8, np.bool_)
arrays = st.sampled_from(DTYPES).flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0)))
SERVED = Served(through=3, version=2, learned=("a", "b"), report=make_report(2))


@given(st.dictionaries(st.text("abc.", min_size=1), arrays, max_size=4))
def test_a_state_comes_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, state: dict[str, np.ndarray]) -> None:
    path = tmp_path_factory.getbasetemp() / "checkpoint"
    Checkpoint(SERVED, state).write(path)
    found = Checkpoint.read(path)
    assert found is not None
    assert found.served == SERVED
    assert {n: (a.dtype, a.shape, a.tobytes()) for n, a in found.state.items()} == {
        n: (a.dtype, a.shape, a.tobytes()) for n, a in state.items()
    }


def test_a_turned_array_is_saved_as_it_looks(tmp_path: Path) -> None:
    turned = np.arange(6.0).reshape(2, 3).T
    Checkpoint(Served(), {"turned": turned}).write(tmp_path / "c")
    found = Checkpoint.read(tmp_path / "c")
    assert found is not None
    np.testing.assert_array_equal(found.state["turned"], turned)


def test_a_write_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "c"
    Checkpoint(SERVED, {}).write(path)
    path.with_suffix(".draft").mkdir()
    with pytest.raises(OSError, match="draft"):
        Checkpoint(Served(through=9), {}).write(path)
    found = Checkpoint.read(path)
    assert found is not None
    assert found.served == SERVED


def test_none_yet_is_none(tmp_path: Path) -> None:
    assert Checkpoint.read(tmp_path / "c") is None


@given(st.binary(max_size=200))
def test_a_damaged_one_is_named(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(data)
    with pytest.raises(BadCheckpoint, match="remove it"):
        Checkpoint.read(path)
