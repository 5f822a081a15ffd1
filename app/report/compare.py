"""Sessions, methods, participants, conditions of a study or tasks side by side: groups of sessions in numbers."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Final, Literal

from mereq_teleop.app.report.numbers import TYPICAL_TAKEOVER, SessionNumbers
from mereq_teleop.sessions.places import HeatMap, add_maps
from mereq_teleop.sessions.rates import EpisodeCount
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.timeline import Share, share_of

__all__ = ["By", "GroupNumbers", "GroupRound", "TaskNumbers", "compared"]

By = Literal["session", "method", "participant", "condition", "task"]

NOBODY: Final = "not named"
_NAMES: Final[Mapping[By, Callable[[SessionNumbers], str]]] = {
    "session": lambda of: of.name,
    "method": lambda of: of.config.method,
    "participant": lambda of: of.participant or NOBODY,
    "condition": lambda of: str(of.config.settings.get("condition") or NOBODY),
    "task": lambda of: of.config.task,
}


class GroupRound(Record):
    """One round of a group."""

    round: int
    sessions: int
    """How many have this round."""
    share: Share
    """Of all their steps; the interval is the session's own for one, for several it is over sessions."""
    samples: float
    """Mean of the human-controlled steps up to the round's end."""


class GroupNumbers(Record):
    """Some sessions together: sums of steps, means over sessions of what each session has once."""

    name: str
    sessions: tuple[str, ...]
    steps: int
    human_steps: int
    rate: float | None
    """Over all rounds."""
    takeovers: float
    switches: float
    seconds_by_hand: float | None
    return_on_effort: float
    median_latency_s: float | None
    return_true: float | None
    """Of the last policies, over the sessions that were evaluated."""
    rounds: tuple[GroupRound, ...]
    theta: tuple[tuple[float, ...], ...]
    """Last weights of each session that has some."""
    maps: tuple[HeatMap, ...]


class TaskNumbers(Record):
    """Groups that can be compared on the same axes."""

    task: str
    """Empty where the groups are the tasks themselves."""
    preference: str
    """Of the simulated experts; empty for people, and where the groups are tasks."""
    feature_names: tuple[str, ...]
    delta: float | None
    """Where all sessions have the same."""
    groups: tuple[GroupNumbers, ...]


def compared(sessions: Sequence[SessionNumbers], by: By) -> tuple[TaskNumbers, ...]:
    """The groups, for each task and preference by itself; or the groups of the tasks.

    A weight, a reward or an effort of one task says nothing beside another's, nor does what one expert wants beside
    what another does. Groups are in order of their first session.
    """
    if by == "task":
        return (_task("", "", sessions, by),)
    kinds: dict[tuple[str, str], list[SessionNumbers]] = {}
    for of in sessions:
        kinds.setdefault((of.config.task, of.preference), []).append(of)
    return tuple(_task(task, preference, members, by) for (task, preference), members in kinds.items())


def _task(task: str, preference: str, sessions: Sequence[SessionNumbers], by: By) -> TaskNumbers:
    groups: dict[str, list[SessionNumbers]] = {}
    for of in sessions:
        groups.setdefault(_NAMES[by](of), []).append(of)
    deltas = {of.delta for of in sessions}
    return TaskNumbers(
        task=task,
        preference=preference,
        feature_names=sessions[0].feature_names if task else (),
        delta=deltas.pop() if len(deltas) == 1 else None,
        groups=tuple(_group(name, members) for name, members in groups.items()),
    )


def _group(name: str, members: Sequence[SessionNumbers]) -> GroupNumbers:
    rounds = sorted({of.round for member in members for of in member.rounds})
    steps = sum(of.share.steps for member in members for of in member.rounds)
    by_hand = sum(of.share.human_steps for member in members for of in member.rounds)
    weights = [[drive.weights.theta for drive in member.drives if drive.weights] for member in members]
    maps = zip(*(member.maps for member in members), strict=True)
    return GroupNumbers(
        name=name,
        sessions=tuple(member.name for member in members),
        steps=steps,
        human_steps=by_hand,
        rate=by_hand / steps if steps else None,
        takeovers=fmean(member.effort.takeovers for member in members),
        switches=fmean(member.effort.switches for member in members),
        seconds_by_hand=_mean([member.effort.seconds_by_hand for member in members]),
        return_on_effort=fmean(member.effort.return_on_effort for member in members),
        median_latency_s=_mean([of.median_s for member in members if (of := member.latencies) is not None]),
        return_true=_mean([_return_true(member) for member in members]),
        rounds=tuple(_round(number, members) for number in rounds),
        theta=tuple(told[-1] for told in weights if told),
        maps=tuple(add_maps(of) for of in maps),
    )


def _round(number: int, members: Sequence[SessionNumbers]) -> GroupRound:
    """Whole sessions are drawn where there are several: steps of one person are alike."""
    found = [of for member in members for of in member.rounds if of.round == number]
    counts = [EpisodeCount(of.share.steps, of.share.takeovers) for of in found]
    return GroupRound(
        round=number,
        sessions=len(found),
        share=found[0].share if len(found) == 1 else share_of(counts, TYPICAL_TAKEOVER),
        samples=fmean(of.expert_samples for of in found),
    )


def _return_true(member: SessionNumbers) -> float | None:
    """Of the session's last policy; None where it was not measured."""
    if member.evaluation is not None:
        return member.evaluation.policy.return_true
    measured = {of.hash: of.found.return_true for of in member.policies}
    return measured[member.drives[-1].hash] if measured else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
