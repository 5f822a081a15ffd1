"""What a person says of a session afterwards: tags and notes, in labels.json of its folder."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from mereq_teleop.sessions.errors import FolderError, LabelError
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import decode_json

__all__ = ["Labels", "Remark", "annotate", "checked_tag", "read_labels", "tag", "untag"]

MAX_TEXT = 2000
_TAG = re.compile(r"[\w][\w.+:-]{0,39}")


class Remark(Record):
    """A note on a session."""

    time_utc: str
    """ISO 8601."""
    text: str


class Labels(Record, kw_only=True):
    """Tags in alphabetical order, notes in the order in which they were made."""

    tags: tuple[str, ...] = ()
    notes: tuple[Remark, ...] = ()


def read_labels(folder: SessionFolder) -> Labels:
    """The session's labels; none if there is no such file.

    Raises:
        FolderError: the file cannot be read or is none of ours.
    """
    if not folder.labels.exists():
        return Labels()
    said = f"{folder.labels} holds no labels; mend it or delete it"
    return decode_json(folder.read_labels(), Labels, said, FolderError)


def tag(folder: SessionFolder, tags: Iterable[str]) -> Labels:
    """Add tags; those that are there stay.

    Raises:
        LabelError: a tag is not a word.
        FolderError: the labels cannot be read or written.
    """
    labels = read_labels(folder)
    return _write(folder, labels, {*labels.tags, *map(checked_tag, tags)})


def untag(folder: SessionFolder, tags: Iterable[str]) -> Labels:
    """Take tags away.

    Raises:
        LabelError: the session does not have one of them; then none is taken away.
        FolderError: the labels cannot be read or written.
    """
    labels, unwanted = read_labels(folder), set(tags)
    if missing := sorted(unwanted.difference(labels.tags)):
        has = ", ".join(labels.tags) or "none"
        raise LabelError(f"{folder.name} has no tag {missing[0]!r}; it has {has}")
    return _write(folder, labels, set(labels.tags) - unwanted)


def annotate(folder: SessionFolder, text: str, now: datetime) -> Labels:
    """Add a note.

    Raises:
        LabelError: the text is empty or too long.
        FolderError: the labels cannot be read or written.
    """
    text = text.strip()
    if not 0 < len(text) <= MAX_TEXT:
        raise LabelError(f"a note has 1 to {MAX_TEXT} characters, this one {len(text)}")
    labels = read_labels(folder)
    remark = Remark(time_utc=now.astimezone(UTC).isoformat(timespec="seconds"), text=text)
    labels = Labels(tags=labels.tags, notes=(*labels.notes, remark))
    folder.write_labels(msgspec.json.format(msgspec.json.encode(labels)))
    return labels


def checked_tag(text: str) -> str:
    """The text, if it can be a tag.

    Raises:
        LabelError: it is not one word of at most 40 letters, digits, and _ . + : -.
    """
    if not _TAG.fullmatch(text):
        raise LabelError(f"{text!r} is no tag: wanted one word of at most 40 letters, digits, and _ . + : -")
    return text


def _write(folder: SessionFolder, labels: Labels, tags: set[str]) -> Labels:
    labels = Labels(tags=tuple(sorted(tags)), notes=labels.notes)
    folder.write_labels(msgspec.json.format(msgspec.json.encode(labels)))
    return labels
