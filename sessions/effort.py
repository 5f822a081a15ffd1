"""What a session cost its person, and what came back for it."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median

from mereq_teleop.sessions.events import AuthorityChange
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Authority, Record
from mereq_teleop.sessions.timeline import LivedStep

__all__ = ["Effort", "effort_of", "paused_seconds"]


class Effort(Record):
    """One session's effort; corrections that were taken back cost effort too and count here."""

    steps: int
    """Control steps, whoever had control."""
    human_steps: int
    safe_steps: int
    """Steps of a neutral action, because device or focus was lost."""
    retracted_steps: int
    """Human-controlled steps that were taken back."""
    takeovers: int
    """Runs of human-controlled steps within an episode."""
    median_takeover: float | None
    """Their median length (steps); None without one."""
    switches: int
    """How often control went between policy and human within an episode, either way."""
    seconds_by_hand: float | None
    """World seconds under human control: human-controlled steps / control rate; None for a task without a known rate.
    """
    duration_s: float
    """Wall-clock seconds from the session's first event to its last."""
    paused_s: float
    """Wall-clock seconds of pause among them."""
    reward: float
    """Sum of the task's own rewards over all steps; what the person wishes beyond it is not in it."""
    return_on_effort: float
    """reward / (1 + human-controlled steps): the return on human effort of Hoque et al. 2022 (Fleet-DAgger, arXiv
    2206.14349) for one robot and one person."""


def effort_of(recording: Recording, steps: Sequence[LivedStep], control_rate_hz: float | None) -> Effort:
    """Count one session's effort."""
    takeovers: list[int] = []
    switches = 0
    for _, group in groupby(steps, lambda step: step.visit):
        shared = [step.authority for step in group if step.authority is not Authority.SAFE]
        switches += sum(before is not after for before, after in pairwise(shared))
        takeovers += [len(list(run)) for who, run in groupby(shared) if who is Authority.HUMAN]
    by_hand = sum(step.by_hand for step in steps)
    reward = sum(step.transition.reward for step in steps)
    times = [logged.time_ns for logged in recording.timeline]
    return Effort(
        steps=len(steps),
        human_steps=by_hand,
        safe_steps=sum(step.authority is Authority.SAFE for step in steps),
        retracted_steps=sum(step.retracted and step.by_hand for step in steps),
        takeovers=len(takeovers),
        median_takeover=median(takeovers) if takeovers else None,
        switches=switches,
        seconds_by_hand=by_hand / control_rate_hz if control_rate_hz else None,
        duration_s=(times[-1] - times[0]) / 1e9 if times else 0.0,
        paused_s=paused_seconds(recording),
        reward=reward,
        return_on_effort=reward / (1 + by_hand),
    )


def paused_seconds(recording: Recording) -> float:
    """Wall-clock seconds in which nobody had control; a pause at the end lasts to the recording's last event."""
    paused_ns, since_ns = 0, None
    for time_ns, _, record in recording.timeline:
        if not isinstance(record, AuthorityChange):
            continue
        if since_ns is not None:
            paused_ns += time_ns - since_ns
        since_ns = time_ns if record.after is Authority.NOBODY else None
    if since_ns is not None:
        paused_ns += recording.timeline[-1].time_ns - since_ns
    return paused_ns / 1e9
