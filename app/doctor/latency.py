"""From a key's event to the step that executes it, in this process alone.

What is measured: SDL's event queue, the loop's look at it 60 times a second, the takeover, the wait for the task's next
step, the policy and the simulator. What is not: the keyboard itself, its cable and the system's input, the display
server, drawing, recording. `python -m benchmarks.latency` measures a whole session, from a key under X.
"""

import random
import statistics
import threading
from collections.abc import Iterator

import pygame

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.agents.unlearned import unlearned
from mereq_teleop.app.clock import Clock, RateKeeper, SystemClock
from mereq_teleop.app.doctor.check import Check, Need, State, fine
from mereq_teleop.app.loops import FRAME_RATE_HZ
from mereq_teleop.envs import make_batch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.world import OneWorld, as_action
from mereq_teleop.teleop.arbiter import Arbiter
from mereq_teleop.teleop.device import Sight
from mereq_teleop.teleop.joysticks import sdl
from mereq_teleop.teleop.keyboard import Keyboard

__all__ = ["check_latency", "measured"]

_SECONDS = 4.0
_SLACK_S = 0.010
"""For the policy, the simulator and the machine's other work."""
_WITHOUT = "without keyboard, cable, display server, drawing and recording"


def check_latency(need: Need) -> Iterator[Check]:
    """How long a key takes on the chosen task, measured for some seconds."""
    delays_s = measured(need.env, need.card, _SECONDS, SystemClock())
    step_s, frame_s = 1.0 / need.card.control_rate_hz, 1.0 / FRAME_RATE_HZ
    limit_s = step_s + frame_s + _SLACK_S
    found = (
        f"a key's event to the executed step of {need.card.name}: median {1e3 * statistics.median(delays_s):.0f} ms, "
        f"worst {1e3 * max(delays_s):.0f} ms of {len(delays_s)}; with the wait for the next step, up to "
        f"{1e3 * step_s:.0f} ms; {_WITHOUT}"
    )
    if max(delays_s) > limit_s:
        remedy = f"more than {1e3 * limit_s:.0f} ms: end other programs that compute, and look again"
        yield Check(section="input to effect", name="key", state=State.WARNING, found=found, remedy=remedy)
    else:
        yield fine("input to effect", "key", found)


def measured(env: str, card: TaskCard, seconds: float, clock: Clock) -> list[float]:
    """Seconds from each of some key events, at odd moments, to the end of the first step that executes its action.

    Takes `seconds`, and as much longer as the last key's step; at least one key is pressed.
    """
    with sdl():
        return _Trial(env, card, clock).run(seconds)


class _Trial:
    """A loop as the operator's, with a thread that presses keys."""

    def __init__(self, env: str, card: TaskCard, clock: Clock) -> None:
        self._card, self._clock = card, clock
        self._period_s = 1.0 / card.control_rate_hz
        self._world = OneWorld(make_batch(env, 1))
        # Who drives does not matter to how long a key takes.
        self._policy = shipped(card.prior, card) if not card.source else policy_of(unlearned(card), card)
        self._keyboard, self._arbiter = Keyboard(card), Arbiter(card)
        self._obs = self._world.reset(0)
        self._steps = 0
        self._chance = random.Random(0)
        self._key = next(iter(card.keys))
        self._pressed_s: float | None = None
        """When the key that is waited for was pressed."""
        self._press: threading.Timer | None = None
        # What the first call compiles is nobody's latency.
        self._step()

    def run(self, seconds: float) -> list[float]:
        delays_s: list[float] = []
        keeper = RateKeeper(self._clock, FRAME_RATE_HZ)
        begun_s = now_s = self._clock.monotonic()
        due_s = now_s + self._period_s
        self._plan()
        while now_s - begun_s < seconds or not delays_s:
            now_s = keeper.wait()
            self._poll(now_s)
            if now_s < due_s:
                continue
            due_s = max(due_s + self._period_s, now_s)
            if self._step() is Authority.HUMAN and self._pressed_s is not None:
                delays_s.append(self._clock.monotonic() - self._pressed_s)
                self._let_go(now_s)
                self._plan()
        if self._press is not None:
            self._press.cancel()
            self._press.join()
        return delays_s

    def _plan(self) -> None:
        """Press the key at an odd moment of one of the next steps."""
        self._pressed_s = None
        wait_s = self._chance.uniform(0.1, 0.1 + max(self._period_s, 0.2))
        self._press = threading.Timer(wait_s, self._post)
        self._press.start()

    def _post(self) -> None:
        self._pressed_s = self._clock.monotonic()
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.key.key_code(self._key)))

    def _let_go(self, now_s: float) -> None:
        self._keyboard.release(self._key)
        self._keyboard.press("escape", now_s)

    def _poll(self, now_s: float) -> None:
        for event in pygame.event.get(pygame.KEYDOWN):
            self._keyboard.press(pygame.key.name(event.key), now_s)
        action = as_action(self._policy.act(self._obs[None])[0])
        sight = Sight(now_s, self._steps, 0, self._arbiter.authority, self._obs, action)
        for command in self._keyboard.poll(sight):
            self._arbiter.on_command(command)

    def _step(self) -> Authority:
        """One control step; who decided it."""
        decision = self._arbiter.decide(as_action(self._policy.act(self._obs[None])[0]))
        after = self._world.step(decision.executed)
        self._steps += 1
        ended = after.terminated or after.truncated
        self._obs = self._world.reset(self._steps) if ended else after.observation
        return decision.authority
