"""kill -9 of the actor: the file opens, at most a second is lost, the session goes on (50 times: `make kills`)."""

import os
import random

import pytest

from benchmarks.kills import kill
from tests.app.conftest import XServer

DICE = random.Random(1)
MOMENTS = [(DICE.uniform(0.5, 4.0), False), (DICE.uniform(0.0, 1.0), True), (DICE.uniform(1.0, 4.0), True)]


@pytest.mark.parametrize(("after_s", "driving"), MOMENTS)
def test_whatever_the_moment_the_session_goes_on(x_server: XServer, after_s: float, driving: bool) -> None:
    environment = {**os.environ, "DISPLAY": x_server.display}
    came = kill(after_s, seed=1, driving=driving, environment=environment)
    assert came.faults == ()
    assert (came.lost_s is not None) >= driving
    assert came.steps > 0 or not driving
