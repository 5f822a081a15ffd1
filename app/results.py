"""What a session came to: the JSON line of an unattended run."""

from collections.abc import Iterable, Iterator, Sequence

from mereq_teleop.agents.evaluate import COMMON_SEED, Evaluation, evaluate, intervention_rate
from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.policy import AnyPolicy, Driver
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.cast import preference_of
from mereq_teleop.app.tally import RoundTally
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.rates import Interval, Standing
from mereq_teleop.sessions.records import Record
from mereq_teleop.sessions.user_files import decode_json

__all__ = [
    "DELTAS",
    "EvaluationResult",
    "EvaluationResults",
    "Results",
    "RoundResult",
    "evaluate_all",
    "evaluate_one",
    "read_results",
    "samples_to",
    "summarise",
    "world_of",
]

DELTAS = (0.15, 0.10, 0.05)
"""Intervention rates whose price in expert samples is reported."""
FRESH_STEPS = 4_000
FRESH_SEED = 2 * COMMON_SEED
"""First reset seed of the steps on which a policy's intervention rate is measured."""


class RoundResult(Record):
    """One round."""

    round: int
    steps: int
    human_steps: int
    intervention_rate: float | None
    """Human-controlled steps / steps under policy or human."""
    seconds_to_policy: float | None
    """From the end of what asked for an update to its policy in the actor: median of the round's updates."""
    theta: dict[str, float] | None
    """Reward weights after the round; null for methods without a reward."""


class EvaluationResult(Record):
    """One policy on the episodes of common seeds that its task's card names."""

    return_true: float
    crash_rate: float | None
    """Null for tasks in which an episode that terminates is a success."""
    intervention_rate: float | None
    features: dict[str, float]
    success_rate: float | None
    """Null for tasks in which an episode that terminates is a crash."""


class EvaluationResults(Record):
    """The learned policy beside the one it started from and the expert."""

    policy: EvaluationResult
    prior: EvaluationResult
    expert: EvaluationResult | None


class Results(Record, omit_defaults=True):
    """The whole line."""

    task: str
    method: str
    seed: int
    session: str
    policy_version: int
    rounds: list[RoundResult]
    expert_samples_to: dict[str, int | None]
    """Human-controlled steps before the policy's rate on 4,000 fresh steps first fell under each delta; null where it
    never did, and for people."""
    standing: Standing | None
    """What the steps of the last policy that took one say of its intervention rate; null for demonstrations."""
    intervention_interval: Interval | None
    """95 % interval of that rate: lower and upper end."""
    evaluation: EvaluationResults | None = None
    judged_version: int | None = None
    """Version of the policy whose steps `standing` and the interval are of: the last that took one."""


def summarise(actor: Actor, session: str, expert: SimulatedExpert | None) -> Results:
    """The line without its evaluation."""
    config = actor.config
    verdict = None if config.demonstrations else actor.tally.last_verdict
    return Results(
        task=actor.card.name,
        method=config.method,
        seed=config.seed,
        session=session,
        policy_version=actor.shelf.driving.snapshot.version,
        rounds=[_round(tally) for tally in actor.tally.rounds if tally.steps],
        expert_samples_to=_samples_to(actor, expert if config.json else None),
        standing=None if verdict is None else verdict.standing,
        intervention_interval=None if verdict is None else verdict.interval,
        judged_version=None if verdict is None else actor.tally.last_version,
    )


def read_results(folder: SessionFolder) -> Results | None:
    """What the session's folder keeps of its results; None where it has none.

    Raises:
        FolderError: the file cannot be read, or is none of ours.
    """
    data = folder.read_results()
    if data is None:
        return None
    return decode_json(data, Results, f"{folder.results} is no session's results", FolderError)


def world_of(env: str) -> str:
    """Where the policies of a session in this world are measured: there, or where the reward is another one than the
    task's, which the preference's is added to, in the task's own.
    """
    card = card_of(env)
    return env if env_id(env) in {env_id(key) for key in (card.name, *card.test_keys)} else card.name


def evaluate_all(actor: Actor, prior: AnyPolicy, expert: SimulatedExpert | None) -> EvaluationResults:
    """Policy, prior and expert on the same episodes."""
    env, theta = world_of(actor.config.env), preference_of(actor.config, actor.card).theta
    return EvaluationResults(
        policy=evaluate_one(actor.shelf.driving, env, theta, expert),
        prior=evaluate_one(prior, env, theta, expert),
        expert=None if expert is None else evaluate_one(expert.policy, env, theta, expert),
    )


def evaluate_one(of: Driver, env: str, theta: Sequence[float], expert: SimulatedExpert | None) -> EvaluationResult:
    """One policy on the episodes that every policy of the task gets."""
    found: Evaluation = evaluate(of, env, theta, of.card.episodes, expert=expert)
    return EvaluationResult(
        return_true=found.return_true,
        crash_rate=found.crash_rate,
        intervention_rate=found.intervention_rate,
        features=found.features,
        success_rate=found.success_rate,
    )


def _round(tally: RoundTally) -> RoundResult:
    return RoundResult(
        round=tally.round,
        steps=tally.steps,
        human_steps=tally.human_steps,
        intervention_rate=tally.intervention_rate,
        seconds_to_policy=tally.median_seconds,
        theta=tally.theta,
    )


def samples_to(path: Iterable[tuple[int, float]], deltas: Sequence[float] = DELTAS) -> dict[float, int | None]:
    """Expert samples before the rate first fell under each delta, None where it never did.

    `path` has the samples and the rate of each policy in order, the first one's too; no more of it is asked for than
    needed.
    """
    found: dict[float, int | None] = dict.fromkeys(deltas)
    for samples, rate in path:
        for delta in deltas:
            if rate < delta and found[delta] is None:
                found[delta] = samples
        if None not in found.values():
            break
    return found


def _samples_to(actor: Actor, expert: SimulatedExpert | None) -> dict[str, int | None]:
    return {f"{delta:.2f}": samples for delta, samples in samples_to(_path(actor, expert)).items()}


def _path(actor: Actor, expert: SimulatedExpert | None) -> Iterator[tuple[int, float]]:
    """Samples and rate of each policy that drove; one whose file was not kept is left out, and the shelf says so."""
    if expert is None:
        return
    wheel, task = actor.wheel, world_of(actor.config.env)
    yield wheel.steps_before, intervention_rate(wheel.opening, task, expert, FRESH_STEPS, FRESH_SEED)
    for update in wheel.updates:
        if (policy := actor.shelf.policy(update.version, update.hash)) is not None:
            yield update.human_steps, intervention_rate(policy, task, expert, FRESH_STEPS, FRESH_SEED)
