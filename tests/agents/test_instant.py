"""Laws of the instant learner: it answers without training, refines only for the better, forgets nothing."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from mereq_teleop.agents import refinement
from mereq_teleop.agents.apprentice import Apprentice
from mereq_teleop.agents.conditioned import ConditionedQ
from mereq_teleop.agents.foresight import Foresight
from mereq_teleop.agents.instant import InstantMereq
from mereq_teleop.agents.learner import LearnerConfig, Objective
from mereq_teleop.agents.library import fetch, keep, key_of
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.refinement import residual_return
from mereq_teleop.agents.residual_dqn import ResidualConfig
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.records import Authority
from tests.agents.made import CARD, TASK, observations, prior, session
from tests.agents.test_conditioned import TINY

P, H = Authority.POLICY, Authority.HUMAN
ASK = [P] * 2 + [H] * 7
OBJECTIVES = get_args(Objective)


def conditioned(seed: int = 0) -> ConditionedQ:
    return ConditionedQ(CARD, TINY.hidden, torch.Generator().manual_seed(seed))


def config(objective: Objective = "likelihood", *, settle: bool = False) -> LearnerConfig:
    return LearnerConfig(task=TASK, method="mereq-instant", objective=objective, settle=settle)


def instant(objective: Objective = "likelihood") -> InstantMereq:
    return InstantMereq(config(objective), Foresight(prior(), conditioned(), ResidualConfig(), 0))


def bits(learner: InstantMereq | Apprentice) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in learner.state().items()}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refinement of three small slices, tested on few worlds."""
    for name, value in (("SLICES", 3), ("SWEEPS", 1), ("UPDATES", 2), ("WORLDS", 4)):
        monkeypatch.setattr(refinement, name, value)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_without_a_human_step_it_is_the_prior(objective: Objective) -> None:
    learner = instant(objective)
    report = learner.learn(session([P] * 9), cause="round")
    assert report.weights is not None
    assert report.weights.theta == (0.0, 0.0, 0.0)
    assert report.weights.deviation == pytest.approx((0.5, 0.5, 0.5))
    policy = Policy(learner.snapshot(1), CARD)
    np.testing.assert_array_equal(policy.preference(observations()), prior().preference(observations()))
    assert not learner.rest().busy


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_answer_takes_no_gradient_step_and_stays_in_the_box(objective: Objective) -> None:
    learner = instant(objective)
    report = learner.learn(session(ASK, ASK), cause="e1-s2")
    assert report.updates == 0
    assert learner.snapshot(1).maker.updates == 0
    assert learner.theta.any()
    assert (np.abs(learner.theta) <= 1).all()
    assert learner.theta[0] <= 0
    assert report.weights is not None
    assert all(0 < deviation <= 0.51 for deviation in report.weights.deviation)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_was_taken_back_is_unlearned(objective: Objective) -> None:
    segments = session(ASK, ASK)
    once, again = instant(objective), instant(objective)
    once.learn(segments[:2], cause="a")
    for some in (segments[:2], segments, segments[:2]):
        again.learn(some, cause="a")
    np.testing.assert_array_equal(once.theta, again.theta)


@pytest.mark.usefixtures("short")
def test_a_restored_learner_goes_on_with_the_same_bits() -> None:
    whole, cut = instant("both"), instant("both")
    for learner in (whole, cut):
        learner.learn(session(ASK), cause="a")
        assert learner.rest().busy
    resumed = instant("both")
    resumed.restore(cut.state())
    for learner in (whole, resumed):
        learner.rest()
        learner.learn(session(ASK, ASK), cause="b")
    assert bits(whole) == bits(resumed)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("gain", [1.0, -1.0])
def test_a_refined_policy_is_kept_only_where_it_is_better(monkeypatch: pytest.MonkeyPatch, gain: float) -> None:
    learner = instant()
    learner.learn(session(ASK), cause="a")
    before = learner.snapshot(1)
    worths = iter([0.0, gain])
    monkeypatch.setattr(refinement, "residual_return", lambda *_: next(worths))
    slices = [learner.rest()]
    while slices[-1].busy:
        slices.append(learner.rest())
    assert len(slices) == refinement.SLICES
    assert slices[-1].better is (gain > 0)
    assert (learner.snapshot(1).hash == before.hash) is (gain < 0)
    assert learner.snapshot(1).maker.updates == refinement.SLICES * refinement.UPDATES


