"""A folder of CURVE keys: this machine's own pair, and the public keys of those who may come in.

own.key_secret       this machine's pair; for its user's eyes alone
own.key              its public half, to be given to others
allowed/NAME.key     the public keys of others
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import zmq
import zmq.auth

from mereq_teleop.app.bus.errors import BadKeys
from mereq_teleop.sessions.user_files import config_folder, read_bounded

__all__ = ["KeyPair", "KeyRing", "default_keys"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PUBLIC = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
"""Z85: 40 characters for 32 bytes."""
MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both halves, in Z85 (40 characters)."""

    public: str
    secret: str = field(repr=False)


def default_keys() -> Path:
    """The user's own folder of keys."""
    return config_folder() / "keys"


class KeyRing:
    """The keys of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._secret = folder / "own.key_secret"
        self._allowed = folder / "allowed"

    def make(self) -> KeyPair:
        """Make this machine's own pair.

        Raises:
            BadKeys: there is one already, or the folder cannot be written.
        """
        if self._secret.exists():
            raise BadKeys(f"{self._secret} exists: who knows its public half would be locked out; remove it first")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Before the secret is there: nobody else may read it for a moment.
            self.folder.chmod(0o700)
            zmq.auth.create_certificates(self.folder, "own")
            self._secret.chmod(0o600)
        except OSError as error:
            raise BadKeys(f"cannot write keys to {self.folder}: {error.strerror}") from None
        return self.own()

    def own(self) -> KeyPair:
        """This machine's pair.

        Raises:
            BadKeys: there is none, it is damaged, or others than its user may read it.
        """
        if not self._secret.exists():
            raise BadKeys(f"no keys in {self.folder}: make them with `mereq keys make`")
        if os.name != "nt" and (mode := self._secret.stat().st_mode & 0o077):
            raise BadKeys(
                f"{self._secret} can be read by others (mode {0o600 | mode:o}): chmod 600 it, or make new keys"
            )
        public, secret = _read(self._secret)
        if secret is None:
            raise BadKeys(f"{self._secret} holds no secret key: remove it and make new keys with `mereq keys make`")
        return KeyPair(public, secret)

    def allow(self, name: str, public: str) -> None:
        """Let the owner of a public key in, under a name of our choice.

        Raises:
            BadKeys: the name or the key is none, or the folder cannot be written.
        """
        if NAME.fullmatch(name) is None:
            raise BadKeys(f"{name!r} is no name for a key: letters, digits, '.', '_' and '-', 64 at most")
        if PUBLIC.fullmatch(public) is None:
            raise BadKeys(
                f"{public[:60]!r} is no public key: it has 40 characters, as `mereq keys` shows on their machine"
            )
        try:
            self._allowed.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._allowed / f"{name}.key"
            path.write_text(f'metadata\ncurve\n    public-key = "{public}"\n')
        except OSError as error:
            raise BadKeys(f"cannot write keys to {self._allowed}: {error.strerror}") from None

    def forbid(self, name: str) -> None:
        """Let them in no more.

        Raises:
            BadKeys: there is nobody of that name.
        """
        if name not in self.allowed():
            raise BadKeys(f"nobody is called {name!r}: {', '.join(self.allowed()) or 'nobody is allowed'}")
        (self._allowed / f"{name}.key").unlink()

    def allowed(self) -> dict[str, str]:
        """Public keys by the names of their owners; read anew each time.

        Raises:
            BadKeys: a file among them holds no key.
        """
        return {path.stem: _read(path)[0] for path in sorted(self._allowed.glob("*.key"))}

    def public_key(self, who: str) -> str:
        """The public key that a name stands for, or the key itself.

        Raises:
            BadKeys: neither a name that is allowed nor a key.
        """
        known = self.allowed()
        if who in known:
            return known[who]
        if PUBLIC.fullmatch(who):
            return who
        raise BadKeys(
            f"{who!r} is neither a public key nor somebody's name ({', '.join(known) or 'nobody is allowed yet'}): "
            "`mereq keys allow NAME KEY` makes it one"
        )


def _read(path: Path) -> tuple[str, str | None]:
    """Public and, where there is one, secret key of a certificate's file."""
    try:
        read_bounded(path, "the key", BadKeys, MAX_BYTES)
        public, secret = zmq.auth.load_certificate(path)
        if PUBLIC.fullmatch(public.decode()) is None:
            raise ValueError
        return public.decode(), None if secret is None else secret.decode()
    except (OSError, ValueError):
        raise BadKeys(f"{path} holds no key: remove it, or put the right one there") from None
