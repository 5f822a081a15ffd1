"""Laws of MEReQ: nothing is learned from nothing, theta goes where the expert goes, a killed learner loses nothing."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from mereq_teleop.agents.learner import ExpertSide, LearnerConfig, Method, Rest
from mereq_teleop.agents.mereq import Mereq, MereqConfig
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.agents.residual_dqn import ResidualConfig, ResidualDqn
from mereq_teleop.sessions.records import Authority
from tests.agents.made import (
    CARD,
    LEFT,
    LEFT_IS_FREE,
    RIGHT_LANE,
    TASK,
    demonstrations,
    observations,
    prior,
    session,
)

P, H, S = Authority.POLICY, Authority.HUMAN, Authority.SAFE
SMALL = MereqConfig(inner_steps=4, updates=5, worlds=8, warm_up_sweeps=5, sweeps=2)
ASK = [P] * 2 + [H] * 7


def learner(
    method: Method = "mereq",
    *,
    seed: int = 0,
    side: ExpertSide | None = None,
    total: bool = False,
    constants: MereqConfig = SMALL,
) -> Mereq:
    config = LearnerConfig(task=TASK, method=method, seed=seed, expert_side=side, total_features=total)
    return Mereq(config, ResidualDqn(prior(), ResidualConfig(), seed), constants)


def unchanged(mereq: Mereq) -> bool:
    policy = Policy(mereq.snapshot(1), CARD)
    same = np.array_equal(policy.preference(observations()), prior().preference(observations()))
    return same and mereq.theta.tolist() == [0.0, 0.0, 0.0]


def bits(mereq: Mereq) -> dict[str, bytes]:
    """All of the state but the names of what it was made from."""
    return {name: array.tobytes() for name, array in mereq.state().items() if name != "learned_from"}


def without_time(report: LearnerReport) -> tuple[object, ...]:
    return tuple(getattr(report, name) for name in report.__struct_fields__ if name != "seconds")


@pytest.mark.parametrize("method", ["mereq", "mereq-np"])
@pytest.mark.parametrize("steps", [[P] * 12, [P] * 3 + [S] * 3 + [P] * 3, [S] * 4], ids=["policy", "mixed", "safe"])
def test_without_a_human_step_nothing_is_learned(method: Method, steps: list[Authority]) -> None:
    mereq = learner(method)
    before = bits(mereq)
    report = mereq.learn(session(steps), cause="round")
    assert (report.inner_steps, report.updates, report.intervention_rate) == (0, 0, 0.0)
    assert bits(mereq) == before
    assert unchanged(mereq)


def test_without_a_segment_nothing_is_learned() -> None:
    mereq = learner()
    assert mereq.learn([], cause="start").inner_steps == 0
    assert unchanged(mereq)


@pytest.mark.parametrize("method", ["mereq", "mereq-np"])
def test_an_expert_who_goes_right_raises_the_weight_of_the_right_lane(method: Method) -> None:
    mereq = learner(method)
    report = mereq.learn(session(ASK, ASK), cause="e1-s2")
    assert mereq.theta[RIGHT_LANE] > 0.05
    assert report.feature_gap[RIGHT_LANE] > 0
    assert report.weights is not None
    assert report.weights.theta == tuple(mereq.theta)
    assert not unchanged(mereq)


def test_an_expert_who_goes_left_lowers_it() -> None:
    mereq = learner("mereq-np")
    mereq.learn(session(ASK, human=LEFT, seeds=LEFT_IS_FREE), cause="e0-s2")
    assert mereq.theta[RIGHT_LANE] < -0.05


def test_a_human_who_does_as_the_policy_does_teaches_nothing() -> None:
    mereq = learner()
    report = mereq.learn(session([H] * 12, human=None), cause="e0-s0")
    assert report.intervention_rate == 1.0
    assert report.feature_gap == (0.0, 0.0, 0.0)
    assert unchanged(mereq)


def test_theta_goes_no_further_than_a_stride_in_one_update() -> None:
    eager = learner()
    eager.constants = replace(SMALL, eta=50.0)
    eager.learn(session(ASK), cause="e0-s2")
    assert np.linalg.norm(eager.theta) == pytest.approx(SMALL.stride)


def test_the_stride_grows_with_ample_human_steps() -> None:
    eager = learner("mereq-np")
    eager.constants = replace(SMALL, eta=50.0, ample=15)
    eager.learn(demonstrations(seeds=(31,)), cause="round")
    assert np.linalg.norm(eager.theta) == pytest.approx(2 * SMALL.stride)


def test_theta_stays_within_its_freedom_for_good() -> None:
    eager = learner("mereq-np")
    eager.constants = replace(SMALL, eta=50.0, stride=10.0, freedom=0.3)
    for _ in range(3):
        eager.learn(session(ASK), cause="e0-s2")
    assert np.abs(eager.theta).max() == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("method", "side"), [("mereq", "shared"), ("mereq-instant", "shared"), ("mereq-np", "human"), ("maxent", "human")]
)
def test_each_method_has_its_own_expert_side(method: Method, side: ExpertSide) -> None:
    assert learner(method).side == side
    for asked in get_args(ExpertSide):
        assert learner(method, side=asked).side == asked


def test_only_the_current_round_counts() -> None:
    both, last = learner(), learner()
    rounds = session(ASK, [P] * 4 + [H] * 4)
    alone = [segment for segment in rounds if segment.round == 1]
    # Earlier rounds weigh on the anchor alone; without that weight they do not count at all.
    both.constants = last.constants = replace(SMALL, memory=0.0)
    assert without_time(both.learn(rounds, cause="x")) == without_time(last.learn(alone, cause="x"))
    assert bits(both) == bits(last)


@pytest.mark.parametrize("total", [False, True])
def test_total_features_counts_earlier_rounds(total: bool) -> None:
    mereq = learner(total=total)
    report = mereq.learn(session(ASK, [P] * 8), cause="round")
    # The reported rate speaks of the current round either way.
    assert (report.round, report.intervention_rate) == (1, 0.0)
    assert (report.inner_steps > 0) is total
    assert bool(mereq.theta[RIGHT_LANE] > 0) is total


def test_the_report_and_the_policy_say_where_they_come_from() -> None:
    mereq, pulses = learner(), []
    segments = session([P] * 5, ASK)
    report = mereq.learn(segments, cause="e1-s2", pulse=lambda: pulses.append(1))
    snapshot = mereq.snapshot(7)
    assert (report.cause, report.round) == ("e1-s2", 1)
    assert report.intervention_rate == 7 / 9
    assert report.updates == report.inner_steps * SMALL.updates == snapshot.maker.updates > 0
    assert len(pulses) >= 2 * report.inner_steps
    assert (snapshot.version, snapshot.maker.method, snapshot.maker.cause) == (7, "mereq", "e1-s2")
    assert snapshot.maker.segments == tuple(segment.id for segment in segments)
    assert snapshot.maker.weights == report.weights


def test_equal_seeds_learn_equal_bits_and_others_do_not() -> None:
    segments = session(ASK)
    first, second, third = learner(seed=1), learner(seed=1), learner(seed=2)
    reports = [without_time(mereq.learn(segments, cause="x")) for mereq in (first, second, third)]
    assert reports[0] == reports[1]
    assert bits(first) == bits(second)
    assert first.snapshot(1).hash == second.snapshot(2).hash != third.snapshot(1).hash


def test_a_learner_killed_after_an_update_loses_nothing() -> None:
    segments = session(ASK, [P] * 2 + [H] * 9)
    lived = learner("mereq-np")
    lived.learn(segments[:2], cause="e0-s2")
    state = lived.state()
    kept = {name: array.tobytes() for name, array in state.items()}
    # Once more in the same round, then in the next one.
    updates = [(segments[:2], "round"), (segments, "e1-s2")]
    wanted = [without_time(lived.learn(seen, cause=cause)) for seen, cause in updates]
    # A process begun anew, with nothing but the state as it was handed out.
    assert {name: array.tobytes() for name, array in state.items()} == kept
    revived = learner("mereq-np", seed=5)
    revived.restore(state)
    assert [without_time(revived.learn(seen, cause=cause)) for seen, cause in updates] == wanted
    assert bits(revived) == bits(lived)
    assert revived.snapshot(1).hash == lived.snapshot(1).hash
    assert revived.snapshot(1).maker == lived.snapshot(1).maker


@pytest.mark.parametrize("method", ["mereq", "mereq-np"])
def test_what_is_taken_back_was_never_learned(method: Method) -> None:
    taught, spared = learner(method=method), learner(method=method)
    segments = session(ASK)
    kept = [segment for segment in segments if segment.authority is not Authority.HUMAN]
    taught.learn(segments, cause="x")
    assert taught.theta.any()
    taught.learn(kept, cause="retract")
    spared.learn(kept, cause="retract")
    assert not taught.theta.any()
    np.testing.assert_array_equal(
        taught.trainer.policy().act(observations()), spared.trainer.policy().act(observations())
    )


def test_a_restored_learner_knows_what_to_unlearn() -> None:
    taught, restored = learner(), learner()
    segments = session(ASK)
    taught.learn(segments, cause="x")
    restored.restore(taught.state())
    restored.learn([segment for segment in segments if segment.authority is not Authority.HUMAN], cause="retract")
    assert not restored.theta.any()


def test_nobody_comes_to_want_a_crash() -> None:
    mereq = learner()
    unwanted = [not feature.wanted for feature in mereq.card.features]
    mereq.learn(session(ASK), cause="x")
    assert any(unwanted)
    assert (mereq.theta[unwanted] <= 0.0).all()


@pytest.mark.parametrize("method", ["mereq", "mereq-np"])
def test_demonstrations_are_learned_from_too(method: Method) -> None:
    mereq = learner(method)
    report = mereq.learn(demonstrations(), cause="round")
    assert report.intervention_rate == 1.0
    assert mereq.theta[RIGHT_LANE] > 0.05


def test_without_settling_there_is_no_background_work() -> None:
    mereq = learner()
    mereq.learn(session(ASK), cause="round")
    assert mereq.rest() == Rest(busy=False)


SETTLING = replace(SMALL, settling=25)


def test_what_an_update_left_is_done_at_rest_and_served_now_and_then() -> None:
    mereq = learner(constants=SETTLING)
    assert mereq.rest() == Rest(busy=False)
    report = mereq.learn(session(ASK), cause="round")
    theta = mereq.theta.copy()
    rests = [mereq.rest() for _ in range(25 - report.inner_steps)]
    turns = range(report.inner_steps + 1, 26)
    assert [rest.busy for rest in rests] == [turn < 25 for turn in turns]
    assert [rest.better for rest in rests] == [turn in (10, 20, 25) for turn in turns]
    assert mereq.trainer.updates == 25 * SETTLING.updates
    assert mereq.rest() == Rest(busy=False)
    # Practice changes the policy, not what was learned of the person.
    assert np.array_equal(mereq.theta, theta)


def test_a_learner_killed_at_rest_goes_on_where_it_was() -> None:
    mereq, again = learner(constants=SETTLING), learner(constants=SETTLING)
    mereq.learn(session(ASK), cause="round")
    mereq.rest()
    again.restore(mereq.state())
    assert [mereq.rest() for _ in range(3)] == [again.rest() for _ in range(3)]
    assert bits(mereq) == bits(again)


def test_another_segment_begins_its_own_turns_and_one_taken_back_has_none() -> None:
    mereq = learner(constants=SETTLING)
    mereq.learn(session(ASK), cause="round")
    mereq.rest()
    report = mereq.learn(session(ASK), cause="round")
    assert mereq.turns == report.inner_steps
    mereq.learn((), cause="round")
    assert mereq.rest() == Rest(busy=False)
