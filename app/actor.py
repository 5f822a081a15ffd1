"""The actor: one control step after the other, shared between policy and human, and never held up by the learner.

Nothing here knows of windows or pacing: a loop calls `poll_device` and `service` as often as it likes and
`control_step` when a step is due.
"""

import random
from typing import Any

import numpy as np

from mereq_teleop.agents.learner import FROM_NOTHING
from mereq_teleop.app.attendance import Attendance
from mereq_teleop.app.black_box import BlackBox
from mereq_teleop.app.bus.seam import Acked, Arrived, Bus, Failed, Refused, Reported
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.fork import Start
from mereq_teleop.app.heading import Heading
from mereq_teleop.app.inheritance import Inheritance
from mereq_teleop.app.journal import Journal, Subject
from mereq_teleop.app.lessons import Lessons
from mereq_teleop.app.resumption import Resumption
from mereq_teleop.app.rewind import READY_S, Past
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.app.tally import typical_takeover
from mereq_teleop.app.tempo import Tempo
from mereq_teleop.app.wheel import Place, Wheel
from mereq_teleop.app.wording import counted, in_words
from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.events import Acknowledgement, AuthorityChange, EpisodeStart, Rewind, Topic
from mereq_teleop.sessions.rates import Standing
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Action, Authority, Decision
from mereq_teleop.sessions.world import OneStep, OneWorld, as_action, as_transition
from mereq_teleop.teleop.arbiter import Arbiter
from mereq_teleop.teleop.authority import Event
from mereq_teleop.teleop.device import Device, Sight

__all__ = ["Actor"]

MAX_SEED = 2**31
"""Of an episode's reset."""


