"""The whole application in its real processes, as a script starts it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.app.replay import TYPES, verify_session
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Authority, Transition

BIN = Path(sys.executable).parent
PATIENCE_S = 60.0


def surroundings(**changes: str) -> dict[str, str]:
    """The environment without a display, but for what is changed."""
    unseen = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    return {name: value for name, value in os.environ.items() if name not in unseen} | changes


def finished(command: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [BIN / command, *arguments], env=surroundings(), capture_output=True, text=True, timeout=PATIENCE_S
    )


def until(seen: Callable[[], Any], what: str) -> Any:
    """What `seen` gave at last; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := seen()):
        late = time.monotonic() >= deadline
        assert not late, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


@dataclass
class Running:
    """A session that goes on, and its recording as far as it is on the disk."""

    process: "subprocess.Popen[str]"
    root: Path

    @property
    def folder(self) -> SessionFolder:
        (folder,) = sessions_in(self.root)
        return folder

    def recording(self) -> Recording | None:
        """None while nothing is written."""
        assert self.process.poll() is None, f"ended with {self.process.returncode}"
        try:
            return read_recording(self.folder.recording, TYPES)
        except (RecordingError, ValueError):
            return None

    def until(self, seen: Callable[[Recording], Any], what: str) -> Any:
        def look() -> Any:
            recording = self.recording()
            return recording is not None and seen(recording)

        return until(look, what)

    def end(self) -> tuple[int, str]:
        """Exit code and standard error of a session that ends by itself."""
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said


