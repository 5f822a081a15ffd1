"""What a log keeps when the power fails at any byte of it, and who may write it."""

from pathlib import Path

import pytest

from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.study.log import Began, Cut, Done, Event, StudyLog, read_log
from mereq_teleop.app.study.opening import open_study
from mereq_teleop.app.study.plan import schedule
from mereq_teleop.app.study.progress import progress_of, status_lines
from tests.app.study.samples import made


def ofs(kind: type[Began] | type[Done] | type[Cut], step: str, attempt: int = 1, who: str = "P1") -> Event:
    return kind(time_utc="2030-01-02T03:04:05.000+00:00", participant=who, step=step, attempt=attempt)


EVENTS = [
    ofs(Began, "start-1"),
    ofs(Done, "start-1"),
    ofs(Began, "run-blunt-1"),
    ofs(Cut, "run-blunt-1"),
    ofs(Began, "run-blunt-1", 2),
    ofs(Done, "run-blunt-1", 2),
]


def test_events_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "study.jsonl"
    assert read_log(path) == ()
    with StudyLog(path) as log:
        for event in EVENTS:
            log.add(event)
            assert read_log(path) == tuple(log.events)
    with StudyLog(path) as log:
        assert log.events == EVENTS


def test_a_log_that_was_cut_at_any_byte_keeps_every_whole_line_and_takes_more(tmp_path: Path) -> None:
    path = tmp_path / "study.jsonl"
    with StudyLog(path) as log:
        for event in EVENTS:
            log.add(event)
    data = path.read_bytes()
    for size in range(len(data) + 1):
        path.write_bytes(data[:size])
        whole = data[:size].count(b"\n")
        assert list(read_log(path)) == EVENTS[:whole]
        with StudyLog(path) as log:
            log.add(EVENTS[0])
        assert list(read_log(path)) == [*EVENTS[:whole], EVENTS[0]]


@pytest.mark.parametrize("line", [b"", b"{}", b'{"type":"done"}', b"\xff", b'{"type":"fled","participant":"P1"}'])
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "study.jsonl"
    with StudyLog(path) as log:
        log.add(EVENTS[0])
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(AppError, match="line 2 is no event of a study"):
        read_log(path)


def test_two_cannot_write_one_log(tmp_path: Path) -> None:
    path = tmp_path / "study.jsonl"
    with StudyLog(path), pytest.raises(Usage, match="another mereq study writes"):
        StudyLog(path)
    with StudyLog(path) as log:
        assert log.events == []


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AppError, match="cannot write the study's log"):
        StudyLog(tmp_path / "file" / "study.jsonl")


def test_a_changed_file_is_refused_and_the_change_named(tmp_path: Path) -> None:
    study = made(tmp_path)
    other = made(tmp_path, ("Hello.", "Welcome, you."))
    with StudyLog(tmp_path / "study.jsonl") as log:
        assert open_study(log, study, pilot=False, amend=False) == ()
        assert open_study(log, study, pilot=False, amend=False) == ()
        assert len(log.events) == 1
        with pytest.raises(Usage, match=r"start\[0\]\.text Hello\. -> Welcome, you\.; put it back, or .* --amend"):
            open_study(log, other, pilot=False, amend=False)
        assert open_study(log, other, pilot=False, amend=True) == ("start[0].text Hello. -> Welcome, you.",)
        assert open_study(log, other, pilot=False, amend=False) == ()
        with pytest.raises(Usage, match="holds what people did"):
            open_study(log, other, pilot=True, amend=False)


@pytest.mark.parametrize(
    "change",
    [
        ('["P1", "P2"]', '["P2", "P1"]'),
        ('["P1", "P2"]', '["P2"]'),
        ("seeds = [5]", "seeds = [5, 6]"),
        ('name = "keen"', 'name = "sharp"'),
        ("[flags]", "[practice]\n\n[flags]"),
    ],
)
def test_what_somebody_drives_cannot_be_amended_once_they_began(tmp_path: Path, change: tuple[str, str]) -> None:
    study, other = made(tmp_path), made(tmp_path, change)
    with StudyLog(tmp_path / "a.jsonl") as log:
        open_study(log, study, pilot=False, amend=False)
        log.add(EVENTS[0])
        with pytest.raises(Usage, match="P1 has begun"):
            open_study(log, other, pilot=False, amend=True)
        more = made(tmp_path, ('["P1", "P2"]', '["P1", "P2", "P3"]'))
        assert open_study(log, more, pilot=False, amend=True) == ("participants[2] nothing -> P3",)
    with StudyLog(tmp_path / "b.jsonl") as log:
        open_study(log, study, pilot=False, amend=False)
        assert open_study(log, other, pilot=False, amend=True) != ()


def test_what_is_due_is_all_that_is_not_done_in_the_order_of_the_plan(tmp_path: Path) -> None:
    study = made(tmp_path)
    steps = [step.id for step in schedule(study, 0)]
    for size in range(len(EVENTS) + 1):
        found = progress_of(study, "P1", EVENTS[:size])
        assert [*found.done, *(step.id for step in found.due)] == (
            steps if size < 6 else ["start-1", "run-blunt-1", *steps[2:]]
        )
        assert (found.dangling is not None) == (size in (1, 3, 5))
        assert progress_of(study, "P2", EVENTS[:size]).done == {}
    assert found.attempts("run-blunt-1") == 1


def test_the_status_says_who_is_where(tmp_path: Path) -> None:
    told = status_lines(made(tmp_path), EVENTS[:5])
    assert told[0] == "P1  0 of 2 drives, next: run-blunt-1"
    assert told[1].strip() == "run-blunt-1 goes on, or was killed in the middle"
    assert told[-1] == "P2  0 of 2 drives, not begun"
