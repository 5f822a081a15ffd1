"""A joystick in the hands of somebody who drives a task of their own: no file says what it does, and it does it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mereq_teleop import envs
from mereq_teleop.app.cast import make_device, resolve
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.guide import guides_of
from mereq_teleop.teleop.keyboard import Keyboard
from tests.envs.own.written import CARTPOLE, write
from tests.teleop.fake_source import Person
from tests.teleop.virtual_joystick import FLIGHT_STICK, VirtualJoystick, sdl_is_there, virtual_joysticks

pytestmark = pytest.mark.skipif(not sdl_is_there(), reason="no SDL of pygame's own in /proc/self/maps")

PENDULUM = """
from mereq_teleop.envs import Task

class Swing(Task):
    env = "Pendulum-v1"
    axes = ("torque",)
"""


class Desk:
    """The hands of `--device joystick` before a task of somebody's own."""

    def __init__(self, env: str, policy_action: Action) -> None:
        card, config = envs.card(env), resolve(OperateConfig(env=env, device="joystick"), windowed=True)
        self.device = make_device(config, card, Keyboard(card), None)
        self.device.open()
        self.person = Person(card, self.device, policy_action)

    def says(self) -> list[tuple[str, str]]:
        """What the help has of its sticks."""
        return [row for guide in guides_of(self.device) for row in guide.rows][:2]


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[VirtualJoystick]]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with virtual_joysticks() as made:
        yield made


def test_a_gamepad_pushes_the_cart_whichever_way_the_policy_would(
    plug: type[VirtualJoystick], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    pad = plug()
    desk = Desk(f"{name}:CartPole", 1)
    assert desk.says() == [("left stick left or d-pad left", "left"), ("left stick right or d-pad right", "right")]
    desk.person.wait(0.2)
    assert desk.person.who() is Authority.POLICY
    for way, action in ((-1.0, 0), (1.0, 1)):
        pad.push(0, way)
        desk.person.wait(0.5)
        assert desk.person.by_hand() == action
    desk.device.close()


def test_a_plain_stick_turns_the_pendulum_as_far_as_it_is_out(
    plug: type[VirtualJoystick], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = write(tmp_path, monkeypatch, PENDULUM)
    stick = plug(FLIGHT_STICK, axes=3, buttons=4, hats=1, name="Stick")
    desk = Desk(f"{name}:Swing", (0.5,))
    assert desk.says() == [("stick right or hat right", "torque"), ("stick left or hat left", "torque -")]
    desk.person.wait(0.2)
    for way, torque in ((1.0, 2.0), (-1.0, -2.0)):
        stick.push(0, way)
        desk.person.wait(0.5)
        assert desk.person.by_hand() == pytest.approx((torque,), abs=1e-3)
    stick.push(0, 0.0)
    stick.tilt(0, 2)
    desk.person.wait(0.5)
    assert desk.person.by_hand() == pytest.approx((2.0,), abs=1e-3)
    desk.device.close()
