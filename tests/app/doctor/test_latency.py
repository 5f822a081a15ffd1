"""From a key's event to the step that executes it."""

import pygame
import pytest

from mereq_teleop.app.clock import SystemClock
from mereq_teleop.app.doctor.check import State
from mereq_teleop.app.doctor.latency import check_latency, measured
from mereq_teleop.envs import card
from tests.app.doctor.made import need


@pytest.mark.parametrize("env", ["pusher", "highway"])
def test_a_key_waits_for_the_next_look_and_the_next_step_and_hardly_longer(env: str) -> None:
    task = card(env)
    delays_s = measured(env, task, 2.0, SystemClock())
    assert len(delays_s) >= (4 if env == "pusher" else 1)
    assert min(delays_s) > 0.0
    # Beside other programs a step may be late; a key that missed a whole one would be far beyond this.
    assert sorted(delays_s)[len(delays_s) // 2] < 1.0 / task.control_rate_hz + 0.1
    assert not pygame.display.get_init()


def test_it_says_what_is_in_the_figure_and_what_is_not() -> None:
    (check,) = check_latency(need("pusher"))
    assert check.state in (State.OK, State.WARNING)
    assert "to the executed step of pusher: median " in check.found
    assert "without keyboard, cable, display server, drawing and recording" in check.found
