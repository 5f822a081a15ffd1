"""Guarded activation: a policy whose trial went badly is kept and told of, and does not drive."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.agents.records import LearnerReport, Trial
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.app.cast import make_prior
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.learning.trials import Trials
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.records import AnySegment
from tests.app.test_actor import Teacher, acting, always, steps

FASTER = card_of("highway").actions.index("FASTER")


class Tried(Teacher):
    """Its policies did so in their trials."""

    def __init__(self, *failures: float) -> None:
        super().__init__()
        self._failures = failures

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        report = super().learn(segments, cause=cause, pulse=pulse)
        trial = Trial(failures=self._failures[len(self.lessons) - 1], prior_failures=0.02, episodes=100)
        return msgspec.structs.replace(report, trial=trial)


def drives(folder: Path, *failures: float, guard: str = "on") -> tuple[list[int], list[str], list[str]]:
    """Versions that drove, what was said, and the policies' files, after a correction for each policy."""
    script = "".join(f"{6 * i + 2} FASTER\n{6 * i + 4} release\n" for i in range(len(failures)))
    with acting(folder, Tried(*failures), guard=guard) as rig:
        rig.follow(script)
        rig.until(6 * len(failures) + 3)
        said = [text for text, warning in rig.said if warning]
    recording = rig.recording()
    versions = list(dict.fromkeys(step.policy_version for step in steps(recording)))
    assert set(said) <= set(recording.notes)
    return versions, said, sorted(path.name.partition("-")[0] for path in rig.folder.policies.iterdir())


def test_a_policy_that_fails_more_than_the_prior_is_kept_but_not_driven(tmp_path: Path) -> None:
    versions, said, files = drives(tmp_path, 0.3, 0.03)
    assert versions == [0, 2]
    assert said == [
        "policy 1 is kept but not driven: in 100 simulated episodes it crashed in 30%, the driving one in 2%"
    ]
    assert len(files) == 3


def test_it_is_compared_with_the_driving_one_within_a_margin(tmp_path: Path) -> None:
    assert drives(tmp_path / "a", 0.07, 0.12, 0.171)[0] == [0, 1, 2]
    assert drives(tmp_path / "b", 0.071)[0] == [0]


def test_without_the_guard_whatever_is_learned_drives(tmp_path: Path) -> None:
    versions, said, _ = drives(tmp_path, 1.0, guard="off")
    assert (versions, said) == ([0, 1], [])


def test_a_method_from_nothing_is_not_guarded() -> None:
    assert not OperateConfig(method="maxent").guarded
    assert OperateConfig().guarded


@pytest.mark.parametrize("task", ["highway", "mountain-car", "pusher"])
def test_the_prior_fails_as_often_as_itself_and_seldom(task: str) -> None:
    card = card_of(task)
    prior = shipped(card.prior, card).snapshot
    pulses: list[None] = []
    trials = Trials(task, prior)
    trial = trials.run(prior, lambda: pulses.append(None))
    assert trial.failures == trial.prior_failures <= 0.1
    assert trial.episodes >= 16
    assert pulses
    assert trials.run(prior) == trial


def test_a_policy_that_only_ever_goes_faster_is_found_out() -> None:
    prior = make_prior(OperateConfig(), card_of("highway")).snapshot
    trial = Trials("highway", prior).run(always(FASTER))
    assert trial.failures > 0.5
