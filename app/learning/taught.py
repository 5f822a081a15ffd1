"""What a recorded session taught: the very messages that its learner was given, in order."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from mereq_teleop.app.bus.messages import NewSegment, Retract, RoundEnd, Stream
from mereq_teleop.sessions.events import EpisodeStart, Retraction, SegmentMark
from mereq_teleop.sessions.events import RoundEnd as RoundOver
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Segment, Transition

__all__ = ["joined", "numbered", "taught_by"]


def taught_by(recording: Recording, first_round: int = 1) -> tuple[Stream, ...]:
    """Segments, retractions and round ends of a recording, numbered from 1 in the order of the live learner.

    What a kill left open at the recording's end is closed there: a correction in its midst is a correction too.
    `first_round` is the session's first, for a recording that was cut before it tells.
    """
    messages: list[Stream] = []
    segments = iter(recording.segments)
    open_: list[Transition] = []
    episode: EpisodeStart | None = None
    round_ = first_round
    for logged in recording.timeline:
        match logged.record:
            case EpisodeStart() as episode:
                open_ = []
            case Transition(step=step) as transition:
                if open_ and step <= open_[-1].step:
                    open_ = []
                open_.append(transition)
            case SegmentMark(stop=stop, round=round_):
                messages.append(NewSegment(seq=0, segment=next(segments)))
                open_ = [transition for transition in open_ if transition.step >= stop]
            case Retraction(segment=id_):
                messages.append(Retract(seq=0, segment_id=id_))
            case RoundOver(round=over):
                messages.append(RoundEnd(seq=0, round=over))
                round_ = over + 1
    if open_ and episode is not None:
        messages += [NewSegment(seq=0, segment=s) for s in _closed(recording, episode, open_, round_)]
    return numbered(messages)


def numbered(messages: Sequence[Stream]) -> tuple[Stream, ...]:
    """The same messages with the numbers 1, 2, ..."""
    return tuple(msgspec.structs.replace(message, seq=seq) for seq, message in enumerate(messages, 1))


def joined(streams: Sequence[Sequence[Stream]], goes_on: Sequence[bool]) -> tuple[Stream, ...]:
    """One stream of several sessions: rounds and episodes count on, and ids stay unique.

    `goes_on` says of each whether it is the one before that was resumed: its rounds and episodes do count on already.
    """
    messages: list[Stream] = []
    rounds = episodes = prefix = 0
    last_round = last_episode = 0
    for stream, continued in zip(streams, goes_on, strict=True):
        if not continued and messages:
            rounds, episodes, prefix = last_round, last_episode + 1, prefix + 1
        for message in stream:
            moved = _moved(message, rounds, episodes, f"p{prefix + 1}-" if prefix else "")
            messages.append(moved)
            if isinstance(moved, NewSegment):
                last_episode = max(last_episode, moved.segment.episode)
                last_round = max(last_round, moved.segment.round)
            elif isinstance(moved, RoundEnd):
                last_round = max(last_round, moved.round)
    return numbered(messages)


def _moved(message: Stream, rounds: int, episodes: int, prefix: str) -> Stream:
    """A message so many rounds and episodes later."""
    match message:
        case NewSegment(segment=segment):
            later = {"round": segment.round + rounds, "episode": segment.episode + episodes}
            return NewSegment(seq=0, segment=msgspec.structs.replace(segment, id=prefix + segment.id, **later))
        case Retract(segment_id=id_):
            return Retract(seq=0, segment_id=prefix + id_)
        case RoundEnd(round=round_):
            return RoundEnd(seq=0, round=round_ + rounds)


def _closed(recording: Recording, episode: EpisodeStart, steps: Sequence[Transition], round_: int) -> Iterator[Segment]:
    """What was open when the recording was cut, as segments."""
    before = recording.episodes[-1].transitions[: steps[0].step]
    for authority, run in groupby(steps, key=lambda step: step.decision.authority):
        transitions = tuple(run)
        start = transitions[0].step
        times = 1 + sum((s.episode, s.start) == (episode.index, start) for s in recording.segments)
        yield Segment(
            id=f"e{episode.index}-s{start}" + (f"-{times}" if times > 1 else ""),
            round=round_,
            episode=episode.index,
            seed=episode.seed,
            start=start,
            stop=transitions[-1].step + 1,
            authority=authority,
            executed_before=tuple(step.decision.executed for step in before),
            transitions=transitions,
        )
        before = (*before, *transitions)
