"""`mereq replay --verify`: what was changed in a session is found and named; several sessions make a table."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.app.cli import guarded, tools_with
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Authority, Record, Transition
from tests.app.driven import HIGHWAY, drive, network, read, steps

Damage = Callable[[SessionFolder], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SessionFolder:
    return drive(tmp_path_factory.mktemp("whole"), 30, HIGHWAY)


@pytest.fixture
def copy(whole: SessionFolder, tmp_path: Path) -> SessionFolder:
    shutil.copytree(whole.path, tmp_path / whole.name)
    return SessionFolder(tmp_path / whole.name)


def replay(*arguments: str | Path) -> int:
    return guarded(tools_with, ["replay", *map(str, arguments)])


def rewrite(
    folder: SessionFolder, change: Callable[[Recording, Record], Record], header: SessionHeader | None = None
) -> None:
    """Record the session again with other records."""
    recording = read(folder)
    folder.recording.unlink()
    kept = header or SessionHeader(config=recording.config, fingerprint=recording.fingerprint)
    with Recorder.create(folder.recording, kept) as recorder:
        for time_ns, topic, record in recording.timeline:
            recorder.write(topic, change(recording, record), time_ns)


def flip_a_byte(folder: SessionFolder) -> None:
    data = bytearray(folder.recording.read_bytes())
    data[len(data) // 2] ^= 1
    folder.recording.write_bytes(data)


def change_an_action(folder: SessionFolder, other: int = 3) -> None:
    def change(recording: Recording, record: Record) -> Record:
        if not isinstance(record, Transition) or record.step != 4 or record.decision.authority is not Authority.HUMAN:
            return record
        decision = msgspec.structs.replace(record.decision, executed=other, human_action=other)
        return msgspec.structs.replace(record, decision=decision)

    rewrite(folder, change)


def change_a_policy(folder: SessionFolder) -> None:
    (path,) = folder.policies.glob("1-*")
    path.write_bytes(network(card_of("highway"), 99, 1).to_bytes())


def lose_a_policy(folder: SessionFolder) -> None:
    (path,) = folder.policies.glob("1-*")
    path.unlink()


def cut(folder: SessionFolder) -> None:
    # Only the end marks: as a session that was killed between two flushes.
    os.truncate(folder.recording, folder.recording.stat().st_size - 100)


def impossible(folder: SessionFolder) -> None:
    change_an_action(folder, other=17)


def unknown_task(folder: SessionFolder) -> None:
    recording = read(folder)
    config = msgspec.structs.replace(recording.config, task="unicycle", env="unicycle-v0")
    rewrite(folder, lambda _, record: record, SessionHeader(config=config, fingerprint=recording.fingerprint))


def newer(folder: SessionFolder) -> None:
    recording = read(folder)
    header = SessionHeader(config=recording.config, fingerprint=recording.fingerprint, format=99)
    rewrite(folder, lambda _, record: record, header)


def other_machine(folder: SessionFolder) -> None:
    recording = read(folder)
    other = msgspec.structs.replace(recording.fingerprint, cpu="another")
    rewrite(folder, lambda _, record: record, SessionHeader(config=recording.config, fingerprint=other))


CASES = [
    (flip_a_byte, 1, "unreadable", "session.mcap is damaged"),
    (change_an_action, 1, "differs", "episode 0, step 4: next_obs"),
    (change_a_policy, 1, "unreadable", "the content is not that of its name"),
    (lose_a_policy, 1, "unreadable", "cannot read"),
    (impossible, 1, "unreadable", "episode 0, step 4: the recorded action 17 cannot be taken"),
    (unknown_task, 1, "unreadable", "is a session of task 'unicycle'"),
    (newer, 1, "unreadable", "has format 99"),
    (cut, 0, "cut", "the recording was cut"),
    (other_machine, 0, "ok", "within 0.0001, not bit by bit: cpu another -> "),
]


@pytest.mark.parametrize(("damage", "code", "outcome", "words"), CASES, ids=[case[0].__name__ for case in CASES])
def test_what_was_changed_is_found_and_named(
    copy: SessionFolder, damage: Damage, code: int, outcome: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(copy)
    before = {path: path.read_bytes() for path in copy.path.rglob("*") if path.is_file()}
    assert replay(copy.path, "--verify") == code
    alone = capsys.readouterr()
    assert words in alone.out + alone.err
    assert replay("all", "--verify", "--sessions", copy.path.parent) == code
    line, sums = capsys.readouterr().out.splitlines()
    assert line.startswith(copy.name)
    assert f"{outcome}: " in line
    assert words in line
    assert sums == f"1 sessions: 1 {outcome}"
    assert {path: path.read_bytes() for path in copy.path.rglob("*") if path.is_file()} == before


def test_a_folder_of_sessions_makes_a_table_with_sums(
    whole: SessionFolder, copy: SessionFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    second = SessionFolder(copy.path.parent / "second")
    shutil.copytree(copy.path, second.path)
    flip_a_byte(second)
    (copy.path.parent / "no-session").mkdir()
    assert replay(copy.path.parent, whole.path, "--verify") == 1
    first, other, third, sums = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{copy.name} {30:>7} steps {2:>4} swaps  ok: bit by bit")
    assert other.startswith("second")
    assert third.startswith(whole.name)
    assert sums == "3 sessions: 2 ok, 1 unreadable"


def test_a_session_that_goes_on_is_said_to_be_running(copy: SessionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    recording = read(copy)
    copy.recording.unlink()
    header = SessionHeader(config=recording.config, fingerprint=recording.fingerprint)
    with Recorder.create(copy.recording, header):
        assert replay(copy.path, "--verify") == 0
        assert replay("all", "--verify", "--sessions", copy.path.parent) == 0
        assert capsys.readouterr().out.count("still running") == 3
    assert replay(copy.path, "--verify") == 0
    assert "verified 0 steps" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing-like-it", "--verify"], "no session 'nothing-like-it'"),
        (["nothing-like-it"], "no session 'nothing-like-it'"),
        ([], "session is missing"),
        (["last", "--verify", "--policy", "1"], "--policy is for the window"),
        (["last", "last"], "a window shows one session"),
        (["last", "--policy", "9"], "no policy 9 drove in"),
        (["last", "--policy", "nowhere.safetensors"], "nowhere.safetensors: No such file"),
        (["last", "--step", "31"], "has 30 steps, 0 to 30"),
        (["last", "--at", "31s"], "is over after 30 s"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_two(
    copy: SessionFolder, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(*arguments, "--sessions", copy.path.parent) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert words in said.err


def test_another_tasks_policy_is_refused_by_name(copy: SessionFolder, capsys: pytest.CaptureFixture[str]) -> None:
    other = copy.path.parent / "other.safetensors"
    other.write_bytes(network(card_of("pusher"), 1).to_bytes())
    assert replay(copy.path, "--policy", other) == 2
    assert "is for task 'pusher', not for 'highway'" in capsys.readouterr().err


@pytest.mark.parametrize("damage", [flip_a_byte, unknown_task, newer])
def test_the_window_does_not_open_on_what_cannot_be_read(
    copy: SessionFolder, damage: Damage, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(copy)
    assert replay(copy.path) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_cut_session_can_still_be_looked_at(copy: SessionFolder) -> None:
    from mereq_teleop.app.replay_window import Stage

    cut(copy)
    stage = Stage(copy)
    assert len(stage.steps) == len(steps(read(copy)))
    assert "was cut" in stage.track.marks[-1].words
