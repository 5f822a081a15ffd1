"""A session that begins at a frame of another: where, who drives first, and what its learner is told."""

from dataclasses import dataclass, replace
from pathlib import Path

from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.fork_point import ForkPoint
from mereq_teleop.app.inheritance import Inheritance, inheritance_of, moment_of
from mereq_teleop.app.policy_choice import chosen_policy, policy_that_drove
from mereq_teleop.app.replay import TYPES
from mereq_teleop.sessions.errors import SessionError
from mereq_teleop.sessions.events import Swap
from mereq_teleop.sessions.folder import find_session
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Action
from mereq_teleop.sessions.task import task_of

__all__ = ["Fork", "Start", "read_fork"]


NOTHING = Inheritance()


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where an actor takes up a world that another session has left."""

    point: ForkPoint
    seed: int
    """Of the episode's reset."""
    executed_before: tuple[Action, ...]
    """Since the reset."""
    policy: AnyPolicy
    """Who drives first."""
    inheritance: Inheritance = NOTHING
    """What the learner is told first."""
    by_hand: bool = False
    """Begin paused; once the operator goes on, they are in control."""


@dataclass(frozen=True, kw_only=True)
class Fork:
    """All that a forked session has of its parent."""

    parent: str
    """Name of the parent's folder."""
    env: str
    """Gymnasium id of the world."""
    prior: AnyPolicy | None
    """What the parent's learner started from; None if that is none that one can learn on top of."""
    start: Start


def read_fork(root: Path, words: str, policy: str | None = None) -> Fork:
    """The fork that SESSION@EPISODE:STEP asks for.

    Args:
        root: Folder of all sessions.
        words: The frame.
        policy: Who drives first: a version of the session, `prior` or a path; None is who drove there.

    Raises:
        Usage, UnknownSession: there is no such session, frame or version.
        SessionError: the session can't be read, or is of a task that is not known here.
        BadPolicy: the path leads to no policy of the session's task.
    """
    point = ForkPoint.parse(words)
    folder = find_session(root, point.session)
    point = replace(point, session=folder.name)
    recording = read_recording(folder.recording, TYPES)
    task_of(recording)
    moment = moment_of(recording, point)
    swaps = [logged.record for logged in recording.timeline[: moment.line] if isinstance(logged.record, Swap)]
    if not swaps:
        raise Usage(f"{point}: no policy had driven yet")
    upcoming = moment.next_step(recording)
    version = swaps[-1].version if upcoming is None else upcoming.policy_version
    inheritance = _inherited(folder.path.parent, folder.name, recording, point)
    if policy is not None:
        # Whoever chooses a policy does not wait for those that the parent's learner was about to send.
        inheritance = replace(inheritance, answered=len(inheritance.lessons))
    episode = recording.episodes[moment.take]
    prior = policy_that_drove(folder, recording, recording.swaps[0].version)
    return Fork(
        parent=folder.name,
        env=recording.config.env,
        prior=prior if prior.snapshot.kind in ("dqn", "sac") else None,
        start=Start(
            point=point,
            seed=episode.seed,
            executed_before=episode.executed[: moment.step],
            policy=chosen_policy(policy, folder, recording)
            if policy is not None
            else policy_that_drove(folder, recording, version),
            inheritance=inheritance,
        ),
    )


def _inherited(root: Path, name: str, recording: Recording, point: ForkPoint) -> Inheritance:
    """What had been taught, in the parent's parents too as far as they are still there."""

    def parents() -> Inheritance:
        try:
            above = ForkPoint.parse(recording.config.settings["fork"])
            folder = find_session(root, above.session)
            return _inherited(root, folder.name, read_recording(folder.recording, TYPES), above)
        except (SessionError, Usage):
            return Inheritance()

    return inheritance_of(name, recording, moment_of(recording, point), parents)
