"""Whose axes a SpaceMouse's are: chosen at the start, switched by a key, and told to the device with each frame."""

import math
from pathlib import Path

import pytest

from mereq_teleop.app.heading import Heading
from mereq_teleop.envs.fanuc.pusher.card import CARD as ARM
from mereq_teleop.envs.highway.card import CARD as HIGHWAY
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Sight
from mereq_teleop.teleop.simulated import SimulatedDevice
from tests.app.test_actor import Rig, acting


class Watcher(SimulatedDevice):
    """A SpaceMouse that asks for nothing, and remembers where it was told that the camera looks."""

    def __init__(self) -> None:
        self.headings: list[float | None] = []

    def turns(self) -> bool:
        return True

    def poll(self, sight: Sight) -> list[Command]:
        self.headings.append(sight.heading_rad)
        return []


def heading(rig: Rig, *, frame: str = "base") -> Heading:
    """Of the arm, in a camera's view, whatever the rig's own task is."""
    made = Heading(ARM, rig.actor.journal, "camera" if frame == "camera" else "base")
    made.camera_rad = math.pi / 2
    rig.actor.heading = made
    return made


@pytest.mark.parametrize(("frame", "wanted"), [("base", None), ("camera", math.pi / 2)])
def test_the_device_is_told_the_heading_only_in_the_cameras_frame(
    tmp_path: Path, frame: str, wanted: float | None
) -> None:
    with acting(tmp_path) as rig:
        heading(rig, frame=frame)
        rig.actor.device = watcher = Watcher()
        rig.until(2)
        rig.actor.heading.switch(0.0, device=True)
        rig.until(3)
    assert watcher.headings == [wanted, wanted, None if wanted else math.pi / 2]
    other = "base" if wanted else "camera"
    assert f"the SpaceMouse's axes are the {other}'s" in rig.recording().notes


def test_without_a_spacemouse_or_an_arm_there_is_nothing_to_turn(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.actor.heading.camera_rad = 1.0
        assert not rig.actor.heading.turnable
        assert Heading(HIGHWAY, rig.actor.journal, "camera").rad is None
        rig.actor.heading.switch(0.0, device=True)
        heading(rig).switch(0.0, device=False)
        assert rig.said == [("there are no axes to turn: that takes a SpaceMouse and an arm", True)] * 2
        assert rig.actor.heading.frame == "base"
