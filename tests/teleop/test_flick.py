from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.teleop.flick import PUSHED, REARMED, flicks

pushes = st.lists(st.floats(-1.0, 1.0), max_size=40)


def asked(deflections: list[float]) -> list[int]:
    """The moments at which one axis asked."""
    armed: frozenset[str] = frozenset()
    moments = []
    for moment, pushed in enumerate(deflections):
        names, armed = flicks(armed, {"right": pushed})
        moments += [moment] * len(names)
    return moments


def test_a_push_asks_once_and_again_after_it_was_let_back() -> None:
    assert asked([0.0, 0.7, 1.0, 0.7, 0.4, 0.7, 0.2, 0.5, 0.61]) == [1, 8]


def test_a_stick_that_is_held_over_from_the_start_asks_for_nothing() -> None:
    assert asked([1.0, 1.0, 0.5, 1.0]) == []


@given(pushes)
def test_between_two_requests_the_axis_was_let_back(deflections: list[float]) -> None:
    moments = asked(deflections)
    assert all(deflections[moment] > PUSHED for moment in moments)
    for before, after in zip([-1, *moments], moments, strict=False):
        assert min(deflections[before + 1 : after]) < REARMED


@given(pushes)
def test_every_push_from_rest_asks(deflections: list[float]) -> None:
    moments = asked([value for push in deflections for value in (0.0, push)])
    assert len(moments) == sum(push > PUSHED for push in deflections)


@given(pushes)
def test_two_actions_ask_each_for_itself(deflections: list[float]) -> None:
    armed: frozenset[str] = frozenset()
    found: dict[str, list[int]] = {"left": [], "right": []}
    for moment, pushed in enumerate(deflections):
        names, armed = flicks(armed, {"left": -pushed, "right": pushed})
        for name in names:
            found[name].append(moment)
    assert found == {"left": asked([-pushed for pushed in deflections]), "right": asked(deflections)}
