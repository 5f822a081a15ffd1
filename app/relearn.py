"""`mereq relearn`: learn again from recorded sessions, as the live learner would from the same corrections."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.learner import FROM_NOTHING, LearnerConfig
from mereq_teleop.agents.methods import make_learner
from mereq_teleop.agents.policy import Driver
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.agents.shipped import load_prior
from mereq_teleop.app.bus.messages import NewSegment, Retract, RoundEnd, Stream, UpdateMode
from mereq_teleop.app.cast import make_expert, preference_of
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.learning.session import LearningSession
from mereq_teleop.app.learning.store import SegmentStore
from mereq_teleop.app.learning.taught import joined, taught_by
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.results import evaluate_one, world_of
from mereq_teleop.app.settings import config_of
from mereq_teleop.app.wording import percent
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority, Segment

__all__ = [
    "Lesson",
    "Source",
    "evaluation_of",
    "kept_policy",
    "learn_again",
    "left_over",
    "read_sources",
    "start_of",
    "stream_of",
]


@dataclass(frozen=True)
class Source:
    """A session to learn from."""

    folder: SessionFolder
    recording: Recording

    @property
    def name(self) -> str:
        """Name of the session."""
        return self.folder.name


@dataclass(frozen=True)
class Lesson:
    """What one update made."""

    asked: Stream
    """What asked for it; for the first policy of a method that starts from nothing the first message."""
    report: LearnerReport
    policy: PolicySnapshot
    steps: int
    """Steps of the round so far under policy or human."""
    human_steps: int
    over: bool
    """Whether the round is over with it."""

    def __str__(self) -> str:
        """The round in a line."""
        rate = percent(self.human_steps / self.steps if self.steps else None)
        line = f"round {self.report.round}: {self.human_steps} of {self.steps} steps by hand ({rate}), "
        line += f"policy {self.policy.version}" + ("" if self.over else ", not over")
        if (weights := self.report.weights) is None:
            return line
        theta = zip(weights.feature_names, weights.theta, strict=True)
        return f"{line}: " + ", ".join(f"{name} {weight:+.2f}" for name, weight in theta)


def read_sources(folders: Sequence[SessionFolder]) -> tuple[Source, ...]:
    """The recordings of the sessions, in this order.

    Raises:
        SessionError: a recording cannot be read.
        EnvError: a session is of a task that this version does not know.
        Usage: a session is named twice, or they are not of one world.
    """
    sources = tuple(Source(folder, read_recording(folder.recording, TYPES)) for folder in folders)
    first = sources[0]
    card_of(first.recording.config.env)
    for at, source in enumerate(sources):
        if source.folder.path.resolve() in {earlier.folder.path.resolve() for earlier in sources[:at]}:
            raise Usage(f"session {source.name} is named twice: name each once")
        env, wanted = source.recording.config.env, first.recording.config.env
        if env != wanted:
            raise Usage(
                f"session {source.name} is of {env}, session {first.name} of {wanted}: one policy is learned from "
                "sessions of one world"
            )
    return sources


def stream_of(sources: Sequence[Source]) -> tuple[Stream, ...]:
    """What all of them taught, in order; rounds and episodes count on from one to the next."""
    streams = [taught_by(source.recording) for source in sources]
    parents = ["", *(source.name for source in sources)]
    return joined(streams, [s.recording.config.parent == before for s, before in zip(sources, parents, strict=False)])


def start_of(source: Source, prior: Path | None, reading: Reading | None = None) -> PolicySnapshot:
    """The prior: the operator's own, or the one that the session began with.

    Raises:
        BadPolicy: the operator's own cannot be read, or does not fit.
        SessionError: the session's is gone or damaged.
    """
    card = card_of(source.recording.config.task)
    if prior is not None:
        return load_prior(prior, card, reading).snapshot
    if 0 not in source.folder.kept_policies():
        raise AppError(f"{source.folder.policies} has no policy 0, with which it began: name one with --prior FILE")
    return kept_policy(source, 0)


def kept_policy(source: Source, version: int | None) -> PolicySnapshot:
    """A policy that the session's folder keeps; None asks for the last one that drove.

    Raises:
        Usage: there is none of that version, or nothing was learned.
        BadPolicy, FolderError: its file cannot be read, or has another content than its name says.
    """
    drove, kept = {swap.version: swap.hash for swap in source.recording.swaps}, source.folder.kept_policies()
    if version is None:
        version = source.recording.swaps[-1].version if drove else 0
        if version == 0:
            raise Usage(
                f"session {source.name} drove by no policy but its prior: there is nothing that it learned to keep "
                "(--version 0 keeps the prior)"
            )
    known = {**kept, **drove}
    if version not in known:
        raise Usage(f"session {source.name} has no policy {version}; it has {', '.join(map(str, sorted(known)))}")
    path = source.folder.policy_path(version, known[version])
    try:
        snapshot = PolicySnapshot.from_bytes(source.folder.load_policy(version, known[version]))
    except BadPolicy as error:
        raise BadPolicy(f"{path}: {error}") from None
    if snapshot.hash != known[version]:
        raise BadPolicy(f"{path}: the content is not that of its name")
    return policy_of(snapshot, card_of(source.recording.config.task)).snapshot


def left_over(stream: Sequence[Stream], update: UpdateMode) -> str:
    """What nobody asked to learn from, in a line; empty if there is nothing."""
    by_hand: dict[int, int] = {}
    for message in stream:
        if isinstance(message, NewSegment) and message.segment.authority is Authority.HUMAN:
            segment = message.segment
            by_hand[segment.round] = by_hand.get(segment.round, 0) + segment.stop - segment.start
    over = {message.round for message in stream if isinstance(message, RoundEnd)}
    cut = sorted(set(by_hand) - over)
    if update == "segment" or not cut:
        return ""
    steps = sum(by_hand[round_] for round_ in cut)
    return (
        f"{steps} steps by hand of rounds that were not over ({', '.join(map(str, cut))}) asked for no update: "
        "--update segment learns from them"
    )


def learn_again(
    stream: Sequence[Stream], config: LearnerConfig, update: UpdateMode, prior: PolicySnapshot
) -> Iterator[Lesson]:
    """Give a new learner what was taught, in order and to the end of each update; what every update made.

    Raises:
        AgentError: the method cannot serve the task, or the prior does not fit.
    """
    store = SegmentStore(None)
    session = LearningSession(store, make_learner(config, prior), update=update, checkpoint=None, settle=True)
    try:
        if config.method in FROM_NOTHING and stream:
            report, policy = session.open(above=0, pulse=lambda: None)
            yield Lesson(stream[0], report, policy, 0, 0, over=False)
        # Segments of one correction are taken back together.
        for together, group in groupby(stream, key=lambda message: isinstance(message, Retract)):
            messages = list(group)
            for batch in [messages] if together else ([message] for message in messages):
                store.commit(batch)
                while (trigger := session.pending()) is not None:
                    report, policy = session.update(trigger, above=0, pulse=lambda: None)
                    yield _lesson(batch[-1], report, policy, store.segments(trigger.seq))
    finally:
        store.close()


def _lesson(asked: Stream, report: LearnerReport, policy: PolicySnapshot, segments: Iterable[Segment]) -> Lesson:
    steps = dict.fromkeys(Authority, 0)
    for segment in segments:
        if segment.round == report.round:
            steps[segment.authority] += segment.stop - segment.start
    by_hand = steps[Authority.HUMAN]
    over = isinstance(asked, RoundEnd)
    return Lesson(asked, report, policy, by_hand + steps[Authority.POLICY], by_hand, over=over)


def evaluation_of(
    policy: PolicySnapshot, prior: PolicySnapshot, session: Source, preference: str | None
) -> dict[str, Any]:
    """Policy, prior and expert on 1,000 episodes, as an unattended session's results have them.

    Whom the expert is: `preference`, or the simulated expert of the session. Nobody knows what a person wants, so where
    it was a person and no preference is named, the return is the prior's reward alone and nobody judges.

    Raises:
        EnvError: the task has no such preference.
    """
    recorded = session.recording.config
    card = card_of(recorded.task)
    expert: SimulatedExpert | None = None
    theta: Sequence[float] = (0.0,) * len(card.features)
    if preference is not None or recorded.device == "simulated":
        changes = {} if preference is None else {"preference": preference, "expert": None}
        config: OperateConfig = config_of(recorded, session.name, **changes)
        expert, theta = make_expert(config, card, policy_of(prior, card)), preference_of(config, card).theta

    def result(of: Driver) -> Any:
        return msgspec.to_builtins(evaluate_one(of, world_of(recorded.env), theta, expert))

    return {
        "preference": None if expert is None else expert.preference.name,
        "policy": result(policy_of(policy, card)),
        "prior": result(policy_of(prior, card)),
        "expert": None if expert is None else result(expert.policy),
    }
