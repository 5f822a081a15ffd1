"""Words for the learner's state, as arithmetic on a clock."""

import pytest

from mereq_teleop.app.bus.health import HeartbeatWatch
from mereq_teleop.app.bus.messages import Heartbeat, LearnerState


def listen(watch: HeartbeatWatch, start: float, stop: float) -> None:
    """Poll at 10 Hz."""
    for i in range(round((stop - start) * 10) + 1):
        watch.tick(start + i / 10)


@pytest.mark.parametrize(
    ("said", "silent_s", "state"),
    [
        (None, 0.5, LearnerState.STARTING),
        (None, 59, LearnerState.STARTING),
        (None, 61, LearnerState.LOST),
        (LearnerState.STARTING, 59, LearnerState.STARTING),
        (LearnerState.STARTING, 61, LearnerState.LOST),
        (LearnerState.READY, 0.9, LearnerState.READY),
        (LearnerState.READY, 1.2, LearnerState.HUNG),
        (LearnerState.LEARNING, 0.9, LearnerState.LEARNING),
        (LearnerState.LEARNING, 1.2, LearnerState.HUNG),
        (LearnerState.LEARNING, 11, LearnerState.LOST),
        (LearnerState.FAILED, 11, LearnerState.FAILED),
    ],
)
def test_silence_has_a_meaning(said: LearnerState | None, silent_s: float, state: LearnerState) -> None:
    watch = HeartbeatWatch()
    watch.tick(0.0)
    if said is not None:
        watch.hear(Heartbeat(instance="a", state=said), 0.0)
    listen(watch, 0.0, silent_s)
    assert watch.health(silent_s).state is state


def test_our_own_stall_is_not_the_learners_silence() -> None:
    watch = HeartbeatWatch()
    watch.tick(0.0)
    watch.hear(Heartbeat(instance="a"), 0.0)
    watch.tick(100.0)
    assert watch.health(100.0).state is LearnerState.READY


def test_a_new_learner_is_not_judged_by_the_old_ones_words() -> None:
    watch = HeartbeatWatch()
    watch.tick(0.0)
    watch.hear(Heartbeat(instance="old"), 0.0)
    watch.expect(5.0)
    watch.hear(Heartbeat(instance="old"), 5.1)
    assert watch.health(5.1).state is LearnerState.STARTING
    watch.hear(Heartbeat(instance="new"), 5.2)
    assert watch.health(5.2).state is LearnerState.READY


def test_a_refusal_and_a_failure_say_why() -> None:
    watch = HeartbeatWatch()
    watch.tick(0.0)
    watch.hear(Heartbeat(instance="a"), 0.0)
    watch.refusal = "not you"
    assert str(watch.health(0.0)) == "refused: not you"
    watch.hear(Heartbeat(instance="a", state=LearnerState.FAILED, detail="no luck"), 0.0)
    assert str(watch.health(0.0)) == "failed: no luck"
