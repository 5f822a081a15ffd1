from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.teleop.takeover import DEBOUNCE_S, QUIET_S, Hands, Mode, Rules, TakeoverState, advance, dropped

FRAME_S = 1 / 60
REST = Hands(touched=False, held=False, tapped=False, released=False, time_s=0.0)
TOUCH = replace(REST, touched=True)
HOLD = replace(REST, held=True)
TAP = replace(REST, tapped=True)
RELEASE = replace(REST, released=True)


def wishes(mode: Mode, moments: list[Hands], every_s: float = FRAME_S) -> list[bool]:
    state, found = TakeoverState(), []
    for index, hands in enumerate(moments):
        state = advance(state, replace(hands, time_s=index * every_s), Rules(mode))
        found.append(state.engaged)
    return found


def frames(seconds: float) -> int:
    return round(seconds / FRAME_S)


def test_a_touch_takes_over_once_it_has_lasted_and_a_quiet_time_gives_back() -> None:
    found = wishes(Mode.INSTINCT, [REST, *[TOUCH] * 10, *[REST] * 120])
    assert found.index(True) == 1 + 2
    assert found[11:].index(False) == pytest.approx(frames(QUIET_S), abs=1)


def test_a_touch_goes_on_after_a_shorter_quiet() -> None:
    moments = [REST, *[TOUCH] * 5, *[REST] * (frames(QUIET_S) - 2), *[TOUCH] * 5]
    assert all(wishes(Mode.INSTINCT, moments)[5:])


def test_a_button_takes_over_by_instinct_too_and_the_other_gives_back_at_once() -> None:
    assert wishes(Mode.INSTINCT, [REST, TAP, REST, RELEASE, REST]) == [False, True, True, False, False]


def test_after_giving_back_a_stick_that_is_still_out_takes_nothing_over() -> None:
    moments = [REST, *[TOUCH] * 5, RELEASE, *[TOUCH] * 20, REST, *[TOUCH] * 5]
    found = wishes(Mode.INSTINCT, moments)
    assert found[5]
    assert not any(found[6:27])
    assert found[-1]


def test_what_is_held_over_from_the_start_takes_nothing_over() -> None:
    assert not any(wishes(Mode.INSTINCT, [TOUCH] * 100))
    assert not any(wishes(Mode.HOLD, [HOLD] * 100))


def test_a_button_that_is_held_is_a_dead_mans() -> None:
    found = wishes(Mode.HOLD, [REST, *[HOLD] * 30, *[REST] * 30])
    assert found == [False] * 3 + [True] * 30 + [False] * 28


def test_a_button_toggles_and_bounces_do_not() -> None:
    once = [replace(TAP, held=True), *[HOLD] * 6, REST]
    found = wishes(Mode.TOGGLE, [REST, *once, *[REST] * 5, *once])
    assert found == [False] + [True] * 13 + [False] * 8
    bouncing = [TAP, TAP, REST, TAP, *[HOLD] * 20, TAP, REST, TAP]
    assert all(wishes(Mode.TOGGLE, bouncing, every_s=0.005))


moments_of_hands = st.lists(
    st.builds(
        Hands,
        touched=st.booleans(),
        held=st.booleans(),
        tapped=st.booleans(),
        released=st.booleans(),
        time_s=st.floats(0.0, 0.1),
    ),
    max_size=40,
)
"""Times are those since the moment before."""


def follow(rules: Rules, moments: list[Hands]) -> tuple[TakeoverState, list[tuple[TakeoverState, Hands]]]:
    state, now_s, history = TakeoverState(), 0.0, []
    for hands in moments:
        now_s += hands.time_s
        state = advance(state, replace(hands, time_s=now_s), rules)
        history.append((state, replace(hands, time_s=now_s)))
    return state, history


@given(mode=st.sampled_from([Mode.INSTINCT, Mode.HOLD]), moments=moments_of_hands)
def test_no_history_leaves_a_dead_human_in_control(mode: Mode, moments: list[Hands]) -> None:
    state, _ = follow(Rules(mode), [*moments, replace(REST, time_s=0.01), replace(REST, time_s=1.01 * QUIET_S)])
    assert not state.engaged


@given(mode=st.sampled_from(Mode), moments=moments_of_hands)
def test_the_release_button_always_gives_back(mode: Mode, moments: list[Hands]) -> None:
    state, history = follow(Rules(mode), moments)
    assert not any(state.engaged for state, hands in history if hands.released)
    assert not advance(state, replace(RELEASE, time_s=1e3), Rules(mode)).engaged


@given(mode=st.sampled_from(Mode), moments=moments_of_hands)
def test_control_never_goes_to_hands_that_do_nothing(mode: Mode, moments: list[Hands]) -> None:
    _, history = follow(Rules(mode), moments)
    for (before, _), (after, hands) in pairwise([(TakeoverState(), REST), *history]):
        if after.engaged and not before.engaged:
            assert hands.touched or hands.held or hands.tapped


@given(moments=moments_of_hands)
def test_a_touch_that_does_not_last_takes_nothing_over(moments: list[Hands]) -> None:
    """Whatever else happens, if no touch is seen over the whole of the debounce."""
    short = [
        replace(hands, held=False, tapped=False, touched=bool(index % 2), time_s=min(hands.time_s, DEBOUNCE_S / 2))
        for index, hands in enumerate(moments)
    ]
    _, history = follow(Rules(), short)
    assert not any(state.engaged for state, _ in history)


@given(mode=st.sampled_from([Mode.INSTINCT, Mode.HOLD]), moments=moments_of_hands)
def test_who_lost_control_elsewhere_must_let_go_before_they_take_it_again(mode: Mode, moments: list[Hands]) -> None:
    state, _ = follow(Rules(mode), moments)
    state = dropped(state)
    for frame in range(60):
        state = advance(state, replace(TOUCH, held=True, time_s=1e3 + frame * FRAME_S), Rules(mode))
        assert not state.engaged
