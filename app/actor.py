"""The actor: one control step after the other, shared between policy and human, and never held up by the learner.

Nothing here knows of windows or pacing: a loop calls `poll_device` and `service` as often as it likes and
`control_step` when a step is due.
"""

import random

import numpy as np

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.learner import FROM_NOTHING
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.attendance import Attendance
from mereq_teleop.app.black_box import BlackBox
from mereq_teleop.app.bus.seam import Acked, Arrived, Bus, Failed, Refused, Reported
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.heading import Heading
from mereq_teleop.app.journal import Journal, Subject
from mereq_teleop.app.lessons import Lessons
from mereq_teleop.app.rewind import READY_S, Past
from mereq_teleop.app.shelf import PolicyShelf, Swapped
from mereq_teleop.app.tally import Tally, Update, typical_takeover
from mereq_teleop.app.tempo import Tempo
from mereq_teleop.app.wording import in_words
from mereq_teleop.envs.batch import AnyBatch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.events import Acknowledgement, AuthorityChange, EpisodeStart, Rewind, Swap, Topic
from mereq_teleop.sessions.rates import Standing
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Action, Authority, Decision
from mereq_teleop.sessions.world import OneStep, OneWorld, as_action, as_transition
from mereq_teleop.teleop.arbiter import Arbiter
from mereq_teleop.teleop.authority import Event
from mereq_teleop.teleop.device import Device, Sight

