"""What had been taught when a recorded session came to one of its frames: the lessons that a fork begins with."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.fork_point import ForkPoint
from mereq_teleop.app.tally import Tally
from mereq_teleop.sessions.events import EpisodeStart, Retraction, RoundEnd, SegmentMark, Swap
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Segment, Transition

__all__ = ["Inheritance", "Lesson", "Moment", "inheritance_of", "moment_of"]

Lesson = Segment | RoundEnd
"""What a learner is told."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of a recording: before the decision of one step."""

    take: int
    """Index in the recording's `episodes`."""
    step: int
    """Control steps of the episode that were taken before."""
    line: int
    """Everything before this line of the timeline had happened."""

    def next_step(self, recording: Recording) -> Transition | None:
        """The step that was taken there; None at the recorded end of an episode."""
        episode = recording.episodes[self.take]
        at = self.step - len(episode.executed_before)
        return episode.transitions[at] if at < len(episode.transitions) else None


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a fork's learner is told first."""

    lessons: tuple[Lesson, ...] = ()
    """In order; what was taken back by then is left out."""
    answered: int = 0
    """How many of them the policies that had driven by then came from: no policy is awaited for those."""
    round: int = 1
    """The round that went on."""

    def tally(self, delta: float, typical: int) -> Tally:
        """The counts that a fork begins with: none, in that round."""
        return Tally(delta, typical, self.round)


def moment_of(recording: Recording, point: ForkPoint) -> Moment:
    """Where a frame is in the recording.

    Raises:
        Usage: the session has no such episode or step, or the episode was over.
    """
    takes = [at for at, episode in enumerate(recording.episodes) if episode.index == point.episode]
    if not takes:
        known = [episode.index for episode in recording.episodes]
        has = f"episodes {min(known)} to {max(known)}" if known else "no episode"
        raise Usage(f"{point}: the session has no episode {point.episode}, it has {has}")
    if point.take is not None and not 1 <= point.take <= len(takes):
        raise Usage(f"{point}: episode {point.episode} was begun {len(takes)} times, not {point.take}")
    take = takes[-1 if point.take is None else point.take - 1]
    episode = recording.episodes[take]
    first = len(episode.executed_before)
    end = first + len(episode.transitions)
    if not first <= point.step <= end:
        raise Usage(f"{point}: episode {point.episode} was recorded from step {first} to step {end}, not {point.step}")
    last = episode.transitions[-1] if episode.transitions else None
    if point.step == end and last is not None and (last.terminated or last.truncated):
        raise Usage(f"{point}: episode {point.episode} was over after {end} steps; take one before, {end - 1} at most")
    moment = Moment(take, point.step, 0)
    return Moment(take, point.step, _line(recording, moment))


def inheritance_of(
    name: str, recording: Recording, moment: Moment, parent: Callable[[], Inheritance] = Inheritance
) -> Inheritance:
    """What had been taught.

    Args:
        name: the session's; its segments' ids are told with it, so that they are none of the fork's.
        recording: of the session.
        moment: up to when.
        parent: what the session itself had begun with, asked for if it is a fork; what that raises passes through.
    """
    before = parent() if recording.config.settings.get("fork") else Inheritance()
    own = _told(recording, moment)
    causes = _answered(recording, moment)
    answered = max((count for count, lesson in enumerate(own, 1) if lesson.id in causes), default=0)
    renamed = (
        msgspec.structs.replace(lesson, id=f"{name}/{lesson.id}") if isinstance(lesson, Segment) else lesson
        for lesson in own
    )
    return Inheritance((*before.lessons, *renamed), len(before.lessons) + answered, _round(recording, moment))


def _line(recording: Recording, moment: Moment) -> int:
    """The line of the step that was taken there, or the one after what came last."""
    episode, upcoming = recording.episodes[moment.take], moment.next_step(recording)
    if upcoming is None and not episode.transitions:
        begun = (
            line
            for line, logged in enumerate(recording.timeline)
            if isinstance(logged.record, EpisodeStart) and logged.record.index == episode.index
        )
        return max(begun) + 1
    wanted = upcoming or episode.transitions[-1]
    line = next(line for line, logged in enumerate(recording.timeline) if logged.record is wanted)
    return line if upcoming is not None else line + 1


def _told(recording: Recording, moment: Moment) -> list[Lesson]:
    """The segments and round ends, and of the segment that was open its steps so far."""
    episode = recording.episodes[moment.take]
    segments = iter(recording.segments)
    told: list[Lesson] = []
    gone: set[str] = set()
    for line, logged in enumerate(recording.timeline):
        past = line < moment.line
        match logged.record:
            case SegmentMark():
                segment = next(segments)
                if past:
                    told.append(segment)
                elif segment.transitions[0] in episode.transitions and segment.start < moment.step < segment.stop:
                    told.append(_cut(segment, moment.step))
            case RoundEnd() if past:
                told.append(logged.record)
            case Retraction() if past:
                gone.add(logged.record.segment)
    return [lesson for lesson in told if lesson.id not in gone]


def _cut(segment: Segment, stop: int) -> Segment:
    return msgspec.structs.replace(segment, stop=stop, transitions=segment.transitions[: stop - segment.start])


def _answered(recording: Recording, moment: Moment) -> set[str]:
    """What the policies were made for that had driven by then."""
    past = [logged.record for logged in recording.timeline[: moment.line]]
    drove = {record.version for record in past if isinstance(record, Swap)}
    return {record.cause for record in past if isinstance(record, LearnerReport) and record.policy_version in drove}


def _round(recording: Recording, moment: Moment) -> int:
    ends = [logged.record for logged in recording.timeline[: moment.line] if isinstance(logged.record, RoundEnd)]
    if ends:
        return ends[-1].round + 1
    # A session that goes on from another does not begin with round 1.
    first = [*(segment.round for segment in recording.segments[:1]), *(end.round for end in recording.rounds[:1])]
    return min(first, default=1)
