"""Laws of choosing a method: every name gives a learner that is ready, a wrong name the nearest."""

from typing import cast, get_args

import numpy as np
import pytest
from torch import Tensor

from mereq_teleop.agents.errors import BadPolicy, UnknownMethod
from mereq_teleop.agents.learner import METHODS, LearnerConfig, Method
from mereq_teleop.agents.methods import make_learner
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicyMaker
from mereq_teleop.agents.soft_q import SoftQ, Transitions
from tests.agents.made import CARD, TASK, observations, prior, snapshot


def test_the_methods_are_those_of_the_type() -> None:
    assert get_args(Method) == METHODS


@pytest.mark.parametrize("method", METHODS)
def test_every_method_starts_as_the_prior(method: Method) -> None:
    learner = make_learner(LearnerConfig(task=TASK, method=method), prior().snapshot)
    made = learner.snapshot(4)
    assert (made.version, made.maker.method, made.maker.task, made.maker.segments) == (4, method, CARD.name, ())
    assert made.maker.weights is not None
    assert made.maker.weights.theta == (0.0, 0.0, 0.0)
    preference = Policy(made, CARD).preference(observations())
    np.testing.assert_array_equal(preference, prior().preference(observations()))


def test_the_rehearsal_leaves_no_trace() -> None:
    config = LearnerConfig(task=TASK, seed=3)
    first, second = (make_learner(config, prior().snapshot).state() for _ in range(2))
    assert {name: array.tobytes() for name, array in first.items()} == {
        name: array.tobytes() for name, array in second.items()
    }
    assert int(first["round"]) == 0


def test_the_rehearsal_takes_a_gradient_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, update = list[Transitions](), SoftQ.update

    def counted(learner: SoftQ, batch: Transitions) -> Tensor:
        steps.append(batch)
        return update(learner, batch)

    monkeypatch.setattr(SoftQ, "update", counted)
    make_learner(LearnerConfig(task=TASK), prior().snapshot)
    assert len(steps) == 1


@pytest.mark.parametrize(("came", "nearest"), [("mereqq", "mereq"), ("mereq_np", "mereq-np")])
def test_an_unknown_method_is_answered_with_the_nearest(came: str, nearest: str) -> None:
    config = LearnerConfig(task=TASK, method=cast("Method", came))
    with pytest.raises(UnknownMethod, match=f"no method '{came}'; known: mereq, .*; did you mean '{nearest}'"):
        make_learner(config, prior().snapshot)


def test_a_prior_of_another_task_is_refused() -> None:
    maker = PolicyMaker(task="lander", method="made", gamma=0.9, alpha=0.1)
    with pytest.raises(BadPolicy, match="'lander'"):
        make_learner(LearnerConfig(task=TASK), snapshot(maker=maker))