__all__ = ["Actor"]


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
    ) -> None:
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
        self.arbiter = Arbiter(card)
        self.tally = Tally(config.delta, typical_takeover(card, config.preference))
        self.decision: Decision | None = None
        """The last decision; None before the first."""
        self.last_swap = ""
        """What the last swap of policies changed, in words."""
        self.updates: list[Update] = []
        self.aligned = False
        """Whether the policy was found aligned, and the session ends for that."""
        self.failure = ""
        """Why the learner gave up, in words; empty while it did not."""
        self.episode = -1
        self.step = 0
        """Control steps of the episode so far."""
        self.frames = batch.frames
        """What the world went through in the last step; also the step that ended an episode is seen to its end."""
        self._world = OneWorld(batch)
        self._batch = batch
        self._attendance = Attendance()
        # Only a person at a window can ask for the past.
        self._past = Past(batch, 0.0 if config.headless else card.control_rate_hz)
        self._black_box = BlackBox(shelf.folder.divergence)
        self._lessons = Lessons(bus, self.journal, self.tally, config.learns_each)
        self._seeds = random.Random(config.seed)
        self._obs = np.empty(0, np.float32)
        self._policy_action: Action | None = None
        self._decisions = 0
        self._rejected: str | None = None
        self._refused: str | None = None
        self.opening = shelf.driving
        """The policy of the first step."""
        self._record_swap("", 0.0)
        self._begin_episode(0.0)
        self.tempo.count_down(config.countdown or 0.0)

    @property
    def opened(self) -> bool:
        """Whether the policy that the method starts from is here."""
        return self.config.method not in FROM_NOTHING or bool(self.shelf.staged or self.shelf.driving.snapshot.version)

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
        return self.aligned or (self.config.rounds is not None and self.tally.round.round > self.config.rounds)

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
                case Acked(key):
                    self.journal.record(Topic.ACK, Acknowledgement(segment=key))
                case Reported(report):
                    self.journal.record(Topic.REPORT, report)
                case Arrived(policy) if policy.maker.cause != self._rejected:
                    self._stage(policy, now_s)
                case Failed(detail):
                    self.failure = detail
                    self.journal.announce(f"the learner failed: {detail}", now_s, warning=True)
                case Refused(reason):
                    self.journal.announce(f"the learner refused: {reason}", now_s, warning=True)
        if told := self._attendance.look(self.bus.health(now_s).state, now_s):
            self.journal.announce(told, now_s, warning=True)
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
        self.tally.add(decision.authority, self.episode, self.step)
        self.step += 1
        self._decisions += 1
        self.tempo.stepped()
        self._lessons.add(transition, now_s)
        if self.config.stop_when_aligned and self.tally.verdict.standing is Standing.ALIGNED:
            self.aligned = True
            self.journal.announce(f"{in_words(self.tally.verdict, self.config.delta)}: the session ends", now_s)
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
        self._offer_correction(now_s)

    def roll_back(self, now_s: float) -> None:
        """Let the previous policy drive again."""
        swapped = self.shelf.roll_back()
        if swapped is None:
            self.journal.announce("there is no earlier policy to go back to", now_s, warning=True)
            return
        # The same answer, refined in the background, is not wanted either.
        self._rejected = swapped.before.snapshot.maker.cause
        self._swapped(swapped, now_s, "rollback")

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
        words = f"the last correction ({steps} steps) was taken back; {remain} remain"
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
        also = f"; {retracted} correction{'s' * (retracted > 1)} taken back" if retracted else ""
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

    def _stage(self, policy: PolicySnapshot, now_s: float) -> None:
        """A policy came: it waits for its moment, unless it cannot drive or its trial went badly."""
        if self.config.guarded and (why := self.shelf.worse(policy)):
            self.shelf.keep(policy)
            # Refinements of the same answer may be refused too, or not.
            if policy.maker.cause != self._refused:
                self.journal.announce(f"policy {policy.version} is kept but not driven: {why}", now_s, warning=True)
            self._refused = policy.maker.cause
            return
        try:
            self.shelf.stage(policy)
        except BadPolicy as error:
            self.journal.announce(f"the learner sent an unusable policy: {error}", now_s, warning=True)

    def _announce_end(self, after: OneStep, *, by_hand: bool, now_s: float) -> None:
        if (divergence := self._batch.divergence) is not None:
            self.journal.announce(self._black_box.keep(divergence, self.episode, self.step - 1), now_s, warning=True)
        elif after.terminated:
            crash = self.card.termination == "crash"
            hint = "; Backspace takes the correction back" if crash and by_hand else ""
            self.journal.announce(f"{'crashed' if crash else 'done'}: a new episode begins{hint}", now_s, warning=crash)

    def _begin_episode(self, now_s: float) -> None:
        # Whoever held the last episode's wheel did not take this one's.
        self._changed(self.arbiter.apply(Event.RELEASE))
        self.episode += 1
        self.step = 0
        seed = self._seeds.randrange(2**31)
        self._lessons.begin(self.episode, seed, now_s)
        self._obs = self._world.reset(seed)
        self._past.forget()
        self._policy_action = None
        self.journal.record(Topic.EPISODE, EpisodeStart(index=self.episode, seed=seed, task=self._batch.env_id))

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
        swapped = None if self.aligned else self.shelf.swap()
        if swapped is None:
            return
        if not self._decisions:
            self.opening = swapped.policy
        self._swapped(swapped, now_s, "")
        maker = swapped.policy.snapshot.maker
        asked = self._lessons.asked(maker.cause)
        if asked is not None:
            self.updates.append(Update(swapped.policy, asked[1]))
            tally = self.tally.rounds[min(maker.round, len(self.tally.rounds)) - 1]
            tally.seconds_to_policy.append(now_s - asked[0])
            if maker.weights is not None:
                tally.theta = dict(zip(maker.weights.feature_names, maker.weights.theta, strict=True))

    def _swapped(self, swapped: Swapped, now_s: float, reason: str) -> None:
        snapshot = swapped.policy.snapshot
        self._policy_action = None
        self._record_swap(reason, swapped.seconds)
        if reason or snapshot.hash != swapped.before.snapshot.hash:
            self.tally.swapped()
            self.last_swap = reason or swapped.words
            self.journal.announce(f"policy {snapshot.version}: {self.last_swap}", now_s, subject=Subject.SWAP)

    def _record_swap(self, reason: str, cost_s: float) -> None:
        driving, episode = self.shelf.driving.snapshot, max(self.episode, 0)
        swap = Swap(
            version=driving.version, hash=driving.hash, episode=episode, step=self.step, reason=reason, cost_s=cost_s
        )
        self.journal.record(Topic.SWAP, swap)

    def _changed(self, change: AuthorityChange | None) -> None:
        if change is not None:
            if change.after is Authority.HUMAN:
                self._lessons.taken_over()
            self.journal.record(Topic.AUTHORITY, change)
