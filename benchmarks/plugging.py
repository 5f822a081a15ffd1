"""A joystick that is unplugged and plugged in again at random every few seconds, in the live application.

Run it as `python -m benchmarks.plugging --seconds 600 --env highway` (or `--env pusher`; `make plugging` does both), on
your display or, without one, on an Xvfb that it starts. SDL makes the joystick, so its events take the way of any
other's. It ends with 1 if a push of the stick was not obeyed although it was there throughout, or if the human had
control for longer than the rules allow while nobody touched anything.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pygame

from benchmarks.live import display
from benchmarks.machine import load
from mereq_teleop.app import operator_view
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.operate import operate
from mereq_teleop.app.replay import TYPES, verify_session
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.analog import rules_of
from mereq_teleop.teleop.arbiter import SAFE_S
from mereq_teleop.teleop.takeover import Mode
from tests.teleop.virtual_joystick import FLIGHT_STICK, VirtualJoystick

PATIENCE_S = 1.5
"""More than the rules say before a takeover counts as stuck: it is looked at once a frame, on a busy machine."""
FOUND_FRAMES = 6
"""So long a stick must have been there, at rest, before a push of it is owed an answer."""


@dataclass
class Push:
    """One push of the stick to the left or to the right."""

    way: float
    frames: int
    """That it still lasts."""
    episode: int
    owed: bool
    """Whether the stick was there throughout, and in one episode."""


@dataclass
class Hands:
    """What the torment does, frame by frame, and what it sees."""

    seconds: float
    random: Random
    stick: VirtualJoystick | None = None
    push: Push | None = None
    end_s: float = 0.0
    next_plug_s: float = 0.0
    next_push_s: float = 0.0
    quiet_since_s: float = 0.0
    found: int = 0
    """Frames for which the stick has been known and at rest."""
    unplugged: int = 0
    owed: int = 0
    cut: int = 0
    """Pushes in the midst of which the stick was pulled out, or another episode began."""
    followed: int = 0
    stuck: list[str] = field(default_factory=list)

    def frame(self, actor: Actor, now_s: float) -> bool:
        """One frame; False at the end."""
        if not self.end_s:
            self.end_s, self.quiet_since_s = now_s + self.seconds, now_s
        self.found = self.found + 1 if self.stick and "Virtual" in actor.device.describe() and not self.push else 0
        if now_s >= self.next_plug_s:
            self._plug(now_s)
        if self.push is not None:
            self._go_on(actor, now_s)
        elif self.stick is not None and now_s >= self.next_push_s:
            self._push(actor, now_s)
        self._judge(actor, now_s)
        return now_s < self.end_s

    def _plug(self, now_s: float) -> None:
        self.next_plug_s = now_s + self.random.uniform(0.3, 6.0)
        if self.stick is None:
            self.stick = VirtualJoystick(FLIGHT_STICK, axes=4, buttons=4)
            return
        self.stick.unplug()
        self.stick, self.found = None, 0
        self.unplugged += 1
        if self.push is not None:
            self.push.owed = False

    def _push(self, actor: Actor, now_s: float) -> None:
        assert self.stick is not None
        frames = self.random.randrange(8, 40)
        self.push = Push(self.random.choice((-1.0, 1.0)), frames, actor.episode, self.found >= FOUND_FRAMES)
        self.stick.push(0, self.push.way)

    def _go_on(self, actor: Actor, now_s: float) -> None:
        push = self.push
        assert push is not None
        push.frames -= 1
        # Hands that are out as an episode begins must be at rest before they take over.
        push.owed &= push.episode == actor.episode
        if push.frames and self.stick is not None:
            return
        self.owed += push.owed
        self.cut += not push.owed
        if self.stick is not None:
            self.stick.push(0, 0.0)
        if not actor.card.discrete and push.owed:
            self.followed += self._is_followed(actor, push)
        self.push, self.quiet_since_s = None, now_s
        self.next_push_s = now_s + self.random.uniform(0.1, 2.0)

    def _is_followed(self, actor: Actor, push: Push) -> bool:
        """Whether the last step went the way of the stick, by the human's hand."""
        decision = actor.decision
        wanted = decision.human_action if decision is not None else None
        left = next(index for index, axis in enumerate(actor.card.axes) if axis.name == "left")
        return isinstance(wanted, tuple) and -push.way * wanted[left] > 0.0

    def _judge(self, actor: Actor, now_s: float) -> None:
        """Take note of a takeover that lasts although nobody has touched anything for long enough."""
        longest_s = rules_of(actor.card, Mode.INSTINCT).quiet_s + SAFE_S + PATIENCE_S
        if self.push is None and now_s - self.quiet_since_s > longest_s:
            authority = actor.arbiter.authority
            if authority is not Authority.POLICY:
                self.stuck.append(f"{authority} in control {now_s - self.quiet_since_s:.1f} s after the last touch")


def torment(env: str, seconds: float, seed: int, root: Path) -> tuple[Hands, SessionFolder]:
    """Run the application with such hands; what they did and saw, and the session."""
    hands = Hands(seconds, Random(seed))

    class Tormented(operator_view.OperatorView):
        def pump(self, actor: Actor, now_s: float) -> bool:
            going = super().pump(actor, now_s)
            return hands.frame(actor, now_s) and going

    operator_view.OperatorView = Tormented  # type: ignore[misc]
    pygame.joystick.init()
    config = OperateConfig(env=env, device="auto", countdown=0.0, rounds=100_000, sessions=root)
    code = operate(config, ("benchmarks.plugging",))
    if code:
        hands.stuck.append(f"the session ended with {code}")
    (folder,) = sessions_in(root)
    return hands, folder


def judged(env: str, seconds: float, hands: Hands, folder: SessionFolder) -> tuple[str, bool]:
    """The summary line, and whether all was well."""
    recording = read_recording(folder.recording, TYPES)
    asked = sum(command.device == "joystick" and command.action is not None for command in recording.commands)
    discrete = recording.config.task == "highway"
    answered = asked if discrete else hands.followed
    lost = max(hands.owed - answered, 0)
    # A push that was cut short may have asked before, or not; none asks twice.
    extra = max(asked - hands.owed - hands.cut, 0) if discrete else 0
    verified = verify_session(folder) == 0
    line = (
        f"{env}: {seconds:g} s, {hands.unplugged} times unplugged, {hands.owed} pushes with the stick there all along, "
        f"{lost} lost, {extra} too many, {hands.cut} cut short, {len(hands.stuck)} frames of a stuck takeover, "
        f"{'verified' if verified else 'NOT verified'}"
    )
    return line, verified and not (lost or extra or hands.stuck)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long (s)")
    parser.add_argument("--env", default="highway", help="task")
    parser.add_argument("--seed", type=int, default=0, help="of what is done when")
    chosen = parser.parse_args()
    print(f"a joystick unplugged at random; {load()}", flush=True)
    with tempfile.TemporaryDirectory() as root, display() as environment:
        os.environ["DISPLAY"] = environment["DISPLAY"]
        hands, folder = torment(chosen.env, chosen.seconds, chosen.seed, Path(root))
        line, well = judged(chosen.env, chosen.seconds, hands, folder)
    print(line)
    for words in hands.stuck[:5]:
        print(words)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
