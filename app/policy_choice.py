"""The policies of a recorded session, and others to set beside them."""

from dataclasses import replace
from pathlib import Path

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import load_policy
from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording

__all__ = ["chosen_policy", "policy_that_drove"]


def policy_that_drove(folder: SessionFolder, recording: Recording, version: int) -> AnyPolicy:
    """One of the policies that drove, by its version.

    Raises:
        FolderError: its file is missing.
        RecordingError: the file holds another policy, or none; or nothing says which policy had this version.
    """
    hashes = {swap.version: swap.hash for swap in recording.swaps}
    if version not in hashes:
        raise RecordingError(f"{folder.name}: the recording has steps of policy {version} but no swap to it")
    path, data = folder.policy_path(version, hashes[version]), folder.load_policy(version, hashes[version])
    try:
        snapshot = PolicySnapshot.from_bytes(data)
        if snapshot.hash != hashes[version]:
            raise RecordingError(f"{path}: the content is not that of its name")
        return policy_of(snapshot, card_of(recording.config.task))
    except BadPolicy as error:
        # What the session holds is no mistake of who asks about it.
        raise RecordingError(f"{path}: {error}") from None


def chosen_policy(choice: str, folder: SessionFolder, recording: Recording) -> AnyPolicy:
    """The policy that a user names: a version of the session, `prior` (the session's first policy), or a path.

    One from elsewhere gets a version that none of the session's policies has.

    Raises:
        Usage: the session has no such version.
        SessionError: it had, but the file is not there or not right.
        BadPolicy: the path leads to no policy of the session's task.
    """
    versions = [swap.version for swap in recording.swaps]
    if choice == "prior" and versions:
        return policy_that_drove(folder, recording, versions[0])
    if choice.isdecimal():
        if int(choice) not in versions:
            known = ", ".join(str(version) for version in sorted(set(versions))) or "none"
            raise Usage(f"--policy {choice}: no policy {choice} drove in {folder.name}; it has {known}")
        return policy_that_drove(folder, recording, int(choice))
    card = card_of(recording.config.task)
    own = load_policy(Path(choice), card)
    return policy_of(replace(own.snapshot, version=max(versions, default=0) + 1), card)
