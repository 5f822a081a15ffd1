import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.teleop.shaping import Shape, shaped

deflections = st.floats(-1.0, 1.0)
shapes = st.builds(
    Shape,
    dead_zone=st.floats(0.0, 0.9),
    exponent=st.floats(1.0, 5.0),
    scale=st.floats(0.01, 1.0),
    inverted=st.booleans(),
)
TINY = 1e-9


@given(raw=deflections, shape=shapes)
def test_both_ways_count_the_same(raw: float, shape: Shape) -> None:
    assert shaped(-raw, shape) == -shaped(raw, shape)


@given(one=deflections, other=deflections, shape=shapes)
def test_who_pushes_further_asks_for_no_less(one: float, other: float, shape: Shape) -> None:
    lower, upper = sorted((one, other))
    way = -1.0 if shape.inverted else 1.0
    assert way * shaped(lower, shape) <= way * shaped(upper, shape) + TINY


@given(raw=deflections, step=st.floats(0.0, 1e-6), shape=shapes)
def test_nothing_jumps_at_the_edge_of_the_dead_zone_or_elsewhere(raw: float, step: float, shape: Shape) -> None:
    """The slope is at most exponent / (1 - dead zone), which is 50."""
    for start in (raw, shape.dead_zone, -shape.dead_zone):
        assert abs(shaped(start + step, shape) - shaped(start, shape)) <= 50.0 * step + TINY


@given(part=deflections, shape=shapes)
def test_the_dead_zone_is_rest(part: float, shape: Shape) -> None:
    assert shaped(part * shape.dead_zone, shape) == 0.0


@given(shape=shapes, raw=st.floats(min_value=1.0))
def test_full_deflection_and_whatever_is_beyond_it_counts_for_the_scale(shape: Shape, raw: float) -> None:
    assert abs(shaped(raw, shape)) == shape.scale
    assert (shaped(raw, shape) < 0.0) is shape.inverted


@given(raw=st.floats(), shape=shapes)
def test_no_reading_however_wrong_goes_beyond_the_scale(raw: float, shape: Shape) -> None:
    assert abs(shaped(raw, shape)) <= shape.scale


@given(raw=deflections)
def test_without_any_shape_the_deflection_is_as_it_is(raw: float) -> None:
    assert shaped(raw, Shape(dead_zone=0.0, exponent=1.0)) == raw


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, bad) for name in ("dead_zone", "exponent", "scale") for bad in (-0.1, 6.0, float("nan"), float("inf"))],
)
def test_a_number_out_of_its_range_is_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        msgspec.structs.replace(Shape(), **{name: value})
