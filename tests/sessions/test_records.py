import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.sessions.records import Authority, Decision, Episode, Transition
from tests.sessions.made import finite, step_of

actions = st.one_of(st.integers(0, 9), st.tuples(finite, finite, finite))


@given(
    obs=st.lists(finite, max_size=4),
    features=st.lists(finite, max_size=3),
    reward=finite,
    policy=actions,
    human=actions,
)
def test_a_transition_survives_json_to_the_last_bit(
    obs: list[float], features: list[float], reward: float, policy: int, human: int
) -> None:
    decision = Decision(policy_action=policy, human_action=human, authority=Authority.HUMAN, executed=human)
    transition = Transition(
        step=0,
        obs=tuple(obs),
        decision=decision,
        next_obs=tuple(obs),
        features=tuple(features),
        reward=reward,
        terminated=False,
        truncated=True,
        policy_version=3,
    )
    again = msgspec.json.decode(msgspec.json.encode(transition), type=Transition)
    assert repr(again) == repr(transition)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_transition_refuses_numbers_that_json_cannot_hold(number: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        msgspec.structs.replace(step_of(0), reward=number)


def test_nobody_decides_nothing() -> None:
    with pytest.raises(ValueError, match="nobody has control"):
        Decision(policy_action=0, human_action=None, authority=Authority.NOBODY, executed=0)


def test_whoever_has_control_is_obeyed() -> None:
    with pytest.raises(ValueError, match="human has control, yet 0"):
        Decision(policy_action=0, human_action=1, authority=Authority.HUMAN, executed=0)


def test_an_episode_ends_once_and_misses_no_step() -> None:
    with pytest.raises(ValueError, match="goes on after its end"):
        Episode(task="t", index=0, seed=0, transitions=(step_of(0, ends=True), step_of(1)))
    with pytest.raises(ValueError, match="lacks some"):
        Episode(task="t", index=0, seed=0, transitions=(step_of(1),))
    episode = Episode(task="t", index=0, seed=0, transitions=(step_of(0), step_of(1, ends=True)))
    assert len(episode.observations) == 3
