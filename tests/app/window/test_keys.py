"""A key has one meaning, and each meaning has a key and words."""

import pytest

from mereq_teleop.app.window.keys import BINDINGS, CAMERA_KEY, CAPTIONS, CONTROL_KEYS, MEANINGS, Request
from mereq_teleop.app.window.replay_keys import REPLAY_BINDINGS, REPLAY_HELP
from mereq_teleop.app.window.view import VIEWS
from mereq_teleop.envs import card
from mereq_teleop.teleop.keyboard import DEAD_MAN_KEY, ENGAGE_KEYS, RELEASE_KEYS


@pytest.mark.parametrize("task", VIEWS)
def test_no_driving_key_asks_for_something_else_too(task: str) -> None:
    others = [*BINDINGS, CAMERA_KEY, *CONTROL_KEYS, *ENGAGE_KEYS, *RELEASE_KEYS, DEAD_MAN_KEY]
    assert set(card(task).keys).isdisjoint(others)


def test_every_request_has_a_key_and_words() -> None:
    assert set(BINDINGS.values()) == set(MEANINGS) == set(Request)
    assert CAMERA_KEY not in BINDINGS
    assert set(BINDINGS).isdisjoint(CONTROL_KEYS)


def test_the_replays_help_has_every_key_in_the_same_letters_as_the_operators() -> None:
    assert sorted(key for keys in REPLAY_HELP for key in keys) == sorted(REPLAY_BINDINGS)
    assert [words for keys, words in REPLAY_HELP.items() if "page up" in keys] == ["faster, up to 16 x"]
    pieces = {piece for key in [*REPLAY_BINDINGS, *BINDINGS] for piece in key.split("+")}
    assert {piece for piece in pieces if len(piece) > 1} <= {*CAPTIONS, "left", "right", "up", "down"}
