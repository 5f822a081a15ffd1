"""`mereq export` on a recording of the real simulator."""

import csv
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from mereq_teleop.app.cli import guarded, tools_with
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.footage import Look, Piece, footage, moments, piece_of
from mereq_teleop.app.gif import write_pictures
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.window.film import Film
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.steps import steps_of
from tests.app.test_actor import acting

SMALL = ("--width", "240", "--height", "160")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sessions of which one has 45 steps in two episodes, and the others something wrong."""
    root = tmp_path_factory.mktemp("sessions")
    with acting(root / "20300101T000000Z-highway-whole1") as rig:
        rig.follow("3 LANE_RIGHT\n6 release\n9 FASTER\n11 release")
        rig.until(45)
    folder = SessionFolder(root / "20300101T000000Z-highway-whole1")
    folder.write_config(read_recording(folder.recording).config)
    data = folder.recording.read_bytes()

    def another(name: str, changed: bytes) -> None:
        made = SessionFolder(root / f"20300102T000000Z-{name}")
        made.path.mkdir()
        made.recording.write_bytes(changed)

    another("highway-cut", data[: int(len(data) * 0.6)])
    another("highway-hurt", data[:400] + bytes([data[400] ^ 0xFF]) + data[401:])
    another("nothing-empty", b"")
    return root


def again(root: Path, folder: Path, **changes: str) -> None:
    """The same session, as if its configuration had been another one."""
    recording = read_recording(root / "20300101T000000Z-highway-whole1", TYPES)
    config = msgspec.structs.replace(recording.config, **changes)
    folder.mkdir()
    header = SessionHeader(config=config, fingerprint=recording.fingerprint)
    with Recorder.create(folder / "session.mcap", header) as recorder:
        for logged in recording.timeline:
            recorder.write(logged.topic, logged.record, logged.time_ns)


def export(root: Path, *arguments: str | Path) -> int:
    return guarded(tools_with, ["export", *map(str, arguments), "--sessions", str(root)])


def test_a_film_has_its_rate_its_length_and_its_world(root: Path, tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "film.mp4"
    where = ("--start", "2", "--stop", "8", "--unit", "steps")
    assert export(root, "whole1", "--to", "mp4", "--output", path, "--fps", "5", "--no-hud", *where, *SMALL) == 0
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, float(stream.average_rate)) == ("h264", 5.0)
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(pictures) == 30
    assert pictures[0].shape == (160, 240, 3)
    # Steps 3, 4 and 5 are the human's: the car has another colour. The picture is that of the live renderer.
    batch = make_batch("highway", 1)
    batch.watch()
    recording = read_recording(root / "20300101T000000Z-highway-whole1", TYPES)
    batch.reset([recording.episodes[0].seed])
    drawn = Film(CARD, (240, 160))
    for step in recording.episodes[0].transitions[:8]:
        batch.step([step.decision.executed])
        if step.step >= 2:
            shot = drawn.picture(batch.frames, 0.0, step.decision.authority)
            expected = np.frombuffer(shot, np.uint8).reshape(160, 240, 3).astype(int)
            assert abs(pictures[5 * (step.step - 2)].astype(int) - expected).mean() < 3.0
    drawn.close()


def test_with_the_hud_the_world_has_a_frame_in_the_driver_s_colour(root: Path) -> None:
    recording = read_recording(root / "20300101T000000Z-highway-whole1", TYPES)
    look = Look(size=(600, 320), fps=1)
    count, _, shots = footage(recording, "whole", Piece(stop=8, unit="steps"), look)
    bands = [np.frombuffer(shot, np.uint8).reshape(320, 600, 3)[4, 300] for shot in shots]
    assert len(bands) == count == 8
    assert [band.tolist() == bands[0].tolist() for band in bands] == [True] * 3 + [False] * 3 + [True] * 2


@pytest.mark.parametrize("to", ["mp4", "gif"])
def test_how_far_it_is_is_told_on_a_terminal_and_else_how_much_it_is(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], to: str
) -> None:
    pytest.importorskip("av")
    what = ("whole1", "--to", to, "--output", tmp_path / f"film.{to}", "--fps", "5", "--stop", "4", "--force", *SMALL)
    assert export(root, *what) == 0
    assert capsys.readouterr().err == "20 pictures of 240 x 160\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert export(root, *what) == 0
    first, bar, _ = capsys.readouterr().err.split("\n")
    assert first == "20 pictures of 240 x 160"
    assert bar.split("\r")[-1].startswith("20 of 20 pictures, ")
    assert bar.endswith("a second, 0 s left\x1b[K")
    assert [path.name for path in tmp_path.iterdir()] == [f"film.{to}"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("to", ["mp4", "gif"])
def test_what_is_interrupted_leaves_nothing_half_written(
    root: Path, tmp_path: Path, number: signal.Signals, to: str
) -> None:
    pytest.importorskip("av")
    code = "from mereq_teleop.app.cli import tools; raise SystemExit(tools())"
    what = ("export", "whole1", "--to", to, "--sessions", str(root))
    with subprocess.Popen(
        [sys.executable, "-c", code, *what], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as command:
        assert command.stderr is not None
        # Said once the file is begun.
        assert command.stderr.readline().endswith("pictures of 1200 x 640\n")
        command.send_signal(number)
        assert "Traceback" not in command.stderr.read()
    assert command.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_a_gif_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "film.gif").mkdir()
    with pytest.raises(AppError, match=r"film\.gif"):
        write_pictures([bytes(3 * 64 * 64)], (64, 64), 0.1, tmp_path / "film.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["film.gif"]


def test_a_gif_repeats_for_ever_at_its_rate(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    assert export(root, "whole1", "--to", "gif", "--output", path, "--episode", "1", "--fps", "5", *SMALL) == 0
    with Image.open(path) as gif:
        assert (gif.size, gif.info["loop"]) == ((240, 160), 0)
        total = 0
        for index in range(getattr(gif, "n_frames", 1)):
            gif.seek(index)
            total += gif.info["duration"]
    assert total == 5000


def test_pieces_are_counted_in_steps_and_in_seconds_of_the_world(root: Path) -> None:
    steps = steps_of(read_recording(root / "20300101T000000Z-highway-whole1"))
    assert piece_of(steps, Piece(), 2.0) == range(45)
    assert piece_of(steps, Piece(episode=1), 2.0) == range(40, 45)
    assert piece_of(steps, Piece(episode=1, start=1, stop=2), 2.0) == range(42, 44)
    assert piece_of(steps, Piece(start=3, stop=1000, unit="steps"), 2.0) == range(3, 45)
    times = list(moments(range(3, 5), 2.0, Look(size=(64, 64), fps=8, speed=2.0)))
    assert times == [(3, 0.0), (3, 0.5), (4, 0.0), (4, 0.5)]
    for wrong in (Piece(episode=2), Piece(start=45, unit="steps")):
        with pytest.raises(Usage):
            piece_of(steps, wrong, 2.0)


def test_tables_and_datasets_are_written_and_never_overwritten_unasked(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    for to, where in (("csv", str(tmp_path / "csv")), ("minari", "mereq/test-v0")):
        assert export(root, "whole1", "cut", "--to", to, "--output", where) == 0
        said = capfd.readouterr().out
        assert "the recording was cut" in said
        assert export(root, "whole1", "--to", to, "--output", where) == (2 if to == "csv" else 1)
        assert "--force" in capfd.readouterr().err
        assert export(root, "whole1", "--to", to, "--output", where, "--force") == 0
        assert "45 steps" in capfd.readouterr().out
    with (tmp_path / "csv" / "steps.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 45


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--to", "csv"), 2, "name a session"),
        (("nowhere", "--to", "csv"), 2, "no session 'nowhere'"),
        (("whole1", "--to", "rosbag"), 2, "rosbag"),
        (("hurt", "--to", "csv"), 1, "is damaged"),
        (("empty", "--to", "mp4"), 1, "ends before its header"),
        (("whole1", "cut", "--to", "gif"), 2, "shows one session, not 2"),
        (("whole1", "--to", "mp4", "--episode", "7"), 2, "has 2 episodes"),
        (("whole1", "--to", "mp4", "--start", "99"), 2, "there are only 45 s"),
        (("whole1", "--to", "mp4", "--start", "5", "--stop", "4"), 2, "must come after --start"),
        (("whole1", "--to", "mp4", "--width", "241"), 2, "even"),
        (("whole1", "--to", "mp4", "--width", "9000"), 2, "64..4096"),
        (("whole1", "--to", "mp4", "--fps", "0"), 2, "--fps"),
        (("whole1", "--to", "mp4", "--speed", "0"), 2, "--speed"),
        (("whole1", "--to", "gif", "--fps", "100"), 2, "too many for a GIF"),
        (("whole1", "--to", "csv", "--start", "3"), 2, "are for films"),
        (("whole1", "--to", "minari", "--output", "no name"), 1, "is no name of a Minari dataset"),
        (("whole1", "--to", "mp4", "--stop", "1", "--output", "/nowhere/a.mp4"), 2, "there is no folder /nowhere"),
        (("whole1", "--to", "gif", "--stop", "1", "--output", "/nowhere/a.gif"), 2, "there is no folder /nowhere"),
        (("whole1", "--to", "csv", "--output", "/dev/null/a"), 1, "/dev/null/a"),
        (("whole1", "--to", "mp4", "--output", "film.txt"), 2, "film.txt is no name of a film of --to mp4"),
        (("whole1", "--to", "mp4", "--output", "film"), 2, "let it end in .mp4"),
        (("whole1", "--to", "mp4", "--output", "film.gif"), 2, "let it end in .mp4"),
        (("whole1", "--to", "gif", "--output", "film.mp4"), 2, "let it end in .gif"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_writes_nothing(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    assert export(root, *arguments) == code
    error = capfd.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_piece_that_is_not_there_is_told_before_a_file_that_is(
    root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"mine")
    assert export(root, "whole1", "--to", "mp4", "--episode", "99", "--output", path) == 2
    assert "--episode 99: the session has 2 episodes" in capfd.readouterr().err
    assert export(root, "whole1", "--to", "mp4", "--episode", "1", "--output", path) == 2
    assert f"{path} exists" in capfd.readouterr().err
    assert path.read_bytes() == b"mine"


def test_a_session_of_a_task_that_is_not_here_names_those_that_are(
    root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    again(root, tmp_path / "20300103T000000Z-hover-odd", task="hover", env="hover-v0")
    for to in ("csv", "minari", "mp4"):
        output = tmp_path / "y.mp4" if to == "mp4" else "x/y-v0"
        assert export(tmp_path, "odd", "--to", to, "--output", output) == 1
        assert "task 'hover'" in (error := capfd.readouterr().err)
        assert "mountain-car, pusher" in error


def test_sessions_of_two_worlds_make_no_dataset(root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "20300103T000000Z-highway-dense1"
    again(root, other, env="highway-dense-v0")
    assert export(root, "whole1", other, "--to", "csv", "--output", tmp_path / "out") == 2
    assert "is of highway-basic-v0" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_is_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert export(root, "whole1", "--to", "mp4", "--stop", "1", "--output", tmp_path / "a.mp4") == 1
    assert "pip install 'mereq-teleop[export]'" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []
