"""What takes over by keys: by instinct, by a key that toggles, by one that is held."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
from mereq_teleop.envs.fanuc.pusher.card import SPEED
from mereq_teleop.envs.highway.card import CARD as HIGHWAY
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.authority import Event
from mereq_teleop.teleop.keyboard import DEAD_MAN_KEY, Keyboard
from mereq_teleop.teleop.takeover import Mode
from tests.teleop.fake_source import Person

POLICY: dict[str, Action] = {HIGHWAY.name: 3, ARM.name: (0.1, 0.1, 0.1)}
LANE_LEFT = 0


class Hands:
    """Someone at a keyboard."""

    def __init__(self, mode: Mode, card: TaskCard = HIGHWAY) -> None:
        self.keyboard = Keyboard(card, mode)
        self.person = Person(card, self.keyboard, POLICY[card.name])

    def do(self, *strokes: str) -> Authority:
        """Keys by name, with a minus before one that goes up; who has control afterwards."""
        for stroke in strokes:
            match stroke:
                case "focus lost":
                    self.keyboard.focus_lost(0.0)
                case "focus back":
                    self.keyboard.focus_gained(0.0)
                case "pause" | "resume":
                    self.person.arbiter.apply(Event(stroke))
                case _ if stroke.startswith("-"):
                    self.keyboard.release(stroke[1:], 0.0)
                case _:
                    self.keyboard.press(stroke, 0.0)
            self.person.frame()
        return self.person.who()


def test_under_toggle_enter_takes_over_and_gives_back_and_driving_keys_do_neither() -> None:
    hands = Hands(Mode.TOGGLE)
    assert hands.do("left") is Authority.POLICY
    assert hands.do("return") is Authority.HUMAN
    assert hands.do("left") is Authority.HUMAN
    assert hands.person.arbiter.pending == LANE_LEFT
    assert hands.do("return") is Authority.POLICY
    assert hands.do("return", "escape") is Authority.POLICY


def test_under_hold_the_dead_mans_key_has_control_while_it_is_down() -> None:
    hands = Hands(Mode.HOLD)
    assert hands.do("left", "return") is Authority.POLICY
    assert hands.do(DEAD_MAN_KEY, "left") is Authority.HUMAN
    assert hands.person.arbiter.pending == LANE_LEFT
    assert hands.do(f"-{DEAD_MAN_KEY}") is Authority.POLICY
    assert hands.do(DEAD_MAN_KEY, "escape") is Authority.POLICY
    assert hands.do(f"-{DEAD_MAN_KEY}", DEAD_MAN_KEY) is Authority.HUMAN


@pytest.mark.parametrize(("mode", "key"), [(Mode.TOGGLE, "return"), (Mode.HOLD, DEAD_MAN_KEY)])
def test_keys_that_are_down_already_drive_from_the_first_step_on(mode: Mode, key: str) -> None:
    hands = Hands(mode, ARM)
    hands.do("left")
    hands.person.wait(0.2)
    assert hands.person.who() is Authority.POLICY
    before = len(hands.person.steps)
    hands.do(key)
    hands.person.wait(0.4)
    assert {executed for _, executed in hands.person.steps[before + 3 :]} == {(0.0, SPEED, 0.0)}


@pytest.mark.parametrize(
    ("mode", "key"), [(Mode.INSTINCT, "left"), (Mode.INSTINCT, "return"), (Mode.HOLD, DEAD_MAN_KEY)]
)
def test_nothing_jumps_when_keys_take_over_from_a_motion(mode: Mode, key: str) -> None:
    """The first step of the correction is the human's, and starts from the policy's motion."""
    hands = Hands(mode, ARM)
    hands.person.wait(0.2)
    taken = len(hands.person.steps)
    hands.do(key)
    hands.person.wait(0.4)
    assert {authority for authority, _ in hands.person.steps[taken:]} == {Authority.HUMAN}
    moved = np.array([executed for _, executed in hands.person.steps[taken - 1 :]])
    goal = np.array(ARM.keys["left"] if key == "left" else ARM.neutral_action)
    way = np.diff(moved, axis=0)
    assert way[:3] == pytest.approx(np.tile((goal - moved[0]) / 3, (3, 1)))
    assert way[3:] == pytest.approx(0.0)


def test_the_dead_mans_key_that_the_window_lost_must_be_pressed_anew() -> None:
    hands = Hands(Mode.HOLD)
    assert hands.do(DEAD_MAN_KEY, "focus lost") is Authority.SAFE
    assert hands.do("focus back") is Authority.POLICY
    assert hands.do(f"-{DEAD_MAN_KEY}") is Authority.POLICY
    assert hands.do(DEAD_MAN_KEY) is Authority.HUMAN


keys = ["left", "space", "return", "escape", DEAD_MAN_KEY]
strokes = st.sampled_from([*keys, *(f"-{key}" for key in keys), "focus lost", "focus back", "pause", "resume"])


@given(mode=st.sampled_from(Mode), card=st.sampled_from([HIGHWAY, ARM]), happened=st.lists(strokes, max_size=25))
def test_no_sequence_of_events_leaves_a_dead_human_in_control(mode: Mode, card: TaskCard, happened: list[str]) -> None:
    """Whoever holds nothing has no control under `hold`; Esc and a lost focus end it in every mode."""
    hands = Hands(mode, card)
    hands.do(*happened)
    if mode is Mode.HOLD:
        assert hands.do(f"-{DEAD_MAN_KEY}") is not Authority.HUMAN
    hands.do("resume")
    assert hands.do("escape") in (Authority.POLICY, Authority.NOBODY)
    hands.do(*happened)
    assert hands.do("focus lost") is not Authority.HUMAN


@given(happened=st.lists(strokes, max_size=25))
def test_under_hold_control_is_never_the_humans_while_the_key_is_up(happened: list[str]) -> None:
    hands, down = Hands(Mode.HOLD), False
    for stroke in happened:
        down = stroke == DEAD_MAN_KEY or (down and stroke != f"-{DEAD_MAN_KEY}")
        assert hands.do(stroke) is not Authority.HUMAN or down


@given(happened=st.lists(strokes, max_size=25))
def test_under_toggle_only_enter_takes_over(happened: list[str]) -> None:
    hands = Hands(Mode.TOGGLE)
    for stroke in happened:
        before = hands.person.who()
        assert hands.do(stroke) is not Authority.HUMAN or Authority.HUMAN is before or stroke == "return"
