"""A joystick beside the operator's window, which owns the event queue."""

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from mereq_teleop.app.cast import make_device, resolve
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs.mountain_car.card import CARD
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.teleop.device import Device
from mereq_teleop.teleop.errors import BadMapping, TeleopError
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.mapping import mapping_path
from tests.teleop.fake_source import FRAME_S, Person
from tests.teleop.virtual_joystick import VirtualJoystick, sdl_is_there, virtual_joysticks

pytestmark = pytest.mark.skipif(not sdl_is_there(), reason="no SDL of pygame's own in /proc/self/maps")
COAST: Action = (0.25,)


class Desk:
    """The window, the hands that a configuration asks for, and a person."""

    def __init__(self, **asked: str) -> None:
        self.config = resolve(OperateConfig(env="mountain-car", **asked), windowed=True)  # type: ignore[arg-type]
        self.keyboard = Keyboard(CARD)
        self.window = Window.open(CARD, "joystick", keyboard=self.keyboard)
        self.device: Device = make_device(self.config, CARD, self.keyboard, None)
        self.person = Person(CARD, self.device, COAST)
        self._frames = 0

    def wait(self, seconds: float) -> None:
        self.person.wait(seconds, self._pump)

    def _pump(self) -> None:
        self._frames += 1
        self.window.pump(self._frames * FRAME_S)

    def close(self) -> None:
        self.device.close()
        self.window.close()


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[VirtualJoystick]]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with virtual_joysticks() as made:
        yield made


def test_auto_takes_a_joystick_whenever_it_is_there_and_the_keyboard_beside_it(plug: type[VirtualJoystick]) -> None:
    desk = Desk()
    desk.device.open()
    desk.wait(0.2)
    assert desk.device.describe() == "keyboard"
    pad = plug()
    desk.wait(1.2)
    assert desk.device.describe() == "Virtual Controller + keyboard"
    pad.push(0, -1.0)
    desk.wait(0.5)
    assert desk.person.by_hand() == (-1.0,)
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0))
    desk.wait(0.1)
    assert desk.person.who() is Authority.POLICY
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_RIGHT, mod=0))
    desk.wait(0.2)
    assert desk.person.by_hand() == (1.0,)
    desk.close()


def test_a_joystick_unplugged_in_control_is_safe_at_once_and_takes_over_again(plug: type[VirtualJoystick]) -> None:
    pad = plug()
    desk = Desk(device="joystick", takeover="hold")
    desk.device.open()
    desk.wait(0.1)
    pad.press(10)
    pad.push(0, 1.0)
    desk.wait(0.5)
    assert desk.person.by_hand() == pytest.approx((1.0,), abs=1e-4)
    pad.unplug()
    desk.wait(0.2)
    assert desk.person.steps[-1] == (Authority.SAFE, CARD.neutral_action)
    assert desk.person.arbiter.reason == "Virtual Controller was unplugged"
    assert desk.device.describe() == "joystick (gone) + keyboard"
    desk.wait(2.0)
    assert desk.person.steps[-1] == (Authority.POLICY, COAST)
    again = plug()
    desk.wait(1.2)
    again.press(10)
    again.push(0, 1.0)
    desk.wait(0.5)
    assert desk.person.by_hand() == pytest.approx((1.0,), abs=1e-4)
    desk.close()


def test_a_joystick_that_was_asked_for_must_be_there(plug: type[VirtualJoystick]) -> None:
    desk = Desk(device="joystick")
    with pytest.raises(TeleopError, match="no joystick is plugged in"):
        desk.device.open()
    desk.close()


def test_the_users_mapping_file_is_followed_or_complained_of(plug: type[VirtualJoystick]) -> None:
    path = mapping_path("joystick")
    path.parent.mkdir(parents=True)
    path.write_text("[tasks.mountain-car]\nforce = [{ axis = 'righty' }]\n")
    pad = plug()
    desk = Desk()
    desk.device.open()
    desk.wait(0.1)
    pad.push(3, 1.0)
    desk.wait(0.5)
    assert desk.person.by_hand() == pytest.approx((1.0,), abs=1e-4)
    desk.close()
    path.write_text("[tasks.mountain-car]\nforce = [{ axis = 'rightz' }]\n")
    desk = Desk(device="joystick")
    with pytest.raises(BadMapping, match=r"joystick\.toml: no axis of the device 'rightz'.*did you mean 'right"):
        desk.device.open()
    desk.close()
