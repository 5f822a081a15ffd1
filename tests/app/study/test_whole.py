"""A whole study by the real command, in which the process was killed once, and everything that it leaves behind."""

import csv
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from mereq_teleop.app.cli import guarded, tools_with
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.study.file import Page, read_study
from mereq_teleop.app.study.log import Answer, Cut, StudyLog, read_log
from mereq_teleop.app.study.plan import Asking
from mereq_teleop.app.study.progress import progress_of
from mereq_teleop.app.study.run import Setting, take_part
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.reader import read_recording
from tests.app.study.samples import ANSWERS, STUDY, written
from tests.app.test_end_to_end import BIN, surroundings, until

pytestmark = pytest.mark.slow

PATIENCE_S = 400.0
"""For four sessions and their learners."""


@dataclass
class Left:
    """What the study left behind."""

    file: Path
    done: "subprocess.CompletedProcess[str]"
    killed: str
    """Name of the session in which the process was killed."""

    @property
    def folder(self) -> Path:
        return self.file.parent / "small-data"

    @property
    def root(self) -> Path:
        return self.folder / "sessions"

    def session(self, name: str) -> SessionFolder:
        return SessionFolder(self.root / name)

    def rows(self) -> list[dict[str, str]]:
        with (self.folder / "study.csv").open(newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("study")
    file, answers = written(folder), written(folder, ANSWERS, "answers.toml")
    told = ("--headless", "--device", "simulated", "--answers", str(answers))
    command = [str(BIN / "mereq"), "study", str(file), *told]
    with subprocess.Popen(command, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        root = folder / "small-data" / "sessions"
        until(lambda: [of for of in sessions_in(root) if (of.path / "config.json").exists()], "the first session")
        process.kill()
    (killed,) = sessions_in(root)
    done = subprocess.run(command, env=surroundings(), capture_output=True, text=True, timeout=PATIENCE_S)
    return Left(file, done, killed.name)


def test_it_goes_on_after_the_kill_and_ends_with_a_table_and_a_page(left: Left) -> None:
    assert left.done.returncode == 0, left.done.stderr
    assert f"P1 was interrupted in 'run-blunt-1'; what was recorded is kept in {left.killed}" in left.done.stderr
    assert left.done.stdout.split() == [str(left.folder / "study.csv"), str(left.folder / "report.html")]
    page = (left.folder / "report.html").read_text("utf-8")
    for words in ("by condition", "blunt", "keen", "Questionnaire by condition", "NASA-TLX, raw", "the second: 2"):
        assert words in page


def test_a_row_is_a_participant_a_condition_and_a_round(left: Left) -> None:
    rows = left.rows()
    assert [(row["participant"], row["condition"], row["position"], row["round"]) for row in rows] == [
        ("P1", "blunt", "1", "1"),
        ("P1", "keen", "2", "1"),
        ("P2", "keen", "1", "1"),
        ("P2", "blunt", "2", "1"),
    ]
    for row in rows:
        assert (row["run"], row["seed"], row["steps"]) == ("1", "5", "8")
        assert row["method"] == {"blunt": "mereq", "keen": "mereq-np"}[row["condition"]]
        assert float(row["intervention_rate"]) == int(row["human_steps"]) / 8
        assert row["session"] != left.killed
        keen = (row["participant"], row["condition"]) == ("P2", "keen")
        mental = 100 if keen else 40
        assert (row["tlx.mental"], row["trust"]) == (str(mental), "2" if keen else "5")
        assert float(row["tlx.raw"]) == pytest.approx((mental + 5 + 50 + 20 + 60 + 10) / 6)
        assert row["end.liked"] == "the second"
        assert {"theta.right_lane", "takeovers", "expert_samples", "seconds_to_policy"} <= set(row)


def test_every_drive_is_a_session_that_says_whose_it_is_on_the_same_traffic(left: Left) -> None:
    assert {row["session"] for row in left.rows()} | {left.killed} == {of.name for of in sessions_in(left.root)}
    seeds = set()
    for row in left.rows():
        recording = read_recording(left.session(row["session"]).recording, TYPES)
        settings = recording.config.settings
        assert (settings["participant"], settings["condition"]) == (row["participant"], row["condition"])
        assert settings["practice"] is False
        assert recording.loss == ""
        seeds.add(recording.episodes[0].seed)
    assert len(seeds) == 1


def test_the_cut_session_is_kept_and_named_and_the_next_one_is_the_second_attempt(
    left: Left, capsys: pytest.CaptureFixture[str]
) -> None:
    events = read_log(left.folder / "study.jsonl")
    (cut,) = [event for event in events if isinstance(event, Cut)]
    assert (cut.participant, cut.step, cut.attempt, cut.session) == ("P1", "run-blunt-1", 1, left.killed)
    again = next(row["session"] for row in left.rows())
    assert left.session(again).read_config().settings["attempt"] == 2
    assert guarded(tools_with, ["study", str(left.file), "--status"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "P1  2 of 2 drives, finished"
    assert f"run-blunt-1 cut, kept: {left.killed}" in lines


def test_a_finished_study_drives_nothing_more(left: Left) -> None:
    before = (left.folder / "study.jsonl").read_bytes()
    assert guarded(tools_with, ["study", str(left.file), "--headless", "--device", "simulated"]) == 0
    assert (left.folder / "study.jsonl").read_bytes() == before
    table = (left.folder / "study.csv").read_text()
    assert guarded(tools_with, ["study", str(left.file), "--results"]) == 0
    assert (left.folder / "study.csv").read_text() == table


def test_a_study_of_a_pilot_takes_no_people_and_a_changed_file_no_runs(
    left: Left, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert guarded(tools_with, ["study", str(left.file), "--participant", "P1"]) == 2
    assert "holds a pilot with simulated experts" in capsys.readouterr().err
    other = written(tmp_path, STUDY.replace("Hello.", "Good day."))
    for asked in ("--status", "--results", "--headless"):
        assert guarded(tools_with, ["study", str(other), "--folder", str(left.folder), asked]) == 2
        assert "start[0].text Hello. -> Good day." in capsys.readouterr().err


class Shy:
    """A person who leaves at the first page or question; none ever comes to a drive."""

    def read(self, page: Page) -> bool:
        return False

    def ask(self, participant: str, asking: Asking) -> dict[str, Answer] | None:
        return None

    def before_drive(self) -> None:
        raise AssertionError("a person who left does not drive")

    def close(self) -> None:
        """Nothing is open."""


def test_after_an_interruption_at_any_point_it_goes_on_with_what_is_due(left: Left, tmp_path: Path) -> None:
    study, data = read_study(left.file), (left.folder / "study.jsonl").read_bytes()
    lines = data.splitlines(keepends=True)
    setting = Setting(study=study, root=left.root, headless=True, device="simulated")
    for size in range(1, len(lines) + 1):
        path = tmp_path / f"{size}.jsonl"
        # Killed in the middle of the next line, too.
        path.write_bytes(b"".join(lines[:size]) + (lines[size][:20] if size < len(lines) else b""))
        with StudyLog(path) as log:
            before = {who: progress_of(study, who, log.events) for who in study.participants}
            for who, was in before.items():
                code = take_part(setting, log, who, Shy())
                now = progress_of(study, who, log.events)
                dangling = was.dangling
                whole = dangling is not None and (dangling.step, dangling.attempt) in driven_in(data, who)
                expected = [step.id for step in was.due]
                if whole and dangling is not None:
                    # Its session was driven to the end before the kill: that is known by what is on the disk.
                    assert now.done[dangling.step].session
                    expected.remove(dangling.step)
                assert [step.id for step in now.due] == expected
                assert now.dangling is None
                assert code == (130 if expected else 0)
                assert len(now.done) + len(now.due) == len(now.steps)


def driven_in(data: bytes, who: str) -> set[tuple[str, int]]:
    """Drives of a participant that came to their end in the whole study: step and attempt."""
    events = [of for line in data.splitlines() if (of := json.loads(line)).get("participant") == who]
    cut = {(of["step"], of["attempt"]) for of in events if of["type"] == "cut"}
    return {(of["step"], of["attempt"]) for of in events if of.get("session")} - cut
