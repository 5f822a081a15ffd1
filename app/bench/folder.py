"""A bench's folder: the plan's settings, and a file for each cell that is finished, so that a kill costs little."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import msgspec

from mereq_teleop.agents.shipped import FOLDER
from mereq_teleop.app.bench.plan import Plan, Settings
from mereq_teleop.app.bench.results import CellResult, Reference
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import decode_json, read_bounded, read_json

__all__ = ["SCHEMA", "BenchFolder", "Header"]

SCHEMA = 1
"""Version of the files; those of another one are not read."""
MAX_BYTES = 16 * 2**20
LIBRARIES = ("mereq-teleop", "torch", "numpy", "numba", "mujoco", "highway-env", "gymnasium")
"""What a cell's numbers depend on."""

Kept = TypeVar("Kept", CellResult, Reference)


class Unreadable(ValueError):
    """A file of the folder is too large or none of ours."""


class Header(Record):
    """What all cells of a folder have in common."""

    schema: int
    settings: Settings
    versions: dict[str, str]
    tasks: dict[str, str]
    """Digest of each task's card, prior and experts: a threshold that moved makes other experts."""


class BenchFolder:
    """`bench.json`, `cells/*.json` and `reference/*.json`, each written whole or not at all."""

    def __init__(self, path: Path, plan: Plan) -> None:
        """Open the folder, or make it.

        Raises:
            Usage: it holds a bench of other settings or versions.
            AppError: it cannot be written or read.
        """
        self.path = path
        self.cells = path / "cells"
        self.references = path / "reference"
        header = Header(
            schema=SCHEMA,
            settings=plan.settings,
            versions={name: version(name) for name in LIBRARIES},
            tasks={pair.task: _digest(card_of(pair.task)) for pair in plan.pairs},
        )
        try:
            file = path / "bench.json"
            if not file.exists() and path.is_dir() and any(path.iterdir()):
                raise Usage(f"{path} holds something else than a bench: choose another folder with --out")
            if file.exists():
                header = self._agreed(file, header)
            for inner in (self.cells, self.references):
                inner.mkdir(parents=True, exist_ok=True)
            _write(file, header)
        except OSError as error:
            raise AppError(f"cannot write {path}: {error.strerror}; choose another folder with --out") from None

    def keep(self, result: CellResult | Reference) -> None:
        """Write a finished piece of work.

        Raises:
            AppError: it cannot be written.
        """
        folder, name = (
            (self.cells, result.cell.name) if isinstance(result, CellResult) else (self.references, result.pair.name)
        )
        try:
            _write(folder / f"{name}.json", result)
        except OSError as error:
            raise AppError(f"cannot write {folder}: {error.strerror}; what is there is kept") from None

    def results(self) -> list[CellResult]:
        """Every cell of the folder that ran, failed ones too."""
        return sorted((_read(path, CellResult) for path in self.cells.glob("*.json")), key=lambda done: done.cell)

    def measured(self) -> list[Reference]:
        """The measures of the priors and experts."""
        return sorted((_read(path, Reference) for path in self.references.glob("*.json")), key=lambda done: done.pair)

    def _agreed(self, file: Path, wanted: Header) -> Header:
        """The folder's own header with the tasks of this run, if its cells can lie beside those of this run.

        Raises:
            Usage: they cannot.
        """
        other = "choose another folder with --out"
        try:
            data = read_bounded(file, "the bench's", Unreadable, MAX_BYTES)
            schema = decode_json(data, dict[str, object], "it", Unreadable).get("schema")
            if schema != SCHEMA:
                raise Usage(f"{self.path} was written with schema {schema}, this is {SCHEMA}: {other}")
            found = decode_json(data, Header, "it", Unreadable)
        except Unreadable:
            raise Usage(f"{self.path}/bench.json is no bench's: {other}") from None
        theirs = {**msgspec.to_builtins(found.settings), **found.versions, **found.tasks}
        ours = {**msgspec.to_builtins(wanted.settings), **wanted.versions, **wanted.tasks}
        changed = [
            f"{name} {str(theirs[name]) or 'none'}, not {str(ours[name]) or 'none'}"
            for name in ours
            if theirs.get(name, ours[name]) != ours[name]
        ]
        if changed:
            raise Usage(f"{self.path} holds a bench of {'; '.join(changed)}: {other}")
        return msgspec.structs.replace(found, tasks=found.tasks | wanted.tasks)


def _digest(card: TaskCard) -> str:
    content = hashlib.sha256(card.digest().encode())
    for name in (card.prior, *(preference.expert for preference in card.preferences)):
        content.update((FOLDER / f"{name}.safetensors").read_bytes())
    return content.hexdigest()[:16]


def _read(path: Path, kind: type[Kept]) -> Kept:
    try:
        return read_json(path, kind, "it:", Unreadable, MAX_BYTES)
    except (OSError, Unreadable) as error:
        raise AppError(f"cannot read {path} ({error}): remove it, and it is run again") from None


def _write(path: Path, record: Record) -> None:
    """By rename, so that a kill leaves no half a file."""
    partial = path.with_suffix(".part")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
    partial.rename(path)
