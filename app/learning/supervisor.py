"""Starts the learner's process, watches it, and starts it again when it dies or hangs."""

import os
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from mereq_teleop.app.bus.health import Health
from mereq_teleop.app.bus.messages import LearnerState

__all__ = ["CALL", "KILLED_AFTER_S", "Child", "LearnerElsewhere", "LearnerSupervisor", "spawn_learner"]

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 10.0
"""Before the next start of a learner that keeps dying of itself, or before it was ready."""
LONGEST_DELAY_OF_KILLED_S = 2.0
"""Before the next start of one that was ready and keeps being killed, for instance for its memory."""
KILLS_FORGIVEN = 3
"""Kills of a ready learner within `KILLS_WITHIN_S` that delay nothing."""
KILLS_WITHIN_S = 60.0
KILLED_FROM_OUTSIDE = (-9, -15)
"""Exit codes of SIGKILL and SIGTERM; a learner's own faults are other signals (SIGSEGV) and exit codes over zero."""
STANDBY_AFTER_S = 1.0
"""A learner has been ready so long before another one is started to stand by."""
STANDBY_AGAIN_S = 60.0
"""Before the next try of a learner that died while it stood by."""
CALL = b"serve\n"
"""What a learner that stands by reads from its standard input when it is its turn."""
KILLED_AFTER_S = 3.0
"""Silence (s) after which a learner is killed; it counts as hung before, but on a busy machine it may only be slow."""
LONGEST_PATIENCE_S = 16.0
"""A learner that was killed for its silence may only have been slow: the next one may be silent twice as long. Not much
longer, or one that hangs again and again is left alone for minutes; imports have a grace of their own."""
QUICK_S = 2.0
"""A learner that has answered for so long since it was ready is not too slow for this machine: if it falls silent, it
hangs, and the next one is given no more time for it."""
STABLE_S = 5.0
"""A learner that has lived so long since it was ready starts the count of failures anew."""
GIVE_UP_AFTER = 4
"""Failures in a row that the learner itself said (a nonzero exit); kills do not count."""

SILENCES = (LearnerState.HUNG, LearnerState.LOST)


class Child(Protocol):
    """What is needed of a `subprocess.Popen`."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """The pipe to it."""
        ...

    @property
    def pid(self) -> int:
        """Process id."""
        ...

    def poll(self) -> int | None:
        """Exit code; None while it runs."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end (s); raises `subprocess.TimeoutExpired`."""
        ...


class Watched(Protocol):
    """The bus, as far as the supervisor needs it."""

    def health(self, now: float) -> Health:
        """How the learner is."""
        ...

    def expect_learner(self, now: float) -> None:
        """A new learner was started."""
        ...


def spawn_learner(command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a learner whose output goes to `log` (appended) and whose standard input is a pipe from us."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        # Its own session: an interrupt at the terminal is for the actor, which then ends its child in order.
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        )


class LearnerElsewhere:
    """A learner that somebody else started: nobody here starts, kills or ends it."""

    def __init__(self, address: str) -> None:
        self.gave_up = False
        """It never answered; a link that breaks later may heal."""
        self.hint = f"is one running at {address}, with nothing in between that closes its three ports?"
        """Where to look for what is wrong with it."""
        self._answered = False

    def turned_away(self, why: str) -> None:
        """The door, which knows who has which key, says why nothing comes of a connection."""
        self.hint = why

    def watch(self, bus: Watched, now: float) -> None:
        """See whether it answers (`now` in seconds)."""
        state = bus.health(now).state
        self._answered |= state in (LearnerState.READY, LearnerState.LEARNING)
        self.gave_up = state in SILENCES and not self._answered

    def stop(self) -> None:
        """Nothing to do."""


