"""The command line of a resumed session: what it does not say is as the session had it."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.settings import config_of
from mereq_teleop.sessions.folder import default_root, find_session

__all__ = ["settings_before"]


def settings_before(arguments: Sequence[str]) -> OperateConfig | None:
    """The settings of the session that `--resume` names; None where it names none.

    Raises:
        SessionError: no such session, or one whose configuration cannot be read.
        Usage, EnvError: its settings make no sense here.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--resume", nargs="?")
    parser.add_argument("--sessions", type=Path)
    known, _ = parser.parse_known_args(list(arguments))
    if known.resume is None:
        return None
    folder = find_session(known.sessions or default_root(), known.resume)
    # Where the old one lies is where the new one goes, unless another place is asked for.
    return replace(config_of(folder.read_config(), folder.name), resume=None, sessions=None)
