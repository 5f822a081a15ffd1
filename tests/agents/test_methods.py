"""Laws of choosing a method: every name gives a learner that is ready, a wrong name the nearest."""

from dataclasses import replace
from typing import cast, get_args

import numpy as np
import pytest
from torch import Tensor

from mereq_teleop.agents.constants import CONSTANTS, CONTINUOUS
from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import AgentError, BadPolicy, UnknownMethod
from mereq_teleop.agents.learner import METHODS, Learner, LearnerConfig, Method, Rest
from mereq_teleop.agents.methods import make_learner
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.soft_q import SoftQ, Transitions
from mereq_teleop.envs import card, make_batch
from mereq_teleop.sessions.records import Authority, Decision, Episode, Segment, Transition
from mereq_teleop.sessions.segments import segments_of
from tests.agents.made import CARD, TASK, demonstrations, network, observations, prior, session, snapshot


def test_the_methods_are_those_of_the_type() -> None:
    assert get_args(Method) == METHODS


HERE: tuple[Method, ...] = tuple(method for method in METHODS if method != "mereq-instant")
CLONING = ("hg-dagger-ft", "iwr-ft")
HASTY = {name: replace(CONSTANTS[name], inner_steps=3, updates=5, worlds=8) for name in CONSTANTS}
HASTY_CONTINUOUS = {
    name: replace(config, inner_steps=2, updates=5, settling=5, warm_up_updates=min(config.warm_up_updates, 50))
    for name, config in CONTINUOUS.items()
}
P, H = Authority.POLICY, Authority.HUMAN


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mereq_teleop.agents.methods.CONSTANTS", HASTY)
    monkeypatch.setattr("mereq_teleop.agents.methods.CONTINUOUS", HASTY_CONTINUOUS)


def make(method: Method, seed: int = 0, *, afresh: bool = True) -> Learner:
    return make_learner(LearnerConfig(task=TASK, method=method, seed=seed), prior().snapshot, afresh=afresh)


def bits(learner: Learner) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in learner.state().items()}


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_every_method_but_the_one_from_scratch_starts_as_the_prior(method: Method) -> None:
    made = make(method).snapshot(4)
    assert (made.version, made.maker.method, made.maker.task, made.maker.segments) == (4, method, CARD.name, ())
    assert (made.maker.weights is None) is (method in CLONING)
    preference = Policy(made, CARD).preference(observations())
    assert np.array_equal(preference, prior().preference(observations())) is (method != "maxent")


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_the_rehearsal_leaves_no_trace(method: Method) -> None:
    first, second = (make(method, seed=3) for _ in range(2))
    assert bits(first) == bits(second)
    assert int(first.state()["round"]) == 0
    assert first.snapshot(1).maker.updates == 0


