"""Groups of sessions whose numbers are known."""

from pathlib import Path

import msgspec
import pytest

from mereq_teleop.app.report.compare import compared
from mereq_teleop.app.report.numbers import SessionNumbers
from tests.app.report.test_numbers import counted, learned


def named(numbers: SessionNumbers, name: str, **config: str) -> SessionNumbers:
    return msgspec.structs.replace(numbers, name=name, config=msgspec.structs.replace(numbers.config, **config))


@pytest.fixture
def one(tmp_path: Path) -> SessionNumbers:
    """13 steps: 5 in round 1, 2 of them by hand; 4 that count in round 2, none by hand."""
    return named(counted(tmp_path, learned()), "one")


def test_sessions_of_a_method_make_a_group(one: SessionNumbers) -> None:
    sessions = (one, named(one, "two"), named(one, "three", method="iwr-ft"))
    (task,) = compared(sessions, "method")
    assert (task.task, task.feature_names) == ("toy", ("feature 1", "feature 2"))
    mereq, iwr = task.groups
    assert (mereq.name, mereq.sessions, iwr.name, iwr.sessions) == ("mereq", ("one", "two"), "iwr-ft", ("three",))
    assert (mereq.steps, mereq.human_steps, mereq.rate) == (18, 4, 4 / 18)
    assert (iwr.steps, iwr.human_steps, iwr.rate) == (9, 2, 2 / 9)
    assert (mereq.takeovers, mereq.switches, mereq.median_latency_s) == (2.0, 3.0, 0.5)
    assert mereq.return_on_effort == pytest.approx(13 * 0.25 / 6)
    assert mereq.theta == ((0.5, -0.25), (0.5, -0.25))
    first, second = mereq.rounds
    assert (first.round, first.sessions, first.share.steps, first.share.takeovers) == (1, 2, 10, (2, 2))
    assert (first.share.rate, first.samples) == (0.4, 2.0)
    assert (second.share.rate, second.samples) == (0.0, 2.0)
    # A single session keeps its own interval; two that agree are surer.
    assert iwr.rounds[0].share == one.rounds[0].share
    assert first.share.high - first.share.low < one.rounds[0].share.high - one.rounds[0].share.low


def test_tasks_and_preferences_are_not_mixed_on_an_axis(one: SessionNumbers) -> None:
    slow = msgspec.structs.replace(named(one, "slow"), preference="slow")
    sessions = (one, named(one, "other", task="gripper"), slow)
    found = compared(sessions, "method")
    assert [(task.task, task.preference, [group.sessions for group in task.groups]) for task in found] == [
        ("toy", "", [("one",)]),
        ("gripper", "", [("other",)]),
        ("toy", "slow", [("slow",)]),
    ]
    (together,) = compared(sessions, "task")
    assert (together.task, together.feature_names) == ("", ())
    assert [group.name for group in together.groups] == ["toy", "gripper"]


def test_people_without_a_name_are_one_group(one: SessionNumbers) -> None:
    ada = msgspec.structs.replace(one, participant="Ada")
    (task,) = compared((one, ada, named(one, "two")), "participant")
    assert [(group.name, len(group.sessions)) for group in task.groups] == [("not named", 2), ("Ada", 1)]


def test_the_sessions_of_a_study_are_compared_by_condition(one: SessionNumbers) -> None:
    def of(condition: str, name: str) -> SessionNumbers:
        config = msgspec.structs.replace(one.config, settings=one.config.settings | {"condition": condition})
        return msgspec.structs.replace(one, name=name, config=config)

    (task,) = compared((of("quick", "a"), of("slow", "b"), of("quick", "c"), of("", "d"), one), "condition")
    found = [(group.name, group.sessions) for group in task.groups]
    assert found == [("quick", ("a", "c")), ("slow", ("b",)), ("not named", ("d", "one"))]
