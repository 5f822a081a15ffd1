"""Laws of the two sides of an update: where pieces begin and end, and that the policy's side starts where they do."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.agents.learner import ExpertSide
from mereq_teleop.agents.pieces import PairedRollouts, Piece, intervention_rate_of, pieces_of
from mereq_teleop.agents.policy import Policy
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.records import Authority, Segment
from mereq_teleop.sessions.segments import segments_of
from tests.agents.made import CARD, LEFT, LEFT_IS_FREE, TASK, drive, expert, prior, span

P, H, S = Authority.POLICY, Authority.HUMAN, Authority.SAFE
NONE_LONGER = 1000


def steps_of(piece: Piece) -> tuple[int, int]:
    """First step and one past the last, as `span` numbers them."""
    assert piece.features[:, 0].tolist() == list(
        range(len(piece.executed_before), len(piece.executed_before) + len(piece.features))
    )
    return int(piece.features[0, 0]), int(piece.features[-1, 0]) + 1


CUTS: list[tuple[str, list[Segment], list[tuple[int, int]], list[tuple[int, int]]]] = [
    ("nothing", [], [], []),
    ("the policy alone", [span(0, 9, P)], [(0, 9)], []),
    ("one takeover", [span(0, 3, P), span(3, 5, H), span(5, 9, P)], [(0, 9)], [(3, 5)]),
    ("safe steps", [span(0, 3, H), span(3, 5, S), span(5, 9, P)], [(0, 3), (5, 9)], [(0, 3)]),
    ("safe steps alone", [span(0, 3, S)], [], []),
    ("a round ends", [span(0, 3, H), span(3, 5, H, round=1)], [(0, 3), (3, 5)], [(0, 3), (3, 5)]),
    ("an episode ends", [span(0, 3, H), span(0, 5, P, episode=1)], [(0, 3), (0, 5)], [(0, 3)]),
    ("a rewind", [span(0, 4, P), span(4, 8, H), span(2, 6, P)], [(0, 8), (2, 6)], [(4, 8)]),
    ("two takeovers", [span(0, 2, H), span(2, 4, P), span(4, 6, H)], [(0, 6)], [(0, 2), (4, 6)]),
]


@pytest.mark.parametrize(("segments", "shared", "human"), [case[1:] for case in CUTS], ids=[case[0] for case in CUTS])
def test_where_pieces_begin_and_end(
    segments: list[Segment], shared: list[tuple[int, int]], human: list[tuple[int, int]]
) -> None:
    assert [steps_of(piece) for piece in pieces_of(segments, "shared", NONE_LONGER)] == shared
    assert [steps_of(piece) for piece in pieces_of(segments, "human", NONE_LONGER)] == human


authorities = st.lists(st.sampled_from([P, H, S]), min_size=1, max_size=6)
lengths = st.lists(st.integers(1, 7), min_size=6, max_size=6)


def by_turns(who: Sequence[Authority], lengths: Sequence[int]) -> list[Segment]:
    segments, at = [], 0
    for authority, length in zip(who, lengths, strict=False):
        segments.append(span(at, at + length, authority))
        at += length
    return segments


@given(who=authorities, lengths=lengths, side=st.sampled_from(["shared", "human"]), longest=st.integers(1, 9))
def test_pieces_tile_the_steps_that_count_and_know_what_came_before(
    who: list[Authority], lengths: list[int], side: ExpertSide, longest: int
) -> None:
    segments = by_turns(who, lengths)
    wanted = (P, H) if side == "shared" else (H,)
    counted = [step for s in segments if s.authority in wanted for step in range(s.start, s.stop)]
    pieces = pieces_of(segments, side, longest)
    assert [step for piece in pieces for step in range(*steps_of(piece))] == counted
    for piece in pieces:
        start = steps_of(piece)[0]
        assert piece.executed_before == tuple(range(start))
        assert 1 <= len(piece.features) <= longest
        assert piece.seed == 9


@given(who=authorities, lengths=lengths)
def test_the_intervention_rate_is_the_humans_share_of_the_steps_of_both(
    who: list[Authority], lengths: list[int]
) -> None:
    segments = by_turns(who, lengths)
    steps = [s.authority for s in segments for _ in range(s.start, s.stop)]
    both = steps.count(P) + steps.count(H)
    assert intervention_rate_of(segments) == (steps.count(H) / both if both else 0.0)


SHARED = [P] * 6 + [H] * 5 + [P] * 9 + [S] * 2 + [P] * 8


@pytest.mark.parametrize("policy", [prior(), expert()], ids=["prior", "expert"])
@pytest.mark.parametrize("longest", [7, NONE_LONGER])
def test_the_policy_that_drove_the_pieces_drives_them_again_bit_for_bit(policy: Policy, longest: int) -> None:
    segments = [
        segment
        for index, seed in enumerate((31, 32))
        for segment in segments_of(drive([P] * 12 + [S] * 2 + [P] * 10, seed=seed, index=index, policy=policy))
    ]
    pieces = pieces_of(segments, "shared", longest)
    rollouts = PairedRollouts(TASK).features(policy, pieces)
    assert len(pieces) > 3
    for piece, rollout in zip(pieces, rollouts, strict=True):
        assert rollout.tobytes() == piece.features.tobytes()


def test_a_rollout_starts_where_the_human_took_over() -> None:
    episode = drive([P] * 2 + [H] * 7 + [P], seed=LEFT_IS_FREE[0], human=LEFT)
    [piece] = pieces_of(segments_of(episode), "human", NONE_LONGER)
    [rollout] = PairedRollouts(TASK).features(prior(), [piece])
    # The same by hand: the episode again up to the takeover, then the policy.
    batch = make_batch(TASK, 1)
    obs = batch.reset([LEFT_IS_FREE[0]])
    for transition in episode.transitions[:2]:
        obs = batch.step([transition.decision.executed]).observation
    wanted = []
    for _ in range(7):
        after = batch.step(prior().act(obs))
        obs = after.observation
        wanted.append(after.features[0])
    np.testing.assert_array_equal(rollout, wanted)
    assert (piece.features != rollout).any()


def test_rollouts_do_not_depend_on_who_is_rolled_out_beside_them_or_before() -> None:
    segments = [*segments_of(drive(SHARED, seed=34)), *segments_of(drive([H] * 4, seed=35, index=1))]
    pieces, paired = pieces_of(segments, "shared", 6), PairedRollouts(TASK)
    together = paired.features(prior(), pieces)
    paired.features(expert(), pieces)
    for piece, rollout in zip(pieces, together, strict=True):
        for by in (paired, PairedRollouts(TASK)):
            [alone] = by.features(prior(), [piece])
            np.testing.assert_array_equal(alone, rollout)
        assert len(rollout) == len(piece.features)


def test_a_rollout_ends_with_its_episode() -> None:
    # The horizon's last three steps, of which the piece claims ten.
    whole = drive([P] * CARD.horizon_steps, seed=31)
    assert whole.transitions[-1].truncated
    before = tuple(transition.decision.executed for transition in whole.transitions[:-3])
    piece = Piece(seed=31, executed_before=before, features=np.zeros((10, 3)))
    [rollout] = PairedRollouts(TASK).features(prior(), [piece])
    np.testing.assert_array_equal(rollout, [transition.features for transition in whole.transitions[-3:]])


def test_starts_of_earlier_rounds_are_let_go_and_found_again() -> None:
    rounds = [pieces_of(segments_of(drive(SHARED, seed=seed)), "shared", 6) for seed in (34, 35)]
    paired = PairedRollouts(TASK)
    first = paired.features(prior(), rounds[0])
    for pieces in (rounds[1], rounds[0], rounds[0][1:]):
        paired.features(prior(), pieces)
        assert len(paired._starts) == len(pieces)
    for before, again in zip(first, paired.features(prior(), rounds[0]), strict=True):
        assert before.tobytes() == again.tobytes()