class LearnerSupervisor:
    """Keeps one learner alive, and another one standing by if wanted. `watch` never waits; call it every frame."""

    hint = "see learner/learner.log in the session folder"
    """Where to look for what is wrong with it."""

    def __init__(
        self,
        spawn: Callable[[], Child],
        log: Callable[[str], None] = lambda line: None,
        *,
        spawn_standby: Callable[[], Child] | None = None,
    ) -> None:
        """`log` takes a line when a learner is killed; `spawn_standby` starts one that waits for `CALL`."""
        self.restarts = 0
        """How often the learner was started again."""
        self.gave_up = False
        """The learner failed for reasons of its own so often that it is not started again."""
        self._spawn = spawn
        self._spawn_standby = spawn_standby
        self._log = log
        self._child: Child | None = None
        self._standby: Child | None = None
        self._standby_at = float("-inf")
        self._failures = 0
        self._deaths = 0
        self._kills: deque[float] = deque()
        self._patience_s = KILLED_AFTER_S
        self._start_at = float("-inf")
        self._killed = False
        self._ready_at: float | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the learner; None while there is none."""
        return None if self._child is None else self._child.pid

    def watch(self, bus: Watched, now: float) -> None:
        """Start, kill or bury the learner as it needs (`now` in seconds)."""
        if self._child is None:
            if not self.gave_up and now >= self._start_at:
                self._start(bus, now)
            return
        code = self._child.poll()
        health = bus.health(now)
        state = health.state
        if code is not None:
            self._bury(code, now)
        elif state in SILENCES and health.silent_s >= self._patience_s and not self._killed:
            self._killed = True
            self._log(
                f"the learner (process {self._child.pid}) was silent for {health.silent_s:.1f} s: it is started again"
            )
            self._child.kill()
            self._patience_s = min(2 * self._patience_s, LONGEST_PATIENCE_S)
        elif state in (LearnerState.READY, LearnerState.LEARNING):
            self._ready_at = now if self._ready_at is None else self._ready_at
            if now - self._ready_at > QUICK_S:
                self._patience_s = KILLED_AFTER_S
            if now - self._ready_at > STABLE_S:
                self._failures = self._deaths = 0
            if now - self._ready_at > STANDBY_AFTER_S:
                self._keep_standby(now)

    def stop(self, patience_s: float = 2.0) -> None:
        """End the learners: politely, and by force after `patience_s`. Returns when they have ended."""
        self.gave_up = True
        children = [child for child in (self._child, self._standby) if child is not None]
        for child in children:
            self._close_pipe(child)
        for child in children:
            try:
                child.wait(patience_s)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._child = self._standby = None

    def _start(self, bus: Watched, now: float) -> None:
        self._child = self._called() or self._spawn()
        self._killed = False
        self._ready_at = None
        bus.expect_learner(now)

    def _keep_standby(self, now: float) -> None:
        """Have one stand by, unless the last one died of itself a moment ago."""
        if self._spawn_standby is None:
            return
        if self._standby is not None and self._standby.poll() is not None:
            self._log(f"the learner that stood by ended with {self._standby.poll()}: see learner/learner.log")
            self._close_pipe(self._standby)
            self._standby = None
        elif self._standby is None and now >= self._standby_at:
            self._standby = self._spawn_standby()
            self._standby_at = now + STANDBY_AGAIN_S

    def _called(self) -> Child | None:
        """The learner that stood by, told to serve; None where there is none that lives."""
        child, self._standby = self._standby, None
        # One that was used up is replaced as soon as the next one is ready.
        self._standby_at = float("-inf") if child is not None else self._standby_at
        if child is None or child.stdin is None:
            return None
        try:
            child.stdin.write(CALL)
            child.stdin.flush()
        except OSError:
            # It is dead: nobody holds the other end.
            self._close_pipe(child)
            return None
        return child

    def _bury(self, code: int, now: float) -> None:
        """The learner has ended: start it again, later and later if that is its own doing."""
        assert self._child is not None
        self._close_pipe(self._child)
        self._child = None
        self._failures += code > 0
        self.gave_up = self._failures >= GIVE_UP_AFTER
        if self.gave_up:
            return
        self.restarts += 1
        if code in KILLED_FROM_OUTSIDE and self._ready_at is not None:
            self._deaths = 0
            delay_s = self._delay_of_killed(now)
        else:
            self._deaths += 1
            delay_s = min(FIRST_DELAY_S * 2 ** (self._deaths - 1), LONGEST_DELAY_S)
        self._start_at = now + delay_s

    def _delay_of_killed(self, now: float) -> float:
        """Whoever kills it may do so again: a machine short of memory shall not spend all its time on starts."""
        self._kills.append(now)
        while now - self._kills[0] > KILLS_WITHIN_S:
            self._kills.popleft()
        more = max(0, len(self._kills) - KILLS_FORGIVEN)
        return min(FIRST_DELAY_S * 2.0 ** min(more, 10), LONGEST_DELAY_OF_KILLED_S)

    @staticmethod
    def _close_pipe(child: Child) -> None:
        if child.stdin is not None:
            # What it was told last and never read is nothing to complain of.
            with suppress(OSError):
                child.stdin.close()
