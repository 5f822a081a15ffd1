"""Hands on a joystick that SDL makes, before the live pusher: when each move was made, for `benchmarks.latency`.

Run as a program, it drives a session in the folder that it is given and prints what was done, as JSON.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pygame

from mereq_teleop.app import operator_view
from mereq_teleop.app.actor import Actor
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.operate import operate
from tests.teleop.virtual_joystick import FLIGHT_STICK, VirtualJoystick

__all__ = ["TRIALS"]

TRIALS = 30
LEFT_RIGHT, RELEASE = 0, 1
"""The axis, and the button that gives back."""
READY_S = 6.0
"""So long the start and the first frames take."""


def move(stick: VirtualJoystick, done: list[tuple[str, int]], over: Callable[[], None]) -> None:
    """Take over, go the other way, give back, at odd times that have nothing to do with the loop's frames."""
    chance = random.Random(0)
    time.sleep(READY_S)
    for _ in range(TRIALS):
        for what, value in (("takeover", 1.0), ("other way", -1.0)):
            done.append((what, time.time_ns()))
            stick.push(LEFT_RIGHT, value)
            time.sleep(chance.uniform(0.3, 0.6))
        stick.push(LEFT_RIGHT, 0.0)
        for down in (True, False):
            stick.press(RELEASE, down=down)
            time.sleep(chance.uniform(0.1, 0.2))
        time.sleep(chance.uniform(0.2, 0.4))
    over()


def main() -> int:
    over, done = threading.Event(), list[tuple[str, int]]()

    class Watched(operator_view.OperatorView):
        def pump(self, actor: Actor, now_s: float) -> bool:
            return super().pump(actor, now_s) and not over.is_set()

    operator_view.OperatorView = Watched  # type: ignore[misc]
    pygame.joystick.init()
    stick = VirtualJoystick(FLIGHT_STICK, axes=4, buttons=4)
    threading.Thread(target=move, args=(stick, done, over.set), daemon=True).start()
    config = OperateConfig(env="pusher", device="auto", countdown=0.0, rounds=100_000, sessions=Path(sys.argv[1]))
    code = operate(config, ("benchmarks.stick",))
    print(json.dumps(done))
    return code


if __name__ == "__main__":
    sys.exit(main())
