"""A session's folder: where everything of one session lies."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import msgspec

from mereq_teleop.sessions.config import SessionConfig
from mereq_teleop.sessions.errors import FolderError, RecordingError, UnknownSession
from mereq_teleop.sessions.user_files import data_folder, decode_json, read_bounded

__all__ = ["SessionFolder", "default_root", "find_session", "has_step", "sessions_in"]

MAX_CONFIG_BYTES = 1 << 20
MAX_RESULTS_BYTES = 16 << 20
"""A line for each round: a session of days has tens of thousands."""
MAX_POLICY_BYTES = 64 << 20


def default_root() -> Path:
    """Where sessions are kept unless the operator says otherwise."""
    return data_folder() / "sessions"


@dataclass(frozen=True, slots=True)
class SessionFolder:
    """The folder of one session and the names within it."""

    path: Path

    @classmethod
    def create(
        cls, root: Path, task: str, now: datetime, new_id: Callable[[], str] = lambda: secrets.token_hex(3)
    ) -> "SessionFolder":
        """Make the folder of a new session.

        Args:
            root: Folder of all sessions; made if it is missing.
            task: Name of the task's card.
            now: Start of the session, with its time zone.
            new_id: Makes the short id at the name's end.

        Raises:
            FolderError: the folder cannot be made.
        """
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        try:
            root.mkdir(parents=True, exist_ok=True)
            while True:
                path = root / f"{stamp}-{task}-{new_id()}"
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
                break
            folder = cls(path)
            for inner in (folder.policies, folder.learner, folder.tensorboard):
                inner.mkdir()
        except OSError as error:
            raise FolderError(
                f"cannot make a session's folder in {root}: {error.strerror}; choose another place with --sessions DIR"
            ) from None
        return folder

    @property
    def name(self) -> str:
        """The folder's own name, by which a session is called."""
        return self.path.name

    @property
    def recording(self) -> Path:
        """The MCAP file."""
        return self.path / "session.mcap"

    @property
    def policies(self) -> Path:
        """Folder of every policy that drove."""
        return self.path / "policies"

    @property
    def learner(self) -> Path:
        """Folder of the learner's checkpoint and segment store."""
        return self.path / "learner"

    @property
    def tensorboard(self) -> Path:
        """Folder of TensorBoard's files."""
        return self.path / "tb"

    @property
    def divergence(self) -> Path:
        """What the session's first simulation that broke down went through; there if one did."""
        return self.path / "diverged.npz"

    @property
    def results(self) -> Path:
        """What the session came to, as JSON; there once it has ended by itself."""
        return self.path / "results.json"

    def write_config(self, config: SessionConfig) -> None:
        """Write config.json.

        Raises:
            FolderError: the file cannot be written.
        """
        self._write(self.path / "config.json", msgspec.json.format(msgspec.json.encode(config)))

    def read_config(self) -> SessionConfig:
        """Read config.json.

        Raises:
            FolderError: the file is missing, too large or none of ours.
        """
        path = self.path / "config.json"
        data = self._read(path, MAX_CONFIG_BYTES)
        return decode_json(data, SessionConfig, f"{path} is no configuration of a session", FolderError)

    @property
    def labels(self) -> Path:
        """What people said of the session afterwards; there if they did."""
        return self.path / "labels.json"

    def write_labels(self, data: bytes) -> None:
        """Write labels.json.

        Raises:
            FolderError: the file cannot be written.
        """
        self._write(self.labels, data)

    def read_labels(self) -> bytes:
        """Read labels.json; what is in it is for `sessions.labels` to say.

        Raises:
            FolderError: the file is missing or too large.
        """
        return self._read(self.labels, MAX_CONFIG_BYTES)

    def write_results(self, data: bytes) -> None:
        """Write results.json.

        Raises:
            FolderError: the file cannot be written.
        """
        self._write(self.results, data)

    def read_results(self) -> bytes | None:
        """What `write_results` kept; None where the session has none.

        Raises:
            FolderError: the file cannot be read, or is too large.
        """
        return self._read(self.results, MAX_RESULTS_BYTES) if self.results.exists() else None

    def policy_path(self, version: int, content_hash: str) -> Path:
        """Where a policy lies."""
        return self.policies / f"{version}-{content_hash}.safetensors"

    def save_policy(self, version: int, content_hash: str, data: bytes) -> Path:
        """Keep a policy that drives.

        Raises:
            FolderError: the file cannot be written.
        """
        path = self.policy_path(version, content_hash)
        self._write(path, data)
        return path

    def load_policy(self, version: int, content_hash: str) -> bytes:
        """The bytes that `save_policy` kept; whether they are a policy is for agents to say.

        Raises:
            FolderError: the file is missing or too large.
        """
        return self._read(self.policy_path(version, content_hash), MAX_POLICY_BYTES)

    def kept_policies(self) -> dict[int, str]:
        """Content hash of each policy that the folder keeps, by version, in order; none where it cannot be listed."""
        found = {}
        for path in self.policies.glob("*-*.safetensors"):
            version, _, content_hash = path.stem.partition("-")
            if version.isdecimal():
                found[int(version)] = content_hash
        return dict(sorted(found.items()))

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        """All of the data or none of it, also when the disk is full or the power fails."""
        draft = path.with_name(path.name + ".part")
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise FolderError(f"cannot write {path}: {error.strerror}") from None

    @staticmethod
    def _read(path: Path, limit: int) -> bytes:
        try:
            return read_bounded(path, "the session's file", FolderError, limit)
        except OSError as error:
            raise FolderError(f"cannot read {path}: {error.strerror}") from None


def sessions_in(root: Path) -> tuple[SessionFolder, ...]:
    """All sessions of a root, oldest first; none if the root does not exist.

    Raises:
        FolderError: the root cannot be listed.
    """
    try:
        if not root.exists():
            return ()
        found = [entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError as error:
        raise FolderError(f"cannot list the sessions in {root}: {error.strerror}") from None
    return tuple(SessionFolder(path) for path in sorted(found))


def has_step(folder: SessionFolder) -> bool:
    """Whether a control step was recorded; one that is damaged before its first is said to have one: somebody will ask
    for it, and be told.
    """
    from mereq_teleop.sessions.events import Topic
    from mereq_teleop.sessions.stream import MessageStream

    if not folder.recording.exists():
        return False
    try:
        return any(message.topic == Topic.TRANSITION for message in MessageStream(folder.recording))
    except RecordingError:
        return True


def find_session(root: Path, name: str, *, newest: bool = False) -> SessionFolder:
    """The session of a path, a name, a unique piece of a name, or `last`: the last that has a step, or with `newest`
    the last at all.

    Raises:
        UnknownSession: there is none, or a piece of a name fits several.
        FolderError: the root cannot be listed.
    """
    path = Path(name)
    if path.name == "session.mcap":
        path = path.parent
    if os.sep in name and path.is_dir():
        return SessionFolder(path)
    folders = sessions_in(root)
    names = [folder.name for folder in folders]
    if name == "last" and folders:
        driven = () if newest else (folder for folder in reversed(folders) if has_step(folder))
        return next(iter(driven), folders[-1])
    fitting = [folder for folder in folders if folder.name == name] or [f for f in folders if name in f.name]
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        some = ", ".join(folder.name for folder in fitting[:3])
        raise UnknownSession(f"{name!r} fits {len(fitting)} sessions in {root}: {some}; give more of the name")
    if path.is_dir():
        return SessionFolder(path)
    close = get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else "; `mereq sessions` lists them"
    raise UnknownSession(f"no session {name!r} among the {len(names)} in {root}{hint}")