@contextmanager
def running(root: Path, *arguments: str, **changes: str) -> Iterator[Running]:
    command = [str(BIN / "mereq-teleop"), "--sessions", str(root), *arguments]
    with subprocess.Popen(
        command, env=surroundings(**changes), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Running(process, root)
        except BaseException:
            process.kill()
            print(process.communicate()[1])
            raise
        finally:
            process.kill()


def steps(recording: Recording) -> list[Transition]:
    return [transition for episode in recording.episodes for transition in episode.transitions]


def driven(recording: Recording) -> list[tuple[int, str, int, int]]:
    return [(swap.version, swap.hash, swap.episode, swap.step) for swap in recording.swaps]


UNATTENDED = ("--rounds", "2", "--steps-per-round", "30", "--no-evaluation", "--seed", "3")


@pytest.fixture(scope="module")
def unattended(tmp_path_factory: pytest.TempPathFactory) -> tuple["subprocess.CompletedProcess[str]", SessionFolder]:
    root = tmp_path_factory.mktemp("unattended")
    done = finished("mereq-teleop", "--device", "simulated", "--headless", "--json", "--sessions", root, *UNATTENDED)
    (folder,) = sessions_in(root)
    return done, folder


def test_an_unattended_run_ends_with_one_line_of_results(
    unattended: tuple["subprocess.CompletedProcess[str]", SessionFolder],
) -> None:
    done, folder = unattended
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    results = json.loads(line)
    wanted = {"task", "method", "seed", "session", "policy_version", "rounds", "expert_samples_to"}
    assert set(results) >= wanted
    assert "evaluation" not in results
    assert (results["task"], results["method"], results["seed"]) == ("highway", "mereq", 3)
    assert results["session"] == folder.name
    assert json.loads(folder.results.read_bytes()) == results
    assert set(results["expert_samples_to"]) == {"0.15", "0.10", "0.05"}
    recording = read_recording(folder.recording, TYPES)
    assert results["policy_version"] == recording.swaps[-1].version
    assert len(results["rounds"]) == len(recording.rounds) == 2
    for number, (told, end) in enumerate(zip(results["rounds"], recording.rounds, strict=True), 1):
        assert (told["round"], told["steps"], told["human_steps"]) == (number, end.steps, end.human_steps)
        assert told["intervention_rate"] == pytest.approx(end.human_steps / end.steps)
        assert told["seconds_to_policy"] > 0
        assert set(told["theta"]) == set(CARD.feature_names)


def test_its_recording_is_whole_and_every_round_ended_with_a_policy(
    unattended: tuple["subprocess.CompletedProcess[str]", SessionFolder],
) -> None:
    folder = unattended[1]
    recording = read_recording(folder.recording, TYPES)
    assert recording.loss == ""
    assert len(steps(recording)) == 60
    assert {report.cause for report in recording.reports} >= {end.id for end in recording.rounds}
    assert all(isinstance(report, LearnerReport) for report in recording.reports)
    assert len({step.policy_version for step in steps(recording)}) >= 2
    assert folder.read_config() == recording.config
    kept = {path.stem for path in folder.policies.iterdir()}
    assert kept == {f"{swap.version}-{swap.hash}" for swap in recording.swaps}


def test_replay_verifies_it_across_the_swaps(
    unattended: tuple["subprocess.CompletedProcess[str]", SessionFolder],
) -> None:
    folder = unattended[1]
    done = finished("mereq", "replay", "last", "--verify", "--sessions", folder.path.parent)
    versions = [step.policy_version for step in steps(read_recording(folder.recording, TYPES))]
    swaps = sum(before != after for before, after in pairwise(versions))
    assert swaps >= 1
    assert done.stdout == f"{folder.name}: verified 60 steps, {swaps} swaps (bit by bit)\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_replay_finds_a_byte_that_was_flipped(
    unattended: tuple["subprocess.CompletedProcess[str]", SessionFolder], tmp_path: Path
) -> None:
    copy = SessionFolder(tmp_path / "copy")
    shutil.copytree(unattended[1].path, copy.path)
    data = bytearray(copy.recording.read_bytes())
    data[len(data) // 2] ^= 1
    copy.recording.write_bytes(data)
    done = finished("mereq", "replay", copy.path, "--verify")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error:")
    assert "damaged" in line


def test_replay_finds_an_action_that_was_changed(
    unattended: tuple["subprocess.CompletedProcess[str]", SessionFolder],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = SessionFolder(tmp_path / "copy")
    shutil.copytree(unattended[1].path, copy.path)
    recording = read_recording(copy.recording, TYPES)
    copy.recording.unlink()
    header = SessionHeader(config=recording.config, fingerprint=recording.fingerprint)
    victim = steps(recording)[17]
    with Recorder.create(copy.recording, header) as recorder:
        for time_ns, topic, record in recording.timeline:
            recorder.write(topic, changed(record) if record is victim else record, time_ns)
    assert verify_session(copy) == 1
    said = capsys.readouterr().out
    assert f"step {victim.step}: " in said
    assert "after 17 steps that agree bit by bit" in said


def changed(step: Transition) -> Transition:
    """The same step with another action, for which the same one answers."""
    assert isinstance(step.decision.executed, int)
    other = (step.decision.executed + 1) % len(CARD.actions)
    by_policy = step.decision.authority is Authority.POLICY
    actions = {"policy_action": other} if by_policy else {"human_action": other}
    decision = msgspec.structs.replace(step.decision, executed=other, **actions)
    return msgspec.structs.replace(step, decision=decision)


def test_replay_finds_a_policy_that_is_not_the_one_that_drove(
    unattended: tuple["subprocess.CompletedProcess[str]", SessionFolder],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = SessionFolder(tmp_path / "copy")
    shutil.copytree(unattended[1].path, copy.path)
    first, second = (
        copy.policy_path(swap.version, swap.hash) for swap in read_recording(copy.recording, TYPES).swaps[:2]
    )
    shutil.copy(second, first)
    with pytest.raises(ValueError, match="is not that of its name"):
        verify_session(copy)
    assert capsys.readouterr().out == ""


def test_with_no_display_it_says_so_and_does_the_same_unattended(
    unattended: tuple["subprocess.CompletedProcess[str]", SessionFolder], tmp_path: Path
) -> None:
    done = finished("mereq-teleop", "--sessions", tmp_path, *UNATTENDED)
    assert (done.returncode, done.stdout) == (0, "")
    assert "no display" in done.stderr.splitlines()[0]
    assert "simulated expert drives unattended" in done.stderr.splitlines()[0]
    (folder,) = sessions_in(tmp_path)
    again, before = (read_recording(one.recording, TYPES) for one in (folder, unattended[1]))
    assert steps(again) == steps(before)
    assert [report.weights for report in again.reports] == [report.weights for report in before.reports]
    assert driven(again) == driven(before)