@pytest.mark.parametrize("method", ["mereq", "maxent"])
def test_the_rehearsal_takes_a_gradient_step(method: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, update = list[Transitions](), SoftQ.update

    def counted(learner: SoftQ, batch: Transitions) -> Tensor:
        steps.append(batch)
        return update(learner, batch)

    monkeypatch.setattr(SoftQ, "update", counted)
    make(method)
    assert len(steps) == 1


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_every_method_learns_from_demonstrations(method: Method) -> None:
    learner = make(method)
    before = learner.snapshot(1).hash
    report = learner.learn(demonstrations(), cause="round")
    assert report.intervention_rate == 1.0
    assert report.updates > 0
    assert learner.snapshot(1).hash != before


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_every_method_unlearns_what_is_taken_back(method: Method) -> None:
    learner = make(method)
    before = Policy(learner.snapshot(1), CARD).preference(observations())
    learner.learn(demonstrations(), cause="round")
    assert (Policy(learner.snapshot(1), CARD).preference(observations()) != before).any()
    learner.learn(session([P] * 9), cause="retract")
    np.testing.assert_array_equal(Policy(learner.snapshot(1), CARD).preference(observations()), before)


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_every_method_goes_on_where_it_was_killed(method: Method) -> None:
    asked = [P] * 2 + [H] * 7
    segments = session(asked, asked)
    # One that is to be restored gathers nothing before.
    lived, revived = make(method), make(method, afresh=False)
    lived.learn([segment for segment in segments if segment.round == 0], cause="x")
    revived.restore(lived.state())
    for learner in (lived, revived):
        learner.learn(segments, cause="y")
    assert bits(lived) == bits(revived)
    assert lived.snapshot(1).hash == revived.snapshot(1).hash


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_no_method_works_in_the_background(method: Method) -> None:
    assert make(method).rest() == Rest(busy=False)


CAR = card("mountain-car")


def car_prior() -> PolicySnapshot:
    """A continuous policy of random weights."""
    sizes = (CAR.inputs, 8, 2 * len(CAR.axes))
    tensors = {
        "input.shift": np.zeros(CAR.inputs, np.float32),
        "input.scale": np.ones(CAR.inputs, np.float32),
        **network("actor", sizes, np.random.default_rng(0)),
    }
    return PolicySnapshot(0, "sac", PolicyMaker(task=CAR.name, method="made", gamma=0.98, alpha=0.05), tensors)


def car_session(steps: int = 40) -> list[Segment]:
    """A human who pushes half as hard as the prior in the middle of the first steps."""
    batch, transitions = make_batch(CAR.name, 1), []
    policy = policy_of(car_prior(), CAR)
    obs = batch.reset([3])
    for step in range(steps):
        authority = H if steps // 4 <= step < 3 * steps // 4 else P
        wanted = tuple(policy.act(obs)[0].tolist())
        hand = (0.5,) if authority is H else None
        executed = wanted if hand is None else hand
        after = batch.step([executed])
        transitions.append(
            Transition(
                step=step,
                obs=tuple(obs.ravel().tolist()),
                decision=Decision(policy_action=wanted, human_action=hand, authority=authority, executed=executed),
                next_obs=tuple(after.observation.ravel().tolist()),
                features=tuple(after.features[0].tolist()),
                reward=float(after.reward[0]),
                terminated=False,
                truncated=False,
                policy_version=0,
            )
        )
        obs = after.observation
    return list(segments_of(Episode(task=CAR.name, index=0, seed=3, transitions=tuple(transitions)), first_round=1))


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_every_method_serves_a_continuous_task(method: Method) -> None:
    config = LearnerConfig(task=CAR.name, method=method)
    learner, again = (make_learner(config, car_prior()) for _ in range(2))
    before = learner.snapshot(1)
    report = learner.learn(car_session(), cause="round")
    assert report.updates > 0
    made = learner.snapshot(2)
    assert made.kind == ("residual-sac" if method in ("mereq", "mereq-np") else "sac")
    assert made.hash != before.hash
    assert np.isfinite(policy_of(made, CAR).act(np.zeros((1, 2), np.float32))).all()
    again.learn(car_session(), cause="round")
    assert again.snapshot(2).hash == made.hash
    revived = make_learner(config, car_prior(), afresh=False, rehearsed=True)
    revived.restore(learner.state())
    for one in (learner, revived):
        one.learn(car_session(), cause="again")
    assert bits(revived) == bits(learner)


def test_the_instant_method_refuses_a_continuous_task_that_it_was_not_trained_for() -> None:
    with pytest.raises(AgentError, match=r"not trained for the continuous actions of task mountain-car: take mereq"):
        make_learner(LearnerConfig(task=CAR.name, method="mereq-instant"), car_prior())


@pytest.mark.parametrize(("came", "nearest"), [("mereqq", "mereq"), ("mereq_np", "mereq-np")])
def test_an_unknown_method_is_answered_with_the_nearest(came: str, nearest: str) -> None:
    config = LearnerConfig(task=TASK, method=cast("Method", came))
    with pytest.raises(UnknownMethod, match=f"no method '{came}'; known: mereq, .*; did you mean '{nearest}'"):
        make_learner(config, prior().snapshot)


def test_a_prior_of_another_task_is_refused() -> None:
    maker = PolicyMaker(task="lander", method="made", gamma=0.9, alpha=0.1)
    with pytest.raises(BadPolicy, match="'lander'"):
        make_learner(LearnerConfig(task=TASK), snapshot(maker=maker))


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_every_method_starts_from_a_learned_policy_as_it_does_from_a_prior(method: Method) -> None:
    learned = snapshot(residual=True)
    learner = make_learner(LearnerConfig(task=TASK, method=method), learned)
    start = learner.snapshot(1)
    if method != "maxent":
        assert np.array_equal(Policy(start, CARD).act(observations()), Policy(learned, CARD).act(observations()))
    learner.learn(demonstrations(), cause="round")
    made = learner.snapshot(2)
    assert made.hash != start.hash
    # What was made is a prior again, and what it was made on top of is not lost.
    again = make_learner(LearnerConfig(task=TASK, method="mereq"), made).snapshot(1)
    assert np.array_equal(Policy(again, CARD).act(observations()), Policy(made, CARD).act(observations()))


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("method", HERE)
def test_every_method_starts_from_a_learned_continuous_policy(method: Method) -> None:
    teacher = make_learner(LearnerConfig(task=CAR.name, method="mereq"), car_prior())
    teacher.learn(car_session(), cause="round")
    learned = teacher.snapshot(1)
    start = make_learner(LearnerConfig(task=CAR.name, method=method), learned).snapshot(1)
    seen = np.random.default_rng(0).uniform(-1, 1, (50, 2)).astype(np.float32)
    same = np.array_equal(policy_of(start, CAR).act(seen), policy_of(learned, CAR).act(seen))
    assert same is (method != "maxent")
