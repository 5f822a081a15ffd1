"""The bus within one process keeps the promises of the real one."""

from contextlib import closing

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.app.bus.messages import LearnerState
from mereq_teleop.app.bus.seam import Acked, Arrived, Bus, Reported
from mereq_teleop.app.learning.in_process import InProcessBus
from tests.app.bus.samples import make_policy, make_segment
from tests.app.learning.fake_learner import FakeLearner


def test_it_acks_learns_and_settles() -> None:
    learner = FakeLearner(LearnerConfig(task="toy"), make_policy())
    with closing(InProcessBus(learner)) as bus:
        seam: Bus = bus
        assert seam.settled()
        keys = [seam.offer(make_segment("p1", human=False)), seam.offer(make_segment("h1"))]
        assert (seam.settled(), bus.waiting) == (False, 2)
        events = seam.poll(0.0)
        assert [event.key for event in events if isinstance(event, Acked)] == keys
        assert [event.policy.maker.cause for event in events if isinstance(event, Arrived)] == ["h1"]
        assert [event.report.policy_version for event in events if isinstance(event, Reported)] == [1]
        assert seam.settled()
        seam.retract("h1")
        assert [event.policy.version for event in seam.poll(0.0) if isinstance(event, Arrived)] == [2]
        seam.end_round(0)
        seam.poll(0.0)
        assert learner.lessons == [("p1", "h1"), ("p1",), ("p1",)]
        assert seam.health(0.0).state is LearnerState.READY


def test_the_policy_of_the_start_comes_with_the_first_poll() -> None:
    learner = FakeLearner(LearnerConfig(task="toy", method="maxent"), make_policy())
    with closing(InProcessBus(learner, opens=True)) as bus:
        assert [event.policy.version for event in bus.poll(0.0) if isinstance(event, Arrived)] == [1]
        assert bus.poll(0.0) == []
