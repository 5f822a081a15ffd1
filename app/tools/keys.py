"""Keys for a learner on another machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.bus.keys import KeyRing, default_keys

__all__ = ["Keys", "KeysAllow", "KeysForbid", "KeysMake"]


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Show this machine's public key, and who may come in."""

    keys: Path | None = None
    """Folder of keys; ~/.config/mereq-teleop/keys by default."""

    def run(self) -> int:
        """Print them."""
        ring = KeyRing(self.keys or default_keys())
        print(f"own      {ring.own().public}")
        for name, public in ring.allowed().items():
            print(f"allowed  {public}  {name}")
        return 0


@dataclass(frozen=True, kw_only=True)
class KeysMake:
    """Make this machine's keys: the secret one stays here, the public one goes to the other machine."""

    keys: Path | None = None
    """Folder of keys; ~/.config/mereq-teleop/keys by default."""

    def run(self) -> int:
        """Make them, and say what to do with the public one."""
        ring = KeyRing(self.keys or default_keys())
        own = ring.make()
        print(f"made {ring.folder}/own.key_secret (yours alone); elsewhere: mereq keys allow NAME '{own.public}'")
        return 0


@dataclass(frozen=True, kw_only=True)
class KeysAllow:
    """Let the owner of a public key in."""

    name: Annotated[str, tyro.conf.Positional]
    """What to call them."""
    key: Annotated[str, tyro.conf.Positional]
    """Their public key, as `mereq keys` shows it on their machine."""
    keys: Path | None = None
    """Folder of keys; ~/.config/mereq-teleop/keys by default."""

    def run(self) -> int:
        """Write it down."""
        KeyRing(self.keys or default_keys()).allow(self.name, self.key)
        print(f"{self.name} may come in")
        return 0


@dataclass(frozen=True, kw_only=True)
class KeysForbid:
    """Let somebody in no more."""

    name: Annotated[str, tyro.conf.Positional]
    """What they are called."""
    keys: Path | None = None
    """Folder of keys; ~/.config/mereq-teleop/keys by default."""

    def run(self) -> int:
        """Remove their key."""
        KeyRing(self.keys or default_keys()).forbid(self.name)
        print(f"{self.name} may come in no more")
        return 0