class Actor:
    """Drives one world and tells everybody else what happened."""

    def __init__(
        self,
        config: OperateConfig,
        card: TaskCard,
        *,
        batch: AnyBatch,
        shelf: PolicyShelf,
        device: Device,
        bus: Bus,
        recorder: Recorder,
        session: str,
        start: Start | None = None,
        resumption: Resumption | None = None,
    ) -> None:
        """With `start` the first episode goes on from the middle of another's; with `resumption` it comes after one."""
        self.config = config
        self.session = session
        """Name of the session."""
        self.card = card
        self.shelf = shelf
        self.device = device
        self.bus = bus
        self.journal = Journal(recorder)
        self.tempo = Tempo(self.journal, config.speed, step_by_step=config.step_by_step)
        self.heading = Heading(card, self.journal, config.axes)
        self.arbiter = Arbiter(card, demonstrating=config.demonstrations)
        inheritance = Inheritance() if start is None else start.inheritance
        self.tally = (resumption or inheritance).tally(config.delta, typical_takeover(card, config.preference))
        self.decision: Decision | None = None
        """The last decision; None before the first."""
        self.aligned = False
        """Whether the policy was found aligned, and the session ends for that."""
        self.failure = ""
        """Why the learner gave up, in words; empty while it did not."""
        self.episode = start.point.episode if start else resumption.episodes - 1 if resumption else -1
        self.step = 0
        """Control steps of the episode so far."""
        self.frames: Any
        """What the world went through in the last step; also the step that ended an episode is seen to its end."""
        self._world = OneWorld(batch)
        self._batch = batch
        self._attendance = Attendance()
        # Only a person at a window can ask for the past.
        self._past = Past(batch, 0.0 if config.headless else card.control_rate_hz)
        self._black_box = BlackBox(shelf.folder.divergence)
        self._lessons = Lessons(bus, self.journal, self.tally, config.learns_each, demonstrations=config.demonstrations)
        self._lessons.inherit(inheritance)
        self.wheel = Wheel(shelf, self.journal, self.tally, self._lessons, guarded=config.guarded)
        self._seeds = random.Random(config.seed)
        self._obs = np.empty(0, np.float32)
        self._policy_action: Action | None = None
        self._decisions = 0
        self._given_to_hand = False
        for _ in range(self.episode + 1):
            self._seeds.randrange(MAX_SEED)
        if resumption:
            self._lessons.await_all()
        self._begin(start)

    @property
    def opened(self) -> bool:
        """Whether the policy that the method starts from is here."""
        from_nothing = self.config.method in FROM_NOTHING and not self._lessons.inherited
        return not from_nothing or bool(self.shelf.staged or self.shelf.driving.snapshot.version)

    @property
    def waits_for_update(self) -> bool:
        """Whether something asked for an update whose policy is not here yet."""
        return self._lessons.awaited

    @property
    def paused(self) -> bool:
        """Whether nobody has control."""
        return self.arbiter.authority is Authority.NOBODY

    @property
    def done(self) -> bool:
        """Whether all rounds that were asked for are over, or an aligned policy ended the session before."""
        return self.aligned or (self.config.rounds is not None and len(self.tally.rounds) > self.config.rounds)

    @property
    def _place(self) -> Place:
        return Place(max(self.episode, 0), self.step)

    @property
    def policy_action(self) -> Action:
        """What the driving policy would do now."""
        if self._policy_action is None:
            self._policy_action = as_action(self.shelf.driving.act(self._obs[None])[0])
        return self._policy_action

    def service(self, now_s: float) -> None:
        """Take what came from the learner; a new policy drives at once if that is what the operator chose."""
        for event in self.bus.poll(now_s):
            match event:
                case Acked(key) if key not in self._lessons.inherited:
                    self.journal.record(Topic.ACK, Acknowledgement(segment=key))
                case Reported(report) if report.cause not in self._lessons.inherited:
                    self.journal.record(Topic.REPORT, report)
                case Arrived(policy):
                    self.wheel.arrive(policy, now_s)
                case Failed(detail):
                    self.failure = detail
                    self.journal.disclose(f"the learner failed: {detail}", now_s, warning=True)
                case Refused(reason):
                    self.journal.disclose(f"the learner refused: {reason}", now_s, warning=True)
        if told := self._attendance.look(self.bus.health(now_s).state, now_s):
            self.journal.disclose(told, now_s, warning=True)
        if self.config.swap == "now":
            self._swap(now_s)

    def poll_device(self, now_s: float) -> None:
        """Ask the device, and let its commands move the authority; in demonstrations the policy never has it."""
        # Also before: hands that are out as an episode begins drive its first step.
        self._demonstrate()
        authority, heading_rad = self.arbiter.authority, self.heading.rad
        sight = Sight(now_s, self._decisions, self.episode, authority, self._obs, self.policy_action, heading_rad)
        for command in self.device.poll(sight):
            self.journal.record(Topic.COMMAND, command)
            self._changed(self.arbiter.on_command(command))
        self._changed(self.arbiter.expire(now_s))
        self._demonstrate()

    def ready(self) -> bool:
        """Whether a step that is due may happen: step by step it waits for the person to act, or to let it pass."""
        if self.tempo.step_by_step and self.tempo.lets_pass and not self.arbiter.moved:
            self.let_pass()
        return not self.tempo.step_by_step or self.arbiter.moved or self.tempo.lets_pass

    def let_pass(self) -> None:
        """The next step may happen, as the policy wants it whoever had control; in demonstrations they hold still."""
        if self.tempo.step_by_step and not self.paused:
            self.tempo.let_pass()
            if not self.config.demonstrations:
                self._changed(self.arbiter.apply(Event.RELEASE))

    def control_step(self, now_s: float) -> None:
        """Decide and execute one step; nothing happens while nobody has control."""
        if self.paused:
            return
        self._swap_at_boundary(now_s)
        self._past.keep(self.step)
        obs, decision = self._obs, self.arbiter.decide(self.policy_action)
        after = self._world.step(decision.executed)
        self.frames = self._batch.frames
        transition = as_transition(self.step, obs, decision, after, self.shelf.driving.snapshot.version)
        self.journal.record(Topic.TRANSITION, transition)
        self.decision, self._obs, self._policy_action = decision, after.observation, None
        self.tally.add(decision.authority, self.episode, self.step, transition.policy_version)
        self.step += 1
        self._decisions += 1
        self.tempo.stepped()
        self._lessons.add(transition, now_s)
        if self.config.stop_when_aligned and self.tally.verdict.standing is Standing.ALIGNED:
            self.aligned = True
            self.journal.disclose(f"{in_words(self.tally.verdict, self.config.delta)}: the session ends", now_s)
        if after.terminated or after.truncated:
            self._announce_end(after, by_hand=decision.authority is Authority.HUMAN, now_s=now_s)
            self._begin_episode(now_s)
        if self.tally.round.steps >= self.config.round_steps:
            self._lessons.end_round(now_s)
            self.tally.end_round(self.shelf.driving.snapshot.version)
            # Who is driving is ready, and is not stopped in the middle of a correction.
            if self.arbiter.authority is not Authority.HUMAN:
                self.tempo.count_down(self.config.countdown or 0.0)

    def new_episode(self, now_s: float) -> None:
        """Leave this episode and begin another."""
        self._begin_episode(now_s)
        self.frames = self._batch.frames

    def pause(self, now_s: float) -> None:
        """Take control from everybody, or give it back to the policy; a correction is learned from meanwhile."""
        self._changed(self.arbiter.apply(Event.RESUME if self.paused else Event.PAUSE))
        if self._given_to_hand:
            self._given_to_hand = False
            self._changed(self.arbiter.apply(Event.ENGAGE))
        self._offer_correction(now_s)

    def roll_back(self, now_s: float) -> None:
        """Let the previous policy drive again."""
        if self.wheel.roll_back(self._place, now_s):
            self._policy_action = None

    def retract(self, now_s: float) -> None:
        """Take the last correction back, however many segments it has: nobody shall learn from it."""
        driving = self.arbiter.authority is Authority.HUMAN
        if driving:
            self._changed(self.arbiter.apply(Event.RELEASE))
        self._offer_correction(now_s)
        if driving and self._lessons.untouched:
            self.journal.announce("given back before a step was taken: there is nothing to take back", now_s)
            return
        taken = self._lessons.retract(now_s)
        if taken is None:
            self.journal.announce("there is no correction to take back", now_s, warning=True)
            return
        steps, remain = taken
        words = f"the last correction ({counted(steps, 'step')}) was taken back; {remain} remain{'s' * (remain == 1)}"
        self.journal.announce(words, now_s, subject=Subject.RETRACTED)

    def rewind(self, now_s: float) -> None:
        """Take the last seconds of the episode again; a correction that reaches into them is taken back."""
        back = self._past.go_back(self.step)
        if back is None:
            self.journal.announce("the episode has just begun: there is nothing to take again", now_s, warning=True)
            return
        # The policy drives first: nobody's hands know yet where the world is.
        self._changed(self.arbiter.apply(Event.RELEASE))
        step, self._obs = back
        seconds = (self.step - step) / self.card.control_rate_hz
        retracted = self._lessons.rewind(self.episode, step, now_s)
        self.journal.record(Topic.REWIND, Rewind(episode=self.episode, from_step=self.step, to_step=step))
        also = f"; {counted(retracted, 'correction')} taken back" if retracted else ""
        self.journal.announce(f"{seconds:g} s back, to step {step}{also}", now_s, subject=Subject.REWOUND)
        self.step, self.decision, self._policy_action = step, None, None
        self.frames = self._batch.frames
        self.tempo.count_down(READY_S)

    def finish(self, now_s: float) -> None:
        """Close the open segment; a policy that still waits for its moment becomes the session's last."""
        self._lessons.close(now_s)
        self._swap(now_s)
        if fault := self._black_box.close():
            self.journal.announce(fault, now_s, warning=True)

    def _announce_end(self, after: OneStep, *, by_hand: bool, now_s: float) -> None:
        if (divergence := self._batch.divergence) is not None:
            self.journal.announce(self._black_box.keep(divergence, self.episode, self.step - 1), now_s, warning=True)
        elif after.terminated and self.card.is_crash(after.features.tolist()):  # Success shows by itself, and often.
            words = f"{Subject.CRASHED}: a new episode begins" + "; Backspace takes the correction back" * by_hand
            self.journal.announce(words, now_s, warning=True, subject=Subject.CRASHED)

    def _begin_episode(self, now_s: float) -> None:
        # Whoever held the last episode's wheel did not take this one's.
        self._changed(self.arbiter.apply(Event.RELEASE))
        seed = self._seeds.randrange(MAX_SEED)
        self._enter(EpisodeStart(index=self.episode + 1, seed=seed, task=self._batch.env_id), now_s)

    def _enter(self, begun: EpisodeStart, now_s: float) -> None:
        self.episode, self.step = begun.index, len(begun.executed_before)
        self._lessons.begin(begun, now_s)
        self._obs = self._world.reset(begun.seed)
        for action in begun.executed_before:
            self._obs = self._world.step(action).observation
        self._past.forget()
        self._policy_action = None
        self.journal.record(Topic.EPISODE, begun)

    def _begin(self, start: Start | None) -> None:
        """The first episode."""
        if start is None:
            self.wheel.begin(Place(self.episode + 1, 0))
            self._begin_episode(0.0)
        else:
            self._take_up(start)
        self.frames = self._batch.frames
        self.tempo.count_down(0.0 if self.paused else self.config.countdown or 0.0)  # Who ends a pause is ready.

    def _take_up(self, start: Start) -> None:
        """Go on from the middle of another session's episode; those after it have the seeds that they had there."""
        self._enter(
            EpisodeStart(
                index=start.point.episode,
                seed=start.seed,
                task=self._batch.env_id,
                executed_before=start.executed_before,
            ),
            0.0,
        )
        # The frame is seen as it is, not the way that led to it.
        self._batch.restore(self._batch.state())
        self.wheel.fork(start.policy, self._place)
        if start.by_hand:
            self.pause(0.0)
            self._given_to_hand = True

    def _demonstrate(self) -> None:
        if self.config.demonstrations and self.arbiter.authority is Authority.POLICY:
            self._changed(self.arbiter.apply(Event.ENGAGE))

    def _offer_correction(self, now_s: float) -> None:
        """Close the open segment if it is the human's."""
        if self.decision is not None and self.decision.authority is Authority.HUMAN:
            self._lessons.close(now_s)

    def _swap_at_boundary(self, now_s: float) -> None:
        fresh_episode = self.step == 0
        fresh_segment = self.decision is None or self.decision.authority is not self.arbiter.authority
        if fresh_episode or (fresh_segment and self.config.swap == "segment"):
            self._swap(now_s)

    def _swap(self, now_s: float) -> None:
        # The policy that was found aligned is the session's last.
        if not self.aligned and self.wheel.swap(self._place, now_s, first=not self._decisions):
            self._policy_action = None

    def _changed(self, change: AuthorityChange | None) -> None:
        if change is not None:
            if change.after is Authority.HUMAN:
                self._lessons.taken_over()
            self.journal.record(Topic.AUTHORITY, change)
