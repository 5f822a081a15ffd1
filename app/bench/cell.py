"""One cell: a whole session in this process, by the live application's own actor, and the measures of its policies."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mereq_teleop.agents.evaluate import Evaluation, evaluate, intervention_rate
from mereq_teleop.agents.learner import FROM_NOTHING, Learner, LearnerConfig, Method
from mereq_teleop.agents.methods import make_learner
from mereq_teleop.agents.policy import AnyPolicy, Driver
from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.agents.shipped import prior_of
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.bench.plan import Cell, Pair, Settings
from mereq_teleop.app.bench.results import CellResult, Reference, Stage
from mereq_teleop.app.bus.seam import Bus, BusEvent
from mereq_teleop.app.cast import make_expert, preference_of
from mereq_teleop.app.clock import SystemClock
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.learning.in_process import InProcessBus
from mereq_teleop.app.loops import run_lockstep
from mereq_teleop.app.results import FRESH_SEED, FRESH_STEPS
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.app.tally import Update
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.events import Topic
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Record
from mereq_teleop.teleop.simulated import SimulatedDevice

__all__ = ["Measure", "Stopwatch", "perform", "run_cell", "run_reference"]


@dataclass
class Stopwatch:
    """Seconds by the part of a cell that they went into."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """Count the block's seconds for a part."""
        began_s = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - began_s


class Measure:
    """How good a policy is by a session's preference; what is measured in a shifted world is given that world's key."""

    def __init__(self, config: OperateConfig, world: str = "") -> None:
        card = card_of(config.env)
        # What there is to say of it was said when the bench was prepared.
        self.prior = prior_of(card, config.prior)
        self.expert = make_expert(config, card, self.prior)
        self._theta = preference_of(config, card).theta
        self._world = world or config.env

    def rate(self, policy: AnyPolicy) -> float:
        """Intervention rate by the rule on the fresh steps that every policy gets."""
        return intervention_rate(policy, self._world, self.expert, FRESH_STEPS, FRESH_SEED)

    def drive(self, policy: Driver, episodes: int) -> Evaluation:
        """True return, ends and features on the episodes that every policy gets."""
        return evaluate(policy, self._world, self._theta, episodes)


def perform(work: Cell | Pair, settings: Settings) -> CellResult | Reference:
    """What a worker does: a cell, or the measures of a preference's prior and expert."""
    return run_cell(work, settings) if isinstance(work, Cell) else run_reference(work, settings)


def run_cell(cell: Cell, settings: Settings) -> CellResult:
    """Drive, learn and measure; what is raised becomes the cell's failure."""
    watch = Stopwatch()
    try:
        with watch.on("starting"):
            config = _config(cell.pair, settings, cell.method, cell.seed)
            measure = Measure(config, settings.test_env)
            learner = make_learner(
                LearnerConfig(
                    task=cell.task,
                    method=cell.method,
                    seed=cell.seed,
                    total_features=settings.total_features,
                    objective=settings.objective,
                    settle=True,
                ),
                measure.prior.snapshot,
            )
        with tempfile.TemporaryDirectory(prefix="mereq-cell-") as folder:
            kept = SessionFolder(Path(folder))
            actor, reports = _drive(config, TimedBus(learner, cell, settings, watch), measure, watch, kept)
            with watch.on("evaluating"):
                stages = _stages(actor, reports, settings, measure)
                start_rate = measure.rate(actor.wheel.opening) if cell.method in FROM_NOTHING else None
    except Exception as error:
        return CellResult(cell=cell, failure=_one_line(error), seconds=watch.seconds)
    return CellResult(cell=cell, start_rate=start_rate, stages=stages, seconds=watch.seconds)


def run_reference(pair: Pair, settings: Settings) -> Reference:
    """The prior's and the expert's own measures."""
    card = card_of(pair.task)
    theta = dict(zip(card.feature_names, card.preference(pair.preference).theta, strict=True))
    try:
        measure = Measure(_config(pair, settings), settings.test_env)
        return Reference(
            pair=pair,
            termination=card.termination,
            theta=theta,
            prior=measure.drive(measure.prior, settings.episodes),
            prior_rate=measure.rate(measure.prior),
            expert=measure.drive(measure.expert.policy, settings.episodes),
        )
    except Exception as error:
        return Reference(pair=pair, termination=card.termination, theta=theta, failure=_one_line(error))


