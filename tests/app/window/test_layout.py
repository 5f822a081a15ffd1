from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from pygame import Rect

from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out

SIDES = st.integers(1, 4000)


@given(SIDES, SIDES)
def test_the_parts_are_inside_the_window_and_never_overlap(width: int, height: int) -> None:
    layout = lay_out(width, height)
    parts = [part for part in (layout.band, layout.road, layout.keys, *layout.panels) if part]
    for part in parts:
        assert Rect(0, 0, width, height).contains(part)
    for one, other in combinations(parts, 2):
        assert not one.colliderect(other)


@given(SIDES, SIDES)
def test_the_world_keeps_a_third_of_the_window(width: int, height: int) -> None:
    assert lay_out(width, height).road.height >= height // 3


@given(st.integers(900, 4000), st.integers(600, 3000))
def test_a_window_of_ordinary_size_has_every_part(width: int, height: int) -> None:
    layout = lay_out(width, height)
    assert len(layout.panels) == 4
    assert layout.keys.height > 0


def test_the_world_is_as_large_as_promised() -> None:
    layout = lay_out(*DESIGN_SIZE)
    assert layout.unit == 1.0
    assert layout.road.width >= 900
    assert layout.road.height >= 300
