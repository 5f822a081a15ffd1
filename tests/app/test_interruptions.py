"""A learner that is killed while somebody drives, and a session that is interrupted."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

import psutil
import pytest

from mereq_teleop.app.learning.store import SegmentStore
from mereq_teleop.app.replay import TYPES, verify_session
from mereq_teleop.sessions.events import Acknowledgement, RoundEnd, Swap
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority, Transition
from tests.app.test_end_to_end import running, until

LONGEST_GAP_S = 0.5
"""Between two steps that are due every 0.05 s; a learner needs several seconds to come back."""


@dataclass
class Survived:
    """A realtime session whose learner was killed in mid-round, and which was interrupted at last."""

    code: int
    recording: Recording
    folder: SessionFolder
    killed_ns: int
    learners: tuple[int, int]
    """Process ids of the first learner and of the second."""
    torch_in_actor: bool


def learner_of(process: "subprocess.Popen[str]") -> int | None:
    for child in psutil.Process(process.pid).children():
        # One that was killed is a zombie until it is buried.
        if child.status() != psutil.STATUS_ZOMBIE and "learner" in child.cmdline():
            return int(child.pid)
    return None


def in_mid_round(recording: Recording) -> bool:
    """Some policy was swapped in, and a round is well under way."""
    last = max((i for i, logged in enumerate(recording.timeline) if isinstance(logged.record, RoundEnd)), default=-1)
    under_way = sum(isinstance(logged.record, Transition) for logged in recording.timeline[last + 1 :])
    return len(recording.swaps) >= 3 and 20 <= under_way <= 60


def swapped_after(recording: Recording, moment_ns: int) -> list[int]:
    """Times of the swaps after a moment."""
    swaps = [logged.time_ns for logged in recording.timeline if isinstance(logged.record, Swap)]
    return [time_ns for time_ns in swaps if time_ns > moment_ns]


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Survived:
    root = tmp_path_factory.mktemp("killed")
    flags = ("--device", "simulated", "--headless", "--pace", "realtime", "--speed", "20", "--rounds", "1000")
    with running(root, *flags, "--steps-per-round", "100", "--no-evaluation") as session:
        session.until(in_mid_round, "the middle of a round")
        first = learner_of(session.process)
        assert first is not None
        maps = psutil.Process(session.process.pid).memory_maps() if sys.platform == "linux" else []
        killed_ns = time.time_ns()
        os.kill(first, signal.SIGKILL)
        second = until(lambda: (pid := learner_of(session.process)) != first and pid, "another learner")

        def learns_again(recording: Recording) -> bool:
            return len(swapped_after(recording, killed_ns)) >= 2

        session.until(learns_again, "policies of the second learner")
        session.process.send_signal(signal.SIGINT)
        code, said = session.end()
        assert "Traceback" not in said, said
        folder = session.folder
    return Survived(
        code=code,
        recording=read_recording(folder.recording, TYPES),
        folder=folder,
        killed_ns=killed_ns,
        learners=(first, second),
        torch_in_actor=any("torch" in region.path for region in maps),
    )


def test_driving_never_pauses_while_the_learner_is_gone(survived: Survived) -> None:
    times = [logged.time_ns for logged in survived.recording.timeline if isinstance(logged.record, Transition)]
    after = [time_ns for time_ns in times if time_ns > survived.killed_ns]
    assert len(after) > 40
    assert max(late - early for early, late in pairwise(times)) < LONGEST_GAP_S * 1e9


def test_the_learner_comes_back_and_versions_go_on_rising(survived: Survived) -> None:
    assert survived.learners[0] != survived.learners[1]
    versions = [swap.version for swap in survived.recording.swaps]
    assert versions == sorted(set(versions))
    back_ns = swapped_after(survived.recording, survived.killed_ns)[0]
    assert (back_ns - survived.killed_ns) / 1e9 < 30


def test_no_segment_is_lost_or_learned_twice(survived: Survived) -> None:
    recording = survived.recording
    sent = [
        record.id
        for topic, record in ((logged.topic, logged.record) for logged in recording.timeline)
        if topic in ("/segment", "/round")
    ]
    acked = [logged.record.segment for logged in recording.timeline if isinstance(logged.record, Acknowledgement)]
    assert acked == sent
    with closing(SegmentStore(survived.folder.learner / "segments.sqlite")) as store:
        assert [entry.key for entry in store.entries()] == sent
        last = store.entries()[-1].seq
        assert tuple(store.segments(last)) == recording.segments
    assert any(segment.authority is Authority.HUMAN for segment in recording.segments)


def test_an_interrupted_session_is_whole_and_verifies(survived: Survived) -> None:
    assert survived.code == 130
    assert survived.recording.loss == ""
    assert verify_session(survived.folder) == 0
    assert not psutil.pid_exists(survived.learners[1])


def test_the_actor_did_without_torch(survived: Survived) -> None:
    assert not survived.torch_in_actor