def _config(pair: Pair, settings: Settings, method: Method = "mereq", seed: int = 0) -> OperateConfig:
    """The unattended session that a cell is."""
    return OperateConfig(
        env=pair.task,
        method=method,
        device="simulated",
        headless=True,
        preference=pair.preference,
        prior=Path(settings.prior) if settings.prior else None,
        update=settings.update,
        guard="off",
        pace="lockstep",
        demonstrations=settings.demonstrations,
        total_features=settings.total_features,
        objective=settings.objective,
        steps_per_round=settings.steps_per_round,
        rounds=settings.rounds,
        seed=seed,
    )


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


class Reports(Recorder):
    """A recording of the learner's reports alone, in memory."""

    def __init__(self) -> None:
        # No file and no thread: nothing of what a recorder starts.
        self.reports: dict[int, LearnerReport] = {}

    def write(self, topic: str, record: Record, time_ns: int) -> None:
        """Keep a report by the version of the policy that it tells of."""
        if topic == Topic.REPORT and isinstance(record, LearnerReport):
            self.reports[record.policy_version] = record


class TimedBus(InProcessBus):
    """Counts what learning takes."""

    def __init__(self, learner: Learner, cell: Cell, settings: Settings, watch: Stopwatch) -> None:
        super().__init__(learner, settings.update, settle=True, opens=cell.method in FROM_NOTHING)
        self._watch = watch

    def poll(self, now: float) -> list[BusEvent]:
        """As a bus does."""
        with self._watch.on("learning"):
            return super().poll(now)


def _drive(
    config: OperateConfig, bus: Bus, measure: Measure, watch: Stopwatch, folder: SessionFolder
) -> tuple[Actor, dict[int, LearnerReport]]:
    """All rounds of a session, by the loop of an unattended one; its policies go to the folder."""
    card, recorder, clock = card_of(config.env), Reports(), SystemClock()
    folder.policies.mkdir()
    with closing(bus), watch.on("driving"), closing(PolicyShelf(measure.prior, card, folder)) as shelf:
        actor = Actor(
            config,
            card,
            batch=make_batch(config.env, 1),
            shelf=shelf,
            device=SimulatedDevice(measure.expert),
            bus=bus,
            recorder=recorder,
            session=folder.name,
        )
        run_lockstep(actor, lambda now_s: None, lambda: False, clock)
        actor.finish(clock.monotonic())
    # Learning happened within the loop.
    watch.seconds["driving"] -= watch.seconds.get("learning", 0.0)
    return actor, recorder.reports


def _stages(actor: Actor, reports: dict[int, LearnerReport], settings: Settings, measure: Measure) -> tuple[Stage, ...]:
    """What every policy of the session came to; only the last one of a round is driven for episodes."""
    made = [(update, reports[update.version]) for update in actor.wheel.updates]
    lasts = {report.round: report.policy_version for _, report in made}
    # An update that had nothing to learn gives the same policy again.
    versions = {update.hash: update.version for update in actor.wheel.updates}
    rate = cache(lambda of: measure.rate(_kept(actor, versions[of], of)))
    drive = cache(lambda of: measure.drive(_kept(actor, versions[of], of), settings.episodes))
    stages = []
    for update, report in made:
        same = update.hash
        whole = lasts[report.round] == report.policy_version
        observed = actor.tally.rounds[report.round - 1].intervention_rate if whole else None
        stages.append(_stage(update, report, observed, rate(same), drive(same) if whole else None))
    return tuple(stages)


def _kept(actor: Actor, version: int, content_hash: str) -> AnyPolicy:
    policy = actor.shelf.policy(version, content_hash)
    if policy is None:
        raise FolderError(actor.shelf.fault)
    return policy


def _stage(
    update: Update, report: LearnerReport, observed: float | None, rate: float, evaluation: Evaluation | None
) -> Stage:
    weights = report.weights
    names = () if weights is None else weights.feature_names
    return Stage(
        round=report.round,
        expert_samples=update.human_steps,
        observed_rate=observed,
        rule_rate=rate,
        theta=None if weights is None else dict(zip(names, weights.theta, strict=True)),
        deviation=dict(zip(names, weights.deviation, strict=True)) if weights and weights.deviation else None,
        update_s=report.seconds,
        updates=report.updates,
        evaluation=evaluation,
    )
