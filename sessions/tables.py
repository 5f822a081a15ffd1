"""Sessions as CSV files for statistics: a row a step, a row a segment, a row a round, and what each column means."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Action
from mereq_teleop.sessions.steps import RecordedStep, steps_of

__all__ = ["TABLES", "write_tables"]

TABLES = ("steps.csv", "segments.csv", "rounds.csv", "columns.csv")
"""The files that `write_tables` makes."""

Row = Sequence[Any]


class Column(NamedTuple):
    """One column and what it means."""

    name: str
    unit: str
    meaning: str


def write_tables(sessions: Sequence[tuple[str, Recording]], card: TaskCard, folder: Path) -> int:
    """Write all tables of the sessions (names and recordings, all of this card's task); returns how many steps.

    Raises:
        FolderError: a file cannot be written.
    """
    steps = [(name, recording, steps_of(recording)) for name, recording in sessions]
    tables = {
        "steps.csv": (_step_columns(card, sessions), _step_rows(card, steps)),
        "segments.csv": (_SEGMENTS, _segment_rows(sessions)),
        "rounds.csv": (_ROUNDS, _round_rows(sessions)),
    }
    about = [(table, *column) for table, (columns, _) in tables.items() for column in columns]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table, (columns, rows) in tables.items():
            _write(folder / table, [column.name for column in columns], rows)
        _write(folder / "columns.csv", ("table", "column", "unit", "meaning"), about)
    except OSError as error:
        raise FolderError(f"cannot write {error.filename or folder}: {error.strerror}") from None
    return sum(len(of_session) for _, _, of_session in steps)


def _write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


_SESSION = Column("session", "", "name of the session")
_EPISODE = Column("episode", "", "episode of the session, from 0")
_AUTHORITY = Column("authority", "", "who had control: policy, human, or safe (a neutral action)")
_RETRACTED = Column("retracted", "0 or 1", "whether the operator took the segment back")
_SEGMENTS = (
    _SESSION,
    Column("segment", "", "id of the segment"),
    Column("round", "", "outer iteration, from 1"),
    _EPISODE,
    Column("seed", "", "of the episode's reset"),
    Column("start", "steps", "first step of the episode that is in it"),
    Column("stop", "steps", "first step that is not"),
    _AUTHORITY,
    _RETRACTED,
)
_ROUNDS = (
    _SESSION,
    Column("round", "", "outer iteration, from 1"),
    Column("steps", "steps", "under policy or human"),
    Column("human_steps", "steps", "under the human"),
    Column("intervention_rate", "0..1", "human_steps / steps"),
)


def _step_columns(card: TaskCard, sessions: Sequence[tuple[str, Recording]]) -> tuple[Column, ...]:
    width = max((len(step.obs) for _, recording in sessions for e in recording.episodes for step in e.transitions[:1]))
    sides = (("policy", "what the policy wanted"), ("human", "what the human did"), ("executed", "what was done"))
    actions: list[Column] = []
    for side, meaning in sides:
        if card.discrete:
            actions.append(Column(f"{side}_action", "name", f"{meaning}; empty for nothing"))
        for axis in card.axes:
            actions.append(Column(f"{side}_{axis.name}", axis.unit, f"{meaning} along this axis; empty for nothing"))
    return (
        _SESSION,
        Column("time_s", "s", "since the session's first event, by the wall clock"),
        Column("world_time_s", "s", "since the episode's reset, in the world"),
        _EPISODE,
        Column("take", "", "counts how often an episode was begun or rewound, from 0 over the session"),
        Column("step", "steps", "of the episode, from 0"),
        Column("round", "", "outer iteration, from 1; empty if the recording ends before its segment was closed"),
        Column("segment", "", "id of the segment; empty likewise"),
        _RETRACTED,
        _AUTHORITY,
        Column("intervention", "0 or 1", "whether the human had control"),
        Column("policy_version", "", "version of the policy that drove or was asked"),
        *actions,
        *(Column(f"feature_{feature.name}", feature.unit, feature.meaning) for feature in card.features),
        Column("reward", "", "the prior's reward of the step"),
        Column("terminated", "0 or 1", f"the episode ended by itself ({_ends(card)})"),
        Column("truncated", "0 or 1", "the episode ended by its horizon"),
        *(Column(f"observation_{i}", "", "before the step, row by row") for i in range(width)),
    )


def _ends(card: TaskCard) -> str:
    return f"a crash where {card.crash_feature} is not 0" if card.termination == "either" else card.termination


def _step_rows(card: TaskCard, steps: Sequence[tuple[str, Recording, tuple[RecordedStep, ...]]]) -> Iterator[Row]:
    for name, recording, of_session in steps:
        first_ns = recording.timeline[0].time_ns if recording.timeline else 0
        for step in of_session:
            transition, decision = step.transition, step.transition.decision
            wall_s = (recording.timeline[step.line].time_ns - first_ns) / 1e9
            yield (
                name,
                f"{wall_s:.6f}",
                f"{transition.step / card.control_rate_hz:g}",
                step.episode,
                step.take,
                transition.step,
                "" if step.mark is None else step.mark.round,
                "" if step.mark is None else step.mark.id,
                int(step.retracted),
                decision.authority,
                int(decision.authority == "human"),
                transition.policy_version,
                *_action(card, decision.policy_action),
                *_action(card, decision.human_action),
                *_action(card, decision.executed),
                *transition.features,
                transition.reward,
                int(transition.terminated),
                int(transition.truncated),
                *transition.obs,
            )


def _action(card: TaskCard, action: Action | None) -> Row:
    if action is None:
        return ("",) * max(len(card.axes), 1)
    return action if isinstance(action, tuple) else (card.actions[action],)


def _segment_rows(sessions: Sequence[tuple[str, Recording]]) -> Iterator[Row]:
    for name, recording in sessions:
        retracted = recording.retracted
        for s in recording.segments:
            yield name, s.id, s.round, s.episode, s.seed, s.start, s.stop, s.authority, int(s.id in retracted)


def _round_rows(sessions: Sequence[tuple[str, Recording]]) -> Iterator[Row]:
    for name, recording in sessions:
        for end in recording.rounds:
            yield name, end.round, end.steps, end.human_steps, end.human_steps / end.steps if end.steps else ""
