"""Verification of a recorded session against the simulator and the policies of this installation."""

from collections.abc import Callable, Mapping

import numpy as np

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.records import LearnerReport, PolicySnapshot
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.events import Topic
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.verify import Act, verify
from mereq_teleop.sessions.world import OneWorld, as_action
from mereq_teleop.teleop.command import Command

__all__ = ["TYPES", "policies_of", "verify_session"]

TYPES: Mapping[str, type[Record]] = {Topic.COMMAND: Command, Topic.REPORT: LearnerReport}
"""What the recording holds of the rooms that sessions do not know."""


def verify_session(folder: SessionFolder) -> int:
    """Re-simulate, print what was found; 0 if all is as recorded, 1 if not.

    Raises:
        SessionError: the recording or a policy file can't be read.
    """
    recording = read_recording(folder.recording, TYPES)
    if recording.loss:
        print(f"{folder.name}: {recording.loss}")
    world = OneWorld(make_batch(recording.config.env, 1))
    try:
        found = verify(recording, world, policies_of(folder, recording), take_fingerprint())
    except BadPolicy as error:
        # What the session holds is no mistake of who asks about it.
        raise RecordingError(str(error)) from None
    print(f"{folder.name}: {found}")
    return 0 if found.ok else 1


def policies_of(folder: SessionFolder, recording: Recording) -> Callable[[int], Act]:
    """By version, what the policies that drove would do."""

    def policy(version: int) -> Act:
        drives = policy_that_drove(folder, recording, version)
        return lambda obs: as_action(drives.act(np.asarray(obs, np.float32)[None])[0])

    return policy