@pytest.mark.usefixtures("short")
def test_a_refinement_that_was_not_tested_yet_is_dropped_by_the_next_answer() -> None:
    learner, segments = instant(), session(ASK)
    learner.learn(segments, cause="a")
    before = learner.snapshot(1).hash
    learner.rest()
    assert learner.snapshot(1).hash != before
    learner.learn(segments, cause="b")
    assert learner.snapshot(1).hash == before


def test_the_residual_return_is_the_sum_that_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refinement, "WORLDS", 3)
    theta, totals = np.array([-0.5, 0.3, 0.2]), []
    maker = prior().snapshot.maker
    for seed in range(3):
        batch = make_batch(TASK, 1)
        obs, total, discount, over = batch.reset([refinement.FIRST_SEED + seed]), 0.0, 1.0, False
        while not over:
            action = prior().act(obs)
            told = maker.alpha * float(prior().log_probs(obs)[0, action[0]])
            after = batch.step(action)
            total += discount * (float(after.features[0] @ theta) + told)
            obs, discount, over = after.observation, discount * maker.gamma, bool(after.terminated | after.truncated)
        totals.append(total)
    assert residual_return(prior(), prior(), theta) == pytest.approx(np.mean(totals), rel=1e-6)


def test_the_library_finds_what_was_kept_and_nothing_else(tmp_path: Path) -> None:
    assert fetch(tmp_path, prior(), TINY) is None
    keep(tmp_path, prior(), TINY, conditioned(7))
    found = fetch(tmp_path, prior(), TINY)
    assert found is not None
    for name, array in conditioned(7).arrays().items():
        np.testing.assert_array_equal(found.arrays()[name], array)
    (path,) = tmp_path.iterdir()
    assert path.stem == key_of(prior(), TINY)
    path.write_bytes(path.read_bytes()[:-5])
    assert fetch(tmp_path, prior(), TINY) is None


def test_online_mereq_serves_while_the_conditioned_q_is_trained(tmp_path: Path) -> None:
    learner = Apprentice(config(), prior(), tmp_path, TINY)
    first = learner.learn(session(ASK), cause="a")
    assert not learner.ready
    assert first.weights is not None
    assert first.weights.deviation == ()
    while "instant learner" in (rest := learner.rest()).detail:
        assert rest.busy
    assert rest.better
    assert rest.report is not None
    assert rest.report.weights == learner.snapshot(2).maker.weights
    assert learner.snapshot(2).maker.segments == learner.snapshot(1).maker.segments != ()
    assert fetch(tmp_path, prior(), TINY) is not None
    assert learner.learn(session(ASK), cause="b").weights != first.weights
    assert Apprentice(config(), prior(), tmp_path, TINY).ready


def test_a_run_that_must_not_depend_on_the_clock_trains_before_its_first_answer(tmp_path: Path) -> None:
    learner, pulses = Apprentice(config(settle=True), prior(), tmp_path, TINY), []
    report = learner.learn(session(ASK), cause="a", pulse=lambda: pulses.append(1))
    assert learner.ready
    assert pulses
    assert report.weights is not None
    assert report.weights.deviation


def test_an_apprentice_that_can_answer_at_once_is_restored_without_its_library(tmp_path: Path) -> None:
    keep(tmp_path, prior(), TINY, conditioned())
    learner = Apprentice(config(), prior(), tmp_path, TINY)
    learner.learn(session(ASK), cause="a")
    again = Apprentice(config(), prior(), tmp_path / "gone", TINY)
    again.restore(learner.state())
    assert bits(again) == bits(learner)
    assert again.snapshot(1).maker.weights == learner.snapshot(1).maker.weights
    assert again.snapshot(1).maker.weights.deviation  # type: ignore[union-attr]


def test_an_online_answer_stays_the_current_one_until_the_next_rest(tmp_path: Path) -> None:
    online = Apprentice(config(), prior(), tmp_path, TINY)
    online.learn(session(ASK), cause="a")
    keep(tmp_path, prior(), TINY, conditioned())
    again = Apprentice(config(), prior(), tmp_path, TINY)
    again.restore(online.state())
    assert again.snapshot(1).hash == online.snapshot(1).hash
    rest = again.rest()
    assert rest.better
    assert again.ready
    assert again.snapshot(2).maker.weights.theta == online.snapshot(1).maker.weights.theta  # type: ignore[union-attr]
    assert again.snapshot(2).maker.segments == online.snapshot(1).maker.segments


def test_a_library_that_cannot_be_written_is_said_and_does_no_harm(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    learner = Apprentice(config(), prior(), in_the_way / "library", TINY)
    while "instant learner" in (rest := learner.rest()).detail:
        assert rest.busy
    assert "cannot keep" in rest.warning
