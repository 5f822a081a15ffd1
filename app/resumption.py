"""What a session hands on to the one that resumes it: the learner's folder, the policies, the counts."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.bus.messages import Hello, NewSegment, Retract, RoundEnd, Stream
from mereq_teleop.app.bus.seam import Bus
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.learning.store import SegmentStore, lasting
from mereq_teleop.app.learning.taught import joined, numbered, taught_by
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.settings import config_of, learner_config
from mereq_teleop.app.tally import Tally
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.config import SessionConfig
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.events import Swap
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording

__all__ = ["Parent", "Resumption", "parent_of", "take_over"]

LEARNER_FILES = ("segments.sqlite", "segments.sqlite-wal", "checkpoint.safetensors")
PATIENCE_S = 5.0
"""A learner whose actor was killed ends by itself; so long it may take."""


@dataclass(frozen=True)
class Parent:
    """A session that shall be resumed, as it lies on the disk."""

    folder: SessionFolder
    config: SessionConfig
    recording: Recording | None
    """None if it was killed before its first event."""

    @property
    def settings(self) -> OperateConfig:
        """What it was asked to do.

        Raises:
            RecordingError, Usage, EnvError: it cannot be done here.
        """
        return config_of(self.config, self.folder.name)

    @property
    def swaps(self) -> tuple[Swap, ...]:
        """Every policy that drove, in order."""
        return () if self.recording is None else self.recording.swaps

    def prior(self, card: TaskCard) -> AnyPolicy | None:
        """The policy that it began with; None if it was killed before that was kept.

        Raises:
            AppError: the file is gone, though policies were learned from it.
            BadPolicy, FolderError: the file cannot be read, or does not fit the task.
        """
        kept = self.folder.kept_policies()
        if 0 in kept:
            return self._policy(0, kept[0], card)
        if kept or any(swap.version for swap in self.swaps):
            raise AppError(f"{self.folder.policies} has no policy 0, with which the session began: it cannot go on")
        return None

    def driving(self, card: TaskCard) -> AnyPolicy | None:
        """The last policy that drove; None if nothing is known of it.

        Raises:
            BadPolicy, FolderError: its file cannot be read, or does not fit the task.
        """
        return self._policy(self.swaps[-1].version, self.swaps[-1].hash, card) if self.swaps else None

    def _policy(self, version: int, content_hash: str, card: TaskCard) -> AnyPolicy:
        path = self.folder.policy_path(version, content_hash)
        try:
            snapshot = PolicySnapshot.from_bytes(self.folder.load_policy(version, content_hash))
            if snapshot.hash != content_hash:
                raise BadPolicy("the content is not that of its name")
            return policy_of(snapshot, card)
        except BadPolicy as error:
            raise BadPolicy(f"{path}: {error}") from None


@dataclass(frozen=True)
class Resumption:
    """What was before the first step of a resumed session."""

    parent: str
    """Name of the session which it resumes."""
    stream: tuple[Stream, ...]
    """All that the learner was taught, and what never reached it."""
    stored: int
    """How many messages of that the learner has."""
    last_version: int
    """Highest version that drove."""
    hashes: Mapping[int, str]
    """Content hash of every policy, by version."""
    theta: Mapping[int, Mapping[str, float]]
    """Reward weights after each round."""
    driving: str
    """Content hash of the policy that drives."""

    @property
    def episodes(self) -> int:
        """Episodes that had a step."""
        return 1 + max((m.segment.episode for m in self.stream if isinstance(m, NewSegment)), default=-1)

    def tally(self, delta: float, typical: int) -> Tally:
        """The counts at its end."""
        tally, version = Tally(delta, typical), -1
        segments = {m.segment.id: m.segment for m in self.stream if isinstance(m, NewSegment)}
        for message in self.stream:
            match message:
                case NewSegment(segment=segment):
                    for step in segment.transitions:
                        if version >= 0 and self.hashes.get(step.policy_version) != self.hashes.get(version):
                            tally.swapped()
                        version = step.policy_version
                        tally.add(segment.authority, segment.episode, step.step, version)
                case Retract(segment_id=id_):
                    tally.retract(segments[id_])
                case RoundEnd():
                    tally.end_round(max(version, 0))
        for round_ in tally.rounds:
            if round_.round in self.theta:
                round_.theta = dict(self.theta[round_.round])
        if version >= 0 and self.hashes.get(version) != self.driving:
            tally.swapped()
        return tally

    def teach(self, bus: Bus) -> None:
        """Give the learner what never reached it."""
        for message in self.stream[self.stored :]:
            match message:
                case NewSegment(segment=segment):
                    bus.offer(segment)
                case Retract(segment_id=id_):
                    bus.retract(id_)
                case RoundEnd(round=round_):
                    bus.end_round(round_)


def parent_of(folder: SessionFolder) -> Parent:
    """The session to be resumed.

    Raises:
        SessionError: its configuration cannot be read, or its recording is none of ours, newer, or damaged.
    """
    config, recording = folder.read_config(), None
    if folder.recording.exists() and folder.recording.stat().st_size:
        recording = read_recording(folder.recording, TYPES)
    return Parent(folder, config, recording)


def check(parent: Parent, config: OperateConfig) -> None:
    """A resumed session learns as its parent did.

    Raises:
        Usage: a setting of the learner is another one.
    """
    before = parent.settings
    now, then = (
        msgspec.structs.asdict(lasting(learner_config(of))) | {"update": of.learns_each} for of in (config, before)
    )
    for name in now:
        if now[name] != then[name]:
            flag = "env" if name == "task" else name.replace("_", "-")
            raise Usage(
                f"--{flag} is {now[name]}, session {parent.folder.name} has {then[name]}: resumed, it learns as it "
                f"did; leave the flag out, or see mereq relearn"
            )
    if config.prior != before.prior:
        raise Usage(f"--prior is another one than that of session {parent.folder.name}: leave it out")


def take_over(parent: Parent, child: SessionFolder, hello: Hello, config: OperateConfig) -> Resumption:
    """Copy what the learner and the policies of a session are into the folder of the one that resumes it.

    `hello` is what the child says to its learner. The parent's files stay as they are.

    Raises:
        Usage: another learner's setting, or all rounds are over.
        AppError: the parent goes on, or its learner's store is gone and a session that it resumed, too.
        SessionError, LearningError: a file cannot be copied, or is damaged.
    """
    check(parent, config)
    store = parent.folder.learner / LEARNER_FILES[0]
    try:
        with unused(store, parent.folder.name):
            for name in LEARNER_FILES:
                if (source := parent.folder.learner / name).exists():
                    shutil.copyfile(source, child.learner / name)
        for path in parent.folder.policies.glob("*.safetensors"):
            linked(path, child.policies / path.name)
    except OSError as error:
        raise FolderError(f"cannot copy {parent.folder.path}: {error.strerror}") from None
    stored: tuple[Stream, ...] = ()
    if store.exists():
        with closing(SegmentStore(child.learner / store.name)) as copied:
            copied.hand_over(hello)
            stored = copied.messages()
        stream = with_unsent(stored, parent.recording)
    else:
        # A learner elsewhere, or one that never began: it learns anew from the recordings, its checkpoint is no help.
        (child.learner / LEARNER_FILES[2]).unlink(missing_ok=True)
        recordings = recordings_up_to(parent)
        stream = joined([taught_by(recording) for recording in recordings], [True] * len(recordings))
    resumption = _resumption(parent, child, stream, len(stored))
    rounds = sum(isinstance(message, RoundEnd) for message in stream)
    if config.rounds is not None and rounds >= config.rounds:
        raise Usage(
            f"session {parent.folder.name} has driven {rounds} rounds, --rounds asks for {config.rounds} in all: "
            f"give --rounds {rounds + 1} or more"
        )
    return resumption


def with_unsent(stored: Sequence[Stream], recording: Recording | None) -> tuple[Stream, ...]:
    """What the learner has stored, then what is recorded and never reached it; either may know more than the other."""
    if recording is None:
        return tuple(stored)
    rounds = [message.round for message in stored if isinstance(message, RoundEnd)]
    known = {message.key for message in stored}
    unsent = [m for m in taught_by(recording, 1 + max(rounds, default=0)) if m.key not in known]
    return numbered([*stored, *unsent])


def recordings_up_to(parent: Parent) -> list[Recording]:
    """The recordings of the session and of those that it resumed, oldest first.

    Raises:
        AppError: one of those that it resumed is gone.
        SessionError: a recording cannot be read.
    """
    recordings = [] if parent.recording is None else [parent.recording]
    folder, config = parent.folder, parent.config
    while config.parent is not None:
        before = SessionFolder(folder.path.parent / config.parent)
        if not before.path.is_dir():
            raise AppError(f"session {folder.name} resumed {before.name}, which is gone: its rounds are not known")
        folder, config = before, before.read_config()
        recordings.insert(0, read_recording(folder.recording, TYPES))
    return recordings


def linked(source: Path, copy: Path) -> None:
    """The same file in another folder; a copy where the disk has no links."""
    try:
        os.link(source, copy)
    except OSError:
        shutil.copyfile(source, copy)


@contextmanager
def unused(store: Path, name: str, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Hold the lock of a learner's store, so that nobody writes it meanwhile.

    Raises:
        AppError: a learner has it, and goes on.
    """
    if os.name != "posix" or not store.exists():
        yield
        return
    import fcntl

    deadline = clock() + PATIENCE_S
    with store.open("r+b") as file:
        while True:
            try:
                # The whole file, with the bytes behind its end that sqlite locks.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if clock() >= deadline:
                    raise AppError(f"session {name} still goes on (its learner runs): end it first") from None
                time.sleep(0.05)
        yield


def _resumption(parent: Parent, child: SessionFolder, stream: tuple[Stream, ...], stored: int) -> Resumption:
    hashes, theta = child.kept_policies(), dict[int, Mapping[str, float]]()
    for version, content_hash in hashes.items():
        # Those that drive were read already; of the others only the round's weights are wanted.
        with contextlib.suppress(BadPolicy, FolderError):
            maker = PolicySnapshot.from_bytes(child.load_policy(version, content_hash)).maker
            if maker.weights is not None:
                theta[maker.round] = dict(zip(maker.weights.feature_names, maker.weights.theta, strict=True))
    return Resumption(
        parent=parent.folder.name,
        stream=stream,
        stored=stored,
        last_version=max((swap.version for swap in parent.swaps), default=0),
        hashes=hashes | {swap.version: swap.hash for swap in parent.swaps},
        theta=theta,
        driving=parent.swaps[-1].hash if parent.swaps else "",
    )
