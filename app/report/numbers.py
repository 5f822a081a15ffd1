"""One session in numbers: everything that its page shows."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from mereq_teleop.app.errors import AppError
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.report.evaluations import PolicyEvaluation, evaluate_policies
from mereq_teleop.app.report.learning import Drive, drives_of, undriven
from mereq_teleop.app.results import EvaluationResults, read_results
from mereq_teleop.app.tally import typical_takeover
from mereq_teleop.app.tempo import COUNT_DOWN
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.envs.errors import UnknownEnv
from mereq_teleop.sessions.config import SessionConfig
from mereq_teleop.sessions.effort import Effort, effort_of
from mereq_teleop.sessions.events import AuthorityChange, Note, Retraction
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.places import HeatMap, maps_of
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Authority, Record
from mereq_teleop.sessions.timeline import LivedStep, RoundNumbers, Run, lived_steps, rounds_of, runs_of

__all__ = ["TYPICAL_TAKEOVER", "Happening", "Latencies", "SessionNumbers", "numbers_of", "read_numbers"]

TYPICAL_TAKEOVER = 3
"""Steps of a takeover where no card says when the expert gives back."""


class Happening(Record):
    """Something that was said or went wrong, once or several times."""

    kind: str
    """`note`, `safe` or `retraction`."""
    text: str
    times: int
    first_s: float
    """Since the session's first event."""
    last_s: float


class Latencies(Record):
    """How long the person waited for policies: from the end of a correction or round to the swap."""

    count: int
    median_s: float
    p90_s: float
    """At most one answer in ten took longer."""
    longest_s: float


class SessionNumbers(Record):
    """Everything that the page of one session shows."""

    name: str
    config: SessionConfig
    title: str
    """Of the task."""
    participant: str
    """Who drove, if the session says; empty otherwise."""
    preference: str
    """Whom the simulated expert was; empty for people."""
    loss: str
    """What is missing of the recording, in words; empty for a whole one."""
    delta: float | None
    """Intervention rate under which the policy counts as aligned."""
    demonstrations: bool
    """Whether the human drove every step."""
    termination: str
    """What it means that an episode terminates: `crash`, `success` or `either`; empty for an unknown task."""
    terminated: int
    """Episodes that ended so."""
    crashes: int
    """Those of them that were a crash; 0 for an unknown task."""
    crashed_at: tuple[int, ...]
    """The control steps of the session that ended in one."""
    episodes: int
    feature_names: tuple[str, ...]
    true_theta: tuple[float, ...] | None
    """What the simulated expert wants; None for people."""
    effort: Effort
    rounds: tuple[RoundNumbers, ...]
    runs: tuple[Run, ...]
    drives: tuple[Drive, ...]
    undriven: tuple[int, ...]
    """Versions that the learner made and that never drove."""
    latencies: Latencies | None
    maps: tuple[HeatMap, ...]
    happenings: tuple[Happening, ...]
    evaluation: EvaluationResults | None
    """Of the last policy, the one that it started from, and the expert; None where the session has none."""
    policies: tuple[PolicyEvaluation, ...]
    """Each policy that drove, where the report was asked to measure them."""
    diverged: bool
    """Whether a simulation broke down (diverged.npz)."""


def read_numbers(
    folder: SessionFolder, episodes: int | None = None, say: Callable[[str], None] = lambda line: None
) -> SessionNumbers:
    """Read and count one session; with `episodes`, drive each of its policies on so many common seeds.

    Raises:
        UnknownEnv: the policies of a task that this installation does not know were to be driven.
        SessionError: the recording, the results or a policy can't be read.
        AppError: nothing was recorded.
    """
    recording = read_recording(folder.recording, TYPES)
    numbers = numbers_of(folder.name, recording)
    results = read_results(folder)
    measured: tuple[PolicyEvaluation, ...] = ()
    if episodes is not None:
        measured = evaluate_policies(folder, recording, _preference(recording), episodes, say)
    return msgspec.structs.replace(
        numbers,
        evaluation=results.evaluation if results is not None else None,
        policies=measured,
        diverged=folder.divergence.exists(),
    )


