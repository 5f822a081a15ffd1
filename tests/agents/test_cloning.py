"""Laws of behaviour cloning: it does as it was shown, weighs who showed it, and keeps nothing that was taken back."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.cloning import Cloning, CloningConfig, Memory, continuous_pupil, discrete_pupil
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.learner import LearnerConfig, Method, Rest
from mereq_teleop.agents.policy import Policy
from mereq_teleop.sessions.records import Authority, Decision, Segment, Transition
from tests.agents import linear_quadratic as line
from tests.agents.made import CARD, TASK, demonstrations, observations, prior, session, span

P, H, S = Authority.POLICY, Authority.HUMAN, Authority.SAFE
BOTH: tuple[Method, ...] = ("hg-dagger-ft", "iwr-ft")
ASK = [P] * 2 + [H] * 7


def learner(method: Method = "hg-dagger-ft", updates: int = 40) -> Cloning:
    return Cloning(LearnerConfig(task=TASK, method=method), prior(), CloningConfig(passes=1e6, most_updates=updates))


def drives(cloning: Cloning) -> np.ndarray:
    return Policy(cloning.snapshot(1), CARD).preference(observations())


def agreement(cloning: Cloning, segments: Sequence[Segment]) -> float:
    """Share of the human's steps at which the policy would do the same."""
    examples = Memory().examples(segments, let_pass=False)
    obs = examples.observations(CARD.observation_shape)
    return float((Policy(cloning.snapshot(1), CARD).act(obs) == examples.actions).mean())


authorities = st.lists(st.sampled_from([P, H, S]), min_size=1, max_size=6)


@given(who=authorities, length=st.integers(1, 5))
def test_the_two_classes_have_equal_mass(who: list[Authority], length: int) -> None:
    segments = [span(at * length, (at + 1) * length, authority) for at, authority in enumerate(who)]
    examples = Memory().examples(segments, let_pass=True)
    by = np.array([H] * examples.by_hand + [P] * (len(examples.share) - examples.by_hand))
    assert len(by) == sum(segment.stop - segment.start for segment in segments if segment.authority in (P, H))
    present = {P, H} & set(who)
    assert set(by) == present
    for authority in present:
        assert examples.share[by == authority].sum() == pytest.approx(1 / len(present))
        assert np.ptp(examples.share[by == authority]) == 0


@given(who=authorities)
def test_hg_dagger_counts_the_humans_steps_alone_and_all_alike(who: list[Authority]) -> None:
    segments = [span(at, at + 1, authority, round=at) for at, authority in enumerate(who)]
    examples = Memory().examples(segments, let_pass=False)
    assert examples.actions.tolist() == [at for at, authority in enumerate(who) if authority is H]
    assert len(set(examples.share.tolist())) <= 1


def test_a_let_pass_step_is_imitated_as_it_was_executed() -> None:
    examples = Memory().examples([span(0, 3, P), span(3, 5, H)], let_pass=True)
    assert examples.actions.tolist() == [3, 4, 0, 1, 2]


def test_the_discrete_likelihood_is_the_priors_own() -> None:
    segments = session(ASK)
    examples = Memory().examples(segments, let_pass=False)
    pupil, obs = discrete_pupil(prior(), examples), examples.observations(CARD.observation_shape)
    wanted = prior().log_probs(obs)[np.arange(len(obs)), examples.actions]
    np.testing.assert_allclose(pupil.log_likelihood(torch.arange(len(obs))).detach().numpy(), wanted, atol=2e-3)


@pytest.mark.parametrize("method", BOTH)
def test_what_was_shown_becomes_likely(method: Method) -> None:
    cloning, segments = learner(method), session(ASK, ASK)
    before = agreement(cloning, segments)
    report = cloning.learn(segments, cause="round")
    assert report.weights is None
    assert (report.updates, report.inner_steps, report.feature_gap) == (40, 0, ())
    assert report.intervention_rate == 7 / 9
    assert agreement(cloning, segments) > max(before, 0.8)


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("steps", [[], [P] * 9, [S] * 4], ids=["nothing", "policy", "safe"])
def test_without_a_human_step_it_is_the_prior(method: Method, steps: list[Authority]) -> None:
    cloning = learner(method)
    assert cloning.learn(session(steps) if steps else [], cause="round").updates == 0
    np.testing.assert_array_equal(drives(cloning), prior().preference(observations()))


@pytest.mark.parametrize("method", BOTH)
def test_what_is_taken_back_was_never_learned(method: Method) -> None:
    taught, spared, segments = learner(method), learner(method), session(ASK, ASK)
    kept = [segment for segment in segments if segment.round == 0]
    taught.learn(segments, cause="x")
    assert (drives(taught) != prior().preference(observations())).any()
    taught.learn(kept, cause="retract")
    spared.learn(kept, cause="retract")
    assert taught.snapshot(1).hash == spared.snapshot(1).hash


@pytest.mark.parametrize("method", BOTH)
def test_demonstrations_are_learned_from_too(method: Method) -> None:
    cloning = learner(method)
    report = cloning.learn(demonstrations(), cause="round")
    assert report.intervention_rate == 1.0
    assert agreement(cloning, demonstrations()) > agreement(learner(method), demonstrations())


