"""A session short enough to be counted by hand: eleven steps, a second each."""

from collections.abc import Sequence

from mereq_teleop.sessions.events import (
    AuthorityChange,
    EpisodeStart,
    Note,
    Retraction,
    RoundEnd,
    SegmentMark,
    Swap,
    Topic,
)
from mereq_teleop.sessions.records import Authority, Decision, Record, Transition
from tests.sessions.made import Event

POLICY, HUMAN, SAFE, NOBODY = Authority
START_NS = 10**18
SECOND_NS = 10**9
LINE = "PPHHPSP" + "HHHP"
"""Who had control: an episode of seven steps, then one of four; its correction was taken back."""


class Teller:
    """Writes events down with their times."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now_ns = START_NS

    def wait(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND_NS)

    def say(self, topic: str, record: Record) -> None:
        self.events.append((topic, record, self.now_ns))

    def steps(self, who: str, first: int, *, version: int, obs: Sequence[tuple[float, ...]] | None = None) -> None:
        """Steps from one number on, a second each."""
        for at, letter in enumerate(who):
            self.wait(1.0)
            known = obs[at] if obs is not None else (float(first + at), 0.5)
            self.say(Topic.TRANSITION, step_by(letter, first + at, version, known))

    def segment(self, episode: int, start: int, stop: int, authority: Authority, round_: int = 1) -> None:
        mark = SegmentMark(
            id=f"e{episode}-s{start}",
            round=round_,
            episode=episode,
            seed=3,
            start=start,
            stop=stop,
            authority=authority,
        )
        self.say(Topic.SEGMENT, mark)


def step_by(letter: str, step: int, version: int, obs: tuple[float, ...]) -> Transition:
    authority = {"P": POLICY, "H": HUMAN, "S": SAFE}[letter]
    reason = "unplugged" if authority is SAFE else ""
    human = 1 if authority is HUMAN else None
    return Transition(
        step=step,
        obs=obs,
        decision=Decision(policy_action=0, human_action=human, authority=authority, executed=human or 0, reason=reason),
        next_obs=obs,
        features=(1.0, -1.0),
        reward=0.25,
        terminated=False,
        truncated=False,
        policy_version=version,
    )


def told() -> Teller:
    """The session: round 1 has five steps, the rest is a round that was not over."""
    teller = Teller()
    teller.say(Topic.SWAP, Swap(version=0, hash="0" * 16, episode=0, step=0))
    teller.say(Topic.EPISODE, EpisodeStart(index=0, seed=3, task="toy-v0"))
    teller.steps("PPHHP", 0, version=0)
    teller.segment(0, 0, 2, POLICY)
    teller.segment(0, 2, 4, HUMAN)
    teller.segment(0, 4, 5, POLICY)
    teller.say(Topic.ROUND, RoundEnd(id="round:1", round=1, steps=5, human_steps=2))
    teller.wait(0.5)
    teller.say(Topic.SWAP, Swap(version=1, hash="1" * 16, episode=0, step=5, cost_s=0.001))
    teller.say(Topic.NOTE, Note(text="policy 1: feature 1 +0.50"))
    teller.say(Topic.AUTHORITY, AuthorityChange(before=POLICY, after=SAFE, event="lost", reason="unplugged"))
    teller.steps("SP", 5, version=1)
    teller.say(Topic.EPISODE, EpisodeStart(index=1, seed=4, task="toy-v0"))
    teller.steps("HHHP", 0, version=1)
    teller.segment(1, 0, 3, HUMAN, 2)
    teller.say(Topic.RETRACT, Retraction(segment="e1-s0"))
    teller.say(Topic.AUTHORITY, AuthorityChange(before=POLICY, after=NOBODY, event="pause"))
    teller.wait(2.0)
    teller.say(Topic.AUTHORITY, AuthorityChange(before=NOBODY, after=POLICY, event="resume"))
    teller.say(Topic.NOTE, Note(text="hello"))
    teller.say(Topic.NOTE, Note(text="hello"))
    return teller