def numbers_of(name: str, recording: Recording) -> SessionNumbers:
    """Count one session by its recording alone.

    Raises:
        AppError: it has no control step.
    """
    steps = lived_steps(recording)
    if not steps:
        raise AppError(f"{name}: there is nothing to report: no control step was recorded")
    config, card = recording.config, _card(recording.config.task)
    ended = [(at, step.transition.features) for at, step in enumerate(steps, 1) if step.transition.terminated]
    crashed_at = tuple(at for at, features in ended if card is not None and card.is_crash(features))
    settings = config.settings
    preference = _preference(recording)
    typical = typical_takeover(card, settings.get("preference")) if card is not None else TYPICAL_TAKEOVER
    drives = drives_of(recording, steps, typical)
    return SessionNumbers(
        name=name,
        config=config,
        title=card.title if card is not None else config.task,
        participant=str(settings.get("participant") or ""),
        preference=preference.name if preference is not None else "",
        loss=recording.loss,
        delta=settings.get("delta"),
        demonstrations=bool(settings.get("demonstrations")),
        termination=card.termination if card is not None else "",
        terminated=len(ended),
        crashes=len(crashed_at),
        crashed_at=crashed_at,
        episodes=len(recording.episodes),
        feature_names=_features(card, steps),
        true_theta=preference.theta if preference is not None else None,
        effort=effort_of(recording, steps, card.control_rate_hz if card is not None else None),
        rounds=rounds_of(recording, steps, typical),
        runs=runs_of(steps),
        drives=drives,
        undriven=undriven(recording),
        latencies=_latencies([drive.latency_s for drive in drives if drive.latency_s is not None]),
        maps=maps_of(config.task, steps),
        happenings=_happenings(recording),
        evaluation=None,
        policies=(),
        diverged=False,
    )


def _card(task: str) -> TaskCard | None:
    """None for a task that this installation does not know: its sessions can be counted all the same."""
    try:
        return card_of(task)
    except UnknownEnv:
        return None


def _preference(recording: Recording) -> Preference | None:
    """What the simulated expert wanted, the card's first by default; None for people."""
    card, name = _card(recording.config.task), recording.config.settings.get("preference")
    if card is None or recording.config.device != "simulated":
        return None
    return next((known for known in card.preferences if name in (None, known.name)), None)


def _features(card: TaskCard | None, steps: Sequence[LivedStep]) -> tuple[str, ...]:
    if card is not None:
        return card.feature_names
    return tuple(f"feature {number}" for number in range(1, len(steps[0].transition.features) + 1))


def _latencies(seconds: Sequence[float]) -> Latencies | None:
    if not seconds:
        return None
    return Latencies(
        count=len(seconds),
        median_s=float(np.median(seconds)),
        p90_s=float(np.quantile(seconds, 0.9, method="higher")),
        longest_s=max(seconds),
    )


def _happenings(recording: Recording) -> tuple[Happening, ...]:
    """Notes, losses of device or focus and corrections taken back, equal ones together, in order of their first.

    A count-down is how every round of a person's begins, and nothing that went wrong.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for time_ns, _, record in recording.timeline:
        key = None
        if isinstance(record, Note) and record.text.startswith(COUNT_DOWN):
            continue
        if isinstance(record, Note):
            key = ("note", record.text)
        elif isinstance(record, Retraction):
            key = ("retraction", f"the correction {record.segment} was taken back")
        elif isinstance(record, AuthorityChange) and record.after is Authority.SAFE:
            key = ("safe", record.reason or record.event)
        if key is not None:
            found.setdefault(key, []).append((time_ns - recording.timeline[0].time_ns) / 1e9)
    return tuple(
        Happening(kind=kind, text=text, times=len(when), first_s=when[0], last_s=when[-1])
        for (kind, text), when in found.items()
    )
