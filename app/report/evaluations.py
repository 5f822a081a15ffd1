"""How good each policy of a session is: all of them driven again on common seeds."""

from collections.abc import Callable

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.evaluate import Evaluation, evaluate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import expert_of
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import Preference
from mereq_teleop.sessions.errors import RecordingError
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Record

__all__ = ["PolicyEvaluation", "evaluate_policies"]


class PolicyEvaluation(Record):
    """One policy's measure."""

    hash: str
    version: int
    """The first under which it drove."""
    found: Evaluation


def evaluate_policies(
    folder: SessionFolder,
    recording: Recording,
    preference: Preference | None,
    episodes: int,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[PolicyEvaluation, ...]:
    """Drive every policy that drove in the session, each content once, on the first so many common seeds.

    Args:
        folder: The session's, with its policies.
        recording: Says which policies drove.
        preference: Whose reward counts in return_true, and whose expert judges; None counts the task's own reward.
        episodes: How many each.
        say: Takes a line of progress.

    Raises:
        UnknownEnv: this installation does not know the task.
        SessionError: a policy's file is missing or is none of ours.
    """
    card = card_of(recording.config.task)
    first = {swap.hash: swap.version for swap in reversed(recording.swaps)}
    theta = preference.theta if preference is not None else (0.0,) * len(card.features)
    expert = None if preference is None else SimulatedExpert(expert_of(preference, card), preference)
    measured = []
    for count, (content, version) in enumerate(reversed(first.items()), 1):
        say(f"{folder.name}: policy {version} ({count} of {len(first)}) on {episodes} episodes")
        try:
            policy = policy_of(PolicySnapshot.from_bytes(folder.load_policy(version, content)), card)
        except BadPolicy as error:
            # What the session holds is no mistake of who asks about it.
            raise RecordingError(f"{folder.policy_path(version, content)}: {error}") from None
        found = evaluate(policy, recording.config.env, theta, episodes, expert=expert)
        measured.append(PolicyEvaluation(hash=content, version=version, found=found))
    return tuple(measured)
