"""A blind window shows nothing by which conditions could be told apart: the same pixels whatever drives and learns."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.onlooker import Cue, Onlooker
from mereq_teleop.app.operator_view import OperatorView, blinded, scene_of
from mereq_teleop.app.timeline import Mark
from mereq_teleop.app.window.keys import BINDINGS, WITHHELD, Request, asking_keys
from mereq_teleop.app.window.scene import LearnerPhase, Scene
from mereq_teleop.app.window.view import WorldView, view_of
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs import card
from mereq_teleop.sessions.rates import Interval, Standing, Verdict
from mereq_teleop.teleop.keyboard import Keyboard
from tests.app.test_actor import acting
from tests.app.window.samples import SCENE
from tests.app.window.test_picture import pixels

TELLING: list[dict[str, Any]] = [
    {"policy_version": 3},
    {"last_swap": "policy 3: high speed -0.20"},
    {"verdict": Verdict(0.5, Interval(0.3, 0.7), Standing.NOT_ALIGNED)},
    {"theta": (), "theta_deviation": ()},
    {"theta": (("collision", 0.5), ("right_lane", -0.5), ("high_speed", 0.5))},
    {"theta_deviation": ()},
    {"learner": LearnerPhase.LEARNING},
    {"learner": LearnerPhase.STARTING},
    {"learner_detail": "sweep 12 of 40"},
]


@pytest.mark.parametrize("change", TELLING, ids=lambda change: " ".join(change))
def test_what_tells_conditions_apart_changes_no_pixel(change: dict[str, Any]) -> None:
    other = replace(SCENE, **change)
    assert pixels(other) != pixels(SCENE)
    assert pixels(blinded(other)) == pixels(blinded(SCENE))


@pytest.mark.parametrize(
    "change", [{"round": 9}, {"round_step": 99}, {"recording_fault": "the disk is full"}, {"device": "a joystick"}]
)
def test_the_rest_is_still_seen(change: dict[str, Any]) -> None:
    scene = blinded(SCENE)
    assert pixels(replace(scene, **change)) != pixels(scene)


def test_a_learner_that_is_gone_is_told() -> None:
    assert blinded(replace(SCENE, learner=LearnerPhase.LOST)).learner is LearnerPhase.LOST


@pytest.mark.parametrize("change", TELLING[:6], ids=lambda change: " ".join(change))
def test_a_blind_scene_cannot_tell_of_policies(change: dict[str, Any]) -> None:
    told = {name: value for name, value in change.items() if value}
    if told:
        with pytest.raises(ValueError, match="tells nothing of policies"):
            Scene(authority=SCENE.authority, blind=True, **told)


def test_what_is_announced_of_policies_does_not_show_in_a_blind_session(tmp_path: Path) -> None:
    said, marks, cues = {}, {}, {}
    for blind in (False, True):
        with acting(tmp_path / str(blind), blind=blind) as rig:
            rig.follow("0 LANE_RIGHT\n3 release")
            rig.until(8)
            rig.actor.retract(0.0)
            told = [announcement.text for announcement in rig.actor.journal.announcements]
            onlooker = Onlooker()
            cues[blind] = onlooker.look(rig.actor, 0.0)
            scene = scene_of(rig.actor, 0.0, 0.5, onlooker=onlooker)
            said[blind] = [toast.text for toast in scene.toasts]
            marks[blind] = [moment.mark for moment in scene.last_minute.moments]
            assert scene.blind is blind
            assert any(text.startswith("policy ") for text in told)
            assert rig.actor.shelf.driving.snapshot.version > 0
    assert any(text.startswith("policy ") for text in said[False])
    assert not any("policy" in text for text in said[True])
    assert any("taken back" in text for text in said[True])
    assert (Cue.SWAP in cues[False], Cue.SWAP in cues[True]) == (True, False)
    assert (Mark.SWAP in marks[False], Mark.SWAP in marks[True]) == (True, False)


def test_blind_is_off_unless_asked_for() -> None:
    assert not OperateConfig().blind


def test_what_is_disclosed_of_the_learner_does_not_show_either(tmp_path: Path) -> None:
    with acting(tmp_path, blind=True) as rig:
        rig.actor.journal.disclose("the learner failed: out of memory", 0.0, warning=True)
        rig.actor.journal.announce("crashed: a new episode begins", 0.0, warning=True)
        onlooker = Onlooker()
        onlooker.look(rig.actor, 0.0)
        shown = scene_of(rig.actor, 0.0, 0.5, onlooker=onlooker).toasts
    assert [toast.text for toast in shown] == ["crashed: a new episode begins"]
    # Whoever reads the recording learns of it.
    assert "the learner failed: out of memory" in rig.recording().notes


@dataclass
class Asked:
    """A window at which one key is pressed."""

    request: Request
    view: WorldView = field(default_factory=lambda: view_of(card("highway")))

    def pump(self, now_s: float) -> list[Request]:
        """The key."""
        return [self.request]

    def say(self, words: str) -> None:
        """Nothing shows."""


@pytest.mark.parametrize("asked", sorted(WITHHELD))
def test_a_blind_window_does_nothing_that_makes_conditions_unequal(
    asked: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(tmp_path, blind=True) as rig:
        rig.until(4)
        actor = rig.actor

        def state() -> tuple[float, bool, object, int]:
            return actor.tempo.speed, actor.tempo.step_by_step, actor.shelf.driving, len(actor.journal.announcements)

        before = state()
        monkeypatch.setattr(Window, "open", lambda *_, **__: Asked(asked))
        view = OperatorView(actor.card, Keyboard(actor.card), blind=True)
        assert view.pump(actor, 0.0)
        assert state() == (*before[:3], before[3] + 1)
        assert actor.journal.announcements[-1].text == f"no {asked} here: the study sets it"


def test_keys_that_do_nothing_are_not_shown() -> None:
    pusher = card("pusher")
    assert ("v",) in asking_keys(pusher)
    assert ("v",) not in asking_keys(card("highway"))
    assert {asked for keys in set(asking_keys(pusher)) - set(asking_keys(pusher, blind=True)) for asked in keys} == {
        key for key, request in BINDINGS.items() if request in WITHHELD
    }
