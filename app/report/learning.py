"""What a recording says of the learner: its weights, its policies, and how long the person waited for each."""

from collections.abc import Mapping, Sequence

from mereq_teleop.agents.records import LearnerReport, Trial
from mereq_teleop.sessions.events import Retraction, RoundEnd, SegmentMark, Swap
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Record, Transition
from mereq_teleop.sessions.timeline import LivedStep, Share, episode_counts, share_of

__all__ = ["Drive", "Weights", "drives_of", "undriven"]


class Weights(Record):
    """theta with its posterior's standard deviation; no deviation where the method has none."""

    theta: tuple[float, ...]
    deviation: tuple[float, ...] = ()


class Drive(Record):
    """One policy at the wheel, from its swap to the next one."""

    version: int
    hash: str
    reason: str
    """`rollback` where an earlier policy was called back; empty otherwise."""
    since: int
    """Steps of the session before it came."""
    time_s: float
    """When it came, since the session's first event."""
    share: Share
    """Of the steps that it drove."""
    cause: str
    """Id of the segment or round end that it answers; empty for the first policy and for one called back."""
    latency_s: float | None
    """From the end of the segment or round that it answers to its swap; None for a later refinement of the same answer,
    and where nothing asked for it."""
    learner_s: float | None
    """Seconds that the learner worked on it."""
    cost_s: float
    """What the swap cost the control loop."""
    updates: int | None
    """Gradient steps of the update that made it."""
    weights: Weights | None
    """None where no report tells them."""
    trial: Trial | None
    """How it did in its simulation before it drove; None if there was none."""


def undriven(recording: Recording) -> tuple[int, ...]:
    """Versions that the learner told of and that never drove: another one came before their moment, or their trial
    went badly.
    """
    drove = {swap.version for swap in recording.swaps}
    return tuple(dict.fromkeys(of.policy_version for of in recording.reports if of.policy_version not in drove))


def drives_of(recording: Recording, steps: Sequence[LivedStep], typical: int) -> tuple[Drive, ...]:
    """Every policy that drove, in order, also one that took no step.

    Args:
        recording: Read with the type of /report.
        steps: Its steps.
        typical: A takeover's length in steps as one would guess it.
    """
    swaps = _swaps(recording)
    ends = [*(since for since, _, _ in swaps), len(steps)][1:]
    asked = _asked(recording)
    # A refinement has the cause of what it refines: only the first answer is what the person waited for.
    reports: Mapping[int, LearnerReport] = {report.policy_version: report for report in recording.reports}
    answered: set[str] = set()
    drives = []
    for (start, time_s, swap), stop in zip(swaps, ends, strict=True):
        report = reports.get(swap.version)
        fresh = report is not None and not swap.reason
        cause = report.cause if report is not None and fresh else ""
        waited = cause in asked and cause not in answered
        answered.add(cause)
        drives.append(
            Drive(
                version=swap.version,
                hash=swap.hash,
                reason=swap.reason,
                since=start,
                time_s=time_s,
                share=share_of(episode_counts(steps[start:stop]), typical),
                cause=cause,
                latency_s=time_s - asked[cause] if waited else None,
                learner_s=report.seconds if report is not None and fresh else None,
                cost_s=swap.cost_s,
                updates=report.updates if report is not None else None,
                weights=_weights(report),
                trial=report.trial if report is not None else None,
            )
        )
    return tuple(drives)


def _weights(report: LearnerReport | None) -> Weights | None:
    if report is None or report.weights is None:
        return None
    return Weights(theta=report.weights.theta, deviation=report.weights.deviation)


def _swaps(recording: Recording) -> list[tuple[int, float, Swap]]:
    """Each with the steps of the session before it and its time (s)."""
    swaps, steps = [], 0
    for time_ns, _, record in recording.timeline:
        if isinstance(record, Transition):
            steps += 1
        elif isinstance(record, Swap):
            swaps.append((steps, (time_ns - recording.timeline[0].time_ns) / 1e9, record))
    return swaps


def _asked(recording: Recording) -> dict[str, float]:
    """When each segment or round ended, and each correction was taken back (s), by the id that an answer names."""
    asked: dict[str, float] = {}
    for time_ns, _, record in recording.timeline:
        if isinstance(record, SegmentMark | RoundEnd | Retraction):
            cause = f"retract:{record.segment}" if isinstance(record, Retraction) else record.id
            asked.setdefault(cause, (time_ns - recording.timeline[0].time_ns) / 1e9)
    return asked
