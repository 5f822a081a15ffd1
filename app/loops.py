"""The loops that turn an actor: at 60 Hz with or without a window, or as fast as it goes."""

from collections.abc import Callable
from typing import Protocol

from mereq_teleop.app.actor import Actor
from mereq_teleop.app.clock import Clock, RateKeeper
from mereq_teleop.app.framelog import FrameLog

__all__ = ["FRAME_RATE_HZ", "Unseen", "View", "run_lockstep", "run_realtime"]

FRAME_RATE_HZ = 60.0
IDLE_S = 0.0005
"""Wait between two looks at the bus in lockstep."""


class View(Protocol):
    """What shows the world and takes the operator's requests: a window, or nothing."""

    @property
    def lets_pass(self) -> bool:
        """Whether the key is down that lets steps happen, where the world waits before each."""
        ...

    def pump(self, actor: Actor, now_s: float) -> bool:
        """Carry out what was asked since the last frame; False ends the session."""
        ...

    def draw(self, actor: Actor, now_s: float, step_left: float) -> None:
        """Show the world with a fraction `step_left` of the control step still to come."""
        ...


def run_lockstep(actor: Actor, watch: Callable[[float], None], stopped: Callable[[], bool], clock: Clock) -> None:
    """Step as fast as it goes, but wait for each update: every run of a seed is the same."""
    while not stopped():
        now_s = clock.monotonic()
        actor.service(now_s)
        watch(now_s)
        if actor.waits_for_update:
            clock.sleep(IDLE_S)
        elif actor.done:
            return
        else:
            actor.poll_device(now_s)
            actor.control_step(now_s)


def run_realtime(
    actor: Actor,
    view: View,
    watch: Callable[[float], None],
    stopped: Callable[[], bool],
    clock: Clock,
    *,
    lockstep: bool,
) -> FrameLog:
    """Turn at 60 Hz, with the control step at the task's own rate in it; returns how smoothly it went."""
    log = FrameLog()
    tempo, rate_hz = actor.tempo, actor.card.control_rate_hz
    keeper = RateKeeper(clock, FRAME_RATE_HZ)
    before_s = clock.monotonic()
    # In steps, so that another speed counts from the next frame on; who is asked for each step need not wait for it.
    left = 0.0 if tempo.step_by_step else 1.0
    while not stopped() and not actor.done:
        now_s = keeper.wait()
        elapsed_s, before_s = now_s - before_s, now_s
        if not view.pump(actor, now_s):
            break
        actor.service(now_s)
        watch(now_s)
        actor.poll_device(now_s)
        counting = tempo.countdown_s is not None
        tempo.pass_time(elapsed_s, key_down=view.lets_pass, paused=actor.paused)
        held = counting or actor.paused or (lockstep and actor.waits_for_update)
        if not held:
            left -= elapsed_s * rate_hz * tempo.speed
        if left <= 0.0 and not held:
            if actor.ready():
                actor.control_step(now_s)
                # Steps keep their grid, but a stall of more than a step is not made up for: the world never races.
                left = 1.0 + (left if left > -1.0 else 0.0)
            else:
                left = 0.0
        view.draw(actor, now_s, min(left, 1.0))
        if log.shown(clock.monotonic(), counted=not counting):
            actor.journal.note("first frame")
    return log


class Unseen:
    """Nobody watches."""

    @property
    def lets_pass(self) -> bool:
        """There is no key."""
        return False

    def pump(self, actor: Actor, now_s: float) -> bool:
        """Nothing was asked."""
        return True

    def draw(self, actor: Actor, now_s: float, step_left: float) -> None:
        """Nothing to show."""
