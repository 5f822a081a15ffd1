"""A joystick that comes and goes while the whole application runs; `make plugging` does it for longer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.conftest import XServer
from tests.app.test_end_to_end import surroundings
from tests.teleop.virtual_joystick import sdl_is_there

ROOT = Path(__file__).parents[2]
SECONDS, PATIENCE_S = 20, 240


@pytest.mark.slow
@pytest.mark.skipif(not sdl_is_there(), reason="no SDL of pygame's own in /proc/self/maps")
@pytest.mark.parametrize("task", ["highway", "pusher"])
def test_no_push_is_lost_and_no_takeover_is_stuck(x_server: XServer, task: str) -> None:
    command = [sys.executable, "-m", "benchmarks.plugging", "--seconds", str(SECONDS), "--env", task]
    environment = surroundings(DISPLAY=x_server.display)
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert f"{task}: {SECONDS} s" in done.stdout
