"""Messages take their turns; a warning is never lost to chatter."""

from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.window.messages import MOST_WAITING, TOAST_S, Messages
from mereq_teleop.app.window.scene import Toast


def texts(shown: tuple[Toast, ...]) -> list[str]:
    return [toast.text for toast in shown]


def test_a_message_shows_for_four_seconds() -> None:
    messages = Messages()
    messages.tell("policy 12")
    assert messages.shown(10.0) == (Toast("policy 12", 0.0),)
    assert messages.shown(10.0 + TOAST_S - 0.5) == (Toast("policy 12", TOAST_S - 0.5),)
    assert messages.shown(10.0 + TOAST_S) == ()


def test_others_wait_and_hurry_the_first_one() -> None:
    messages = Messages()
    for text in ("one", "two", "three"):
        messages.tell(text)
    assert texts(messages.shown(0.0)) == ["one", "two", "three"]
    assert texts(messages.shown(1.9)) == ["one", "two", "three"]
    assert texts(messages.shown(2.0)) == ["two", "three"]
    assert texts(messages.shown(4.0)) == ["three"]
    assert texts(messages.shown(7.9)) == ["three"]
    assert texts(messages.shown(8.0)) == []


def test_warnings_go_first_in_their_own_order() -> None:
    messages = Messages()
    messages.tell("shown")
    messages.shown(0.0)
    messages.tell("word")
    messages.tell("first", warning=True)
    messages.tell("second", warning=True)
    assert texts(messages.shown(0.1)) == ["shown", "first", "second", "word"]


def test_the_same_is_not_said_twice_while_it_waits() -> None:
    messages = Messages()
    for _ in range(3):
        messages.tell("the disk is full", warning=True)
    assert len(messages.shown(0.0)) == 1


@given(st.lists(st.tuples(st.text(max_size=3), st.booleans()), max_size=40))
def test_the_queue_is_short_and_other_words_leave_it_first(told: list[tuple[str, bool]]) -> None:
    messages = Messages()
    for text, warning in told:
        messages.tell(text, warning=warning)
    warned = {text for text, warning in told if warning}
    shown = messages.shown(0.0)
    assert len(shown) <= MOST_WAITING
    if len(warned) <= MOST_WAITING:
        assert {toast.text for toast in shown if toast.warning} == warned
