from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mereq_teleop.sessions.errors import FolderError, LabelError
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.labels import Labels, annotate, read_labels, tag, untag

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
tags = st.lists(st.from_regex(r"[a-z][a-z0-9.:-]{0,8}", fullmatch=True), min_size=1, max_size=5)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tags, tags)
def test_tags_are_a_set_that_survives_the_disk(tmp_path: Path, first: list[str], second: list[str]) -> None:
    folder = SessionFolder(tmp_path)
    folder.labels.unlink(missing_ok=True)
    tag(folder, first)
    annotate(folder, "kept", NOW)
    tag(folder, second)
    assert read_labels(folder).tags == tuple(sorted({*first, *second}))
    untag(folder, second)
    assert read_labels(folder).tags == tuple(sorted(set(first) - set(second)))
    assert [remark.text for remark in read_labels(folder).notes] == ["kept"]


def test_a_note_has_its_time(tmp_path: Path) -> None:
    (remark,) = annotate(SessionFolder(tmp_path), "  a word ", NOW).notes
    assert (remark.text, remark.time_utc) == ("a word", "2030-01-02T03:04:05+00:00")


@pytest.mark.parametrize("text", ["", "two words", "-dash", "x" * 41, "a/b", "a\n"])
def test_what_is_no_tag_is_refused_and_nothing_is_written(tmp_path: Path, text: str) -> None:
    folder = SessionFolder(tmp_path)
    with pytest.raises(LabelError, match="is no tag"):
        tag(folder, ["good", text])
    assert read_labels(folder) == Labels()
    assert not folder.labels.exists()


def test_a_tag_that_is_not_there_takes_none_away(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    tag(folder, ["a", "b"])
    with pytest.raises(LabelError, match="has no tag 'c'; it has a, b"):
        untag(folder, ["a", "c"])
    assert read_labels(folder).tags == ("a", "b")


@pytest.mark.parametrize("text", [" ", "x" * 2001])
def test_a_note_is_neither_empty_nor_a_book(tmp_path: Path, text: str) -> None:
    with pytest.raises(LabelError, match="1 to 2000 characters"):
        annotate(SessionFolder(tmp_path), text, NOW)


def test_labels_that_are_none_are_named_and_kept(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    folder.labels.write_text('{"tags": 3}')
    with pytest.raises(FolderError, match=r"labels\.json holds no labels"):
        tag(folder, ["a"])
    assert folder.labels.read_text() == '{"tags": 3}'