def test_few_examples_move_the_prior_less_and_many_cost_no_more_than_they_may() -> None:
    constants = CloningConfig(passes=32.0, most_updates=6, batch=64)
    for steps, updates in ((1, 1), (7, 4), (30, 6)):
        cloning = Cloning(LearnerConfig(task=TASK, method="iwr-ft"), prior(), constants)
        shown = [*session([P] * 9), *demonstrations(seeds=(31,), steps=steps)]
        assert cloning.learn(shown, cause="x").updates == updates


def test_all_rounds_count() -> None:
    one, both, segments = learner(), learner(), session(ASK, ASK)
    one.learn([segment for segment in segments if segment.round == 1], cause="x")
    both.learn(segments, cause="x")
    assert one.snapshot(1).hash != both.snapshot(1).hash


def test_the_policy_says_where_it_comes_from() -> None:
    cloning, segments = learner(), session([P] * 5, ASK)
    pulses: list[int] = []
    cloning.learn(segments, cause="e1-s2", pulse=lambda: pulses.append(1))
    snapshot = cloning.snapshot(7)
    maker = snapshot.maker
    assert (snapshot.version, snapshot.kind, maker.method, maker.cause) == (7, "dqn", "hg-dagger-ft", "e1-s2")
    assert (maker.round, maker.updates, maker.weights) == (1, 40, None)
    assert maker.segments == tuple(segment.id for segment in segments)
    assert len(pulses) == 4


def test_a_restored_learner_drives_and_learns_with_the_same_bits() -> None:
    first, second, segments = learner(), learner(), session(ASK, ASK)
    first.learn([segment for segment in segments if segment.round == 0], cause="x")
    second.restore(first.state())
    assert second.snapshot(1).hash == first.snapshot(1).hash
    assert second.snapshot(1).maker.segments == first.snapshot(1).maker.segments
    for cloning in (first, second):
        cloning.learn(segments, cause="y")
    assert second.snapshot(1).hash == first.snapshot(1).hash
    assert second.snapshot(1).maker == first.snapshot(1).maker


LINE = [0.7 * x for x in np.linspace(-1, 1, 41)]


def on_the_line(gain: float, *, action: float | None = None) -> Segment:
    """A human who pushes back with `gain` times the position, or always alike."""
    steps = tuple(
        Transition(
            step=step,
            obs=(x,),
            decision=Decision(policy_action=(0.0,), human_action=(u,), authority=H, executed=(u,)),
            next_obs=(x,),
            features=(x**2, u**2),
            reward=0.0,
            terminated=False,
            truncated=False,
            policy_version=0,
        )
        for step, x in enumerate(LINE)
        for u in (-gain * x if action is None else action,)
    )
    return Segment(
        id="e0-s0",
        round=1,
        episode=0,
        seed=0,
        start=0,
        stop=len(LINE),
        authority=H,
        executed_before=(),
        transitions=steps,
    )


def line_learner(updates: int) -> Cloning:
    constants = CloningConfig(passes=1e6, most_updates=updates, learning_rate=3e-3)
    return Cloning(LearnerConfig(task="line", method="hg-dagger-ft"), line.prior((-1.0, -0.5)), constants)


def test_the_continuous_likelihood_is_the_priors_own() -> None:
    policy, examples = line.prior((-1.0, -0.5)), Memory().examples([on_the_line(0.9)], let_pass=False)
    found = continuous_pupil(policy, examples).log_likelihood(torch.arange(len(LINE))).detach().numpy()
    np.testing.assert_allclose(
        found, policy.log_prob(examples.observations((1,)), examples.actions), rtol=1e-4, atol=1e-4
    )


def test_a_continuous_policy_pushes_as_it_was_shown() -> None:
    before = line.gain_of(line.prior((-1.0, -0.5)))
    cloning = line_learner(300)
    cloning.learn([on_the_line(0.3)], cause="round")
    assert cloning.snapshot(1).kind == "sac"
    assert before > 0.5
    assert line.gain_of(GaussianPolicy(cloning.snapshot(1), line.CARD)) == pytest.approx(0.3, abs=0.03)


def test_actions_at_the_edge_have_a_finite_likelihood() -> None:
    cloning = line_learner(20)
    report = cloning.learn([on_the_line(0.0, action=line.FORCE)], cause="round")
    assert np.isfinite(report.loss)
    policy = GaussianPolicy(cloning.snapshot(1), line.CARD)
    assert (policy.act(line.GRID) > line.prior((-1.0, -0.5)).act(line.GRID)).all()


def test_there_is_no_background_work() -> None:
    assert learner().rest() == Rest(busy=False)


def test_steps_are_read_once_and_forgotten_with_their_segment() -> None:
    memory, segments = Memory(), [span(0, 3, P), span(3, 5, H), span(5, 6, P), span(6, 9, H)]
    memory.examples(segments, let_pass=True)
    for left in (segments, segments[:2], segments):
        kept, fresh = memory.examples(left, let_pass=True), Memory().examples(left, let_pass=True)
        assert (kept.seen.tobytes(), kept.actions.tobytes()) == (fresh.seen.tobytes(), fresh.actions.tobytes())
        assert (kept.share.tobytes(), kept.by_hand) == (fresh.share.tobytes(), fresh.by_hand)
        assert len(memory._known) == len(left)
