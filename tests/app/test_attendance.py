"""The learner's going and coming back, in words."""

from mereq_teleop.app.attendance import Attendance
from mereq_teleop.app.bus.messages import LearnerState


def test_a_learner_that_goes_and_comes_back_is_told_of_once_each() -> None:
    states = ["starting", "ready", "learning", "lost", "starting", "starting", "ready", "learning", "hung", "ready"]
    attendance = Attendance()
    said = [attendance.look(LearnerState(state), float(now)) for now, state in enumerate(states)]
    gone = "the learner is gone: the policy drives on, and nothing that you teach is lost"
    assert said == [
        "",
        "",
        "",
        gone,
        "",
        "",
        "the learner is back after 3.0 s",
        "",
        gone,
        "the learner is back after 1.0 s",
    ]


def test_a_learner_that_has_not_come_yet_is_not_missed() -> None:
    attendance = Attendance()
    assert not any(attendance.look(LearnerState.STARTING, float(now)) for now in range(100))
