"""Counts since the swap and by round, taken back whole, and judged once for the same counts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app import tally as tally_module
from mereq_teleop.app.tally import StepCount, Tally, typical_takeover
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.rates import EpisodeCount, Interval, Standing, Verdict, judge_rate
from mereq_teleop.sessions.records import Authority, Segment
from mereq_teleop.sessions.segments import SegmentCutter
from tests.sessions.made import step_of

LETTERS = {"p": Authority.POLICY, "h": Authority.HUMAN, "s": Authority.SAFE}
Step = tuple[int, int, str]
"""Episode, step, and whose step."""


@dataclass
class Session:
    """The same steps in a tally, as segments, and as plain lists."""

    tally: Tally = field(default_factory=lambda: Tally(0.05))
    segments: list[Segment] = field(default_factory=list)
    rounds: list[list[Step]] = field(default_factory=lambda: [[]])
    since_swap: list[Step] = field(default_factory=list)

    def drive(self, *episodes: str) -> "Session":
        """A letter a step; / ends a round and | swaps the policy."""
        cutter = SegmentCutter(round=1)
        for episode, letters in enumerate(episodes):
            self.segments += cutter.begin(episode, 0)
            steps = 0
            for letter in letters:
                if letter == "/":
                    self.tally.end_round(0)
                    self.segments += cutter.end_round()
                    self.rounds.append([])
                elif letter == "|":
                    self.tally.swapped()
                    self.since_swap = []
                else:
                    self.tally.add(LETTERS[letter], episode, steps)
                    self.segments += cutter.add(step_of(steps, LETTERS[letter]))
                    for counted in (self.rounds[-1], self.since_swap):
                        counted.append((episode, steps, letter))
                    steps += 1
        self.segments += cutter.close()
        return self

    @property
    def corrections(self) -> list[Segment]:
        """The segments by hand."""
        return [segment for segment in self.segments if segment.authority is Authority.HUMAN]


def agrees(count: StepCount, steps: Iterable[Step]) -> bool:
    """Whether a count is that of these steps."""
    told: dict[int, list[Step]] = {}
    for step in steps:
        if step[2] in "ph":
            told.setdefault(step[0], []).append(step)
    wanted = []
    for of_episode in told.values():
        by_hand = [step for _, step, letter in of_episode if letter == "h"]
        starts = [step for step in by_hand if step - 1 not in by_hand]
        stops = [step + 1 for step in by_hand if step + 1 not in by_hand]
        runs = tuple(stop - start for start, stop in zip(starts, stops, strict=True))
        wanted.append(EpisodeCount(len(of_episode), runs))
    found = [episode for episode in count.episodes if episode.steps]
    human = sum(episode.human_steps for episode in wanted)
    return found == wanted and (count.steps, count.human_steps) == (sum(e.steps for e in wanted), human)


EPISODES = st.lists(st.text("pphhs/|", max_size=14), max_size=4)


@given(EPISODES, st.data())
def test_counts_are_those_of_the_steps_that_were_not_taken_back(episodes: list[str], data: st.DataObject) -> None:
    session = Session().drive(*episodes)
    gone: set[tuple[int, int]] = set()
    for segment in session.corrections:
        if data.draw(st.booleans()):
            session.tally.retract(segment)
            gone |= {(segment.episode, step) for step in range(segment.start, segment.stop)}

    def left(steps: Iterable[Step]) -> list[Step]:
        return [step for step in steps if step[:2] not in gone]

    assert agrees(session.tally.since_swap, left(session.since_swap))
    for round_, steps in zip(session.tally.rounds, session.rounds, strict=True):
        assert agrees(round_, left(steps))
    assert agrees(session.tally.total, left(step for steps in session.rounds for step in steps))


@given(EPISODES)
def test_a_swap_starts_the_policys_count_anew_and_no_other(episodes: list[str]) -> None:
    tally = Session().drive(*episodes).tally
    total, rounds = tally.total.steps, len(tally.rounds)
    tally.swapped()
    assert tally.since_swap.episodes == ()
    assert tally.verdict.interval == (0.0, 1.0)
    assert (tally.total.steps, len(tally.rounds)) == (total, rounds)


def test_after_a_swap_the_last_verdict_is_that_of_the_policy_that_drove() -> None:
    session = Session().drive("pph" * 9)
    before = session.tally.verdict
    for _ in range(2):
        session.tally.swapped()
        assert session.tally.last_verdict == before != session.tally.verdict
    session.tally.retract(session.corrections[-1])
    assert session.tally.last_verdict.rate == pytest.approx(8 / 26)
    session.tally.add(Authority.POLICY, 1, 0)
    assert session.tally.last_verdict == session.tally.verdict


def test_a_verdict_names_the_policy_whose_steps_it_is_of() -> None:
    tally = Tally(0.05)
    assert (tally.last_version, tally.last_verdict.rate) == (None, None)
    for step, version in enumerate((0, 0, 3)):
        if version:
            tally.swapped()
        tally.add(Authority.POLICY, 0, step, version)
        assert tally.last_version == version
    # Another one has the wheel, and has not driven.
    tally.swapped()
    assert tally.last_version == 3


def test_the_verdict_is_made_once_for_the_same_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def judge(*given: Any) -> Verdict:
        made.append(given)
        return judge_rate(*given)

    monkeypatch.setattr(tally_module, "judge_rate", judge)
    session = Session().drive("ppphhp")
    tally = session.tally
    changes = (
        lambda: tally.add(Authority.POLICY, 0, 6),
        lambda: tally.retract(session.corrections[0]),
        lambda: tally.end_round(0),
        tally.swapped,
    )
    for count, change in enumerate(changes, 1):
        assert len({tally.verdict for _ in range(60)}) == 1
        assert len(made) == count
        change()
    assert tally.verdict.rate is None
    assert len(made) == len(changes) + 1


def test_clean_steps_align_a_policy_and_a_corrected_mistake_that_is_taken_back_does_not_count() -> None:
    session = Session().drive("p" * 300 + "h" * 40)
    before = session.tally.verdict
    session.tally.retract(session.corrections[0])
    assert [verdict.standing for verdict in (before, session.tally.verdict)] == [Standing.UNSETTLED, Standing.ALIGNED]
    assert session.tally.interval(session.tally.round) == session.tally.verdict.interval


def test_a_round_without_a_step_may_have_any_rate() -> None:
    tally = Session().drive("pp/").tally
    assert tally.interval(tally.round) == Interval(0.0, 1.0)
    assert tally.round.intervention_rate is None


def test_a_typical_takeover_is_the_preferences_own() -> None:
    for preference in CARD.preferences:
        assert typical_takeover(CARD, preference.name) == preference.release_after
    assert typical_takeover(CARD, None) == 3
    tolerant = Tally(0.05, typical=9)
    tolerant.add(Authority.POLICY, 0, 0)
    assert tolerant.verdict.interval.high > Session().drive("p").tally.verdict.interval.high
