"""The real window on a real X server, with keys that xdotool presses."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest

from mereq_teleop.app.window.keys import BINDINGS, Request
from mereq_teleop.app.window.layout import DESIGN_SIZE, lay_out
from mereq_teleop.app.window.palette import AUTHORITY
from mereq_teleop.app.window.window import Window, WindowError
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.records import Authority
from tests.app.conftest import XServer
from tests.app.window.samples import FRAMES, SCENE, SCENES

PATIENCE_S = 10.0


class Keys:
    """A keyboard device that writes down what it is told."""

    def __init__(self) -> None:
        self.pressed: list[tuple[str, float]] = []
        self.released: list[str] = []
        self.lost: list[float] = []
        self.gained: list[float] = []

    def press(self, key: str, time_s: float) -> None:
        self.pressed.append((key, time_s))

    def release(self, key: str, time_s: float) -> None:
        self.released.append(key)

    def focus_lost(self, time_s: float) -> None:
        self.lost.append(time_s)

    def focus_gained(self, time_s: float) -> None:
        self.gained.append(time_s)


class Desktop:
    """A person at the window."""

    def __init__(self, window: Window, keys: Keys) -> None:
        self.window = window
        self.keys = keys
        self.requests: list[Request] = []
        self._now = 0.0
        self.id = str(pygame.display.get_wm_info()["window"])
        self.do("windowfocus", self.id)
        self.until(lambda: bool(self.keys.gained))

    def do(self, *command: str) -> str:
        command = ("xdotool", *command)
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout.strip()

    def until(self, seen: Callable[[], bool]) -> None:
        """Pump, as the loop does, until something was seen; the X server takes its time to tell."""
        deadline = time.monotonic() + PATIENCE_S
        while not seen():
            assert time.monotonic() < deadline, f"nothing came but {self.requests} and {self.keys.pressed}"
            self._now += 1.0
            self.requests += self.window.pump(self._now)
            pygame.time.wait(2)


@pytest.fixture
def desktop(display: XServer) -> Iterator[Desktop]:
    keys = Keys()
    window = Window.open(CARD, "mereq test", keyboard=keys)
    try:
        window.draw(SCENE, FRAMES, 0.0)
        yield Desktop(window, keys)
    finally:
        window.close()


def picture(window: Window, path: Path) -> pygame.Surface:
    window.screenshot(path)
    return pygame.image.load(path)


def share(image: pygame.Surface, colour: tuple[int, int, int]) -> float:
    """The share of pixels of this colour."""
    return float((pygame.surfarray.array3d(image) == colour).all(axis=2).mean())


def test_driving_keys_reach_the_keyboard_in_order_and_with_their_time(desktop: Desktop) -> None:
    desktop.do("key", "Left", "Up", "space", "Return", "Right", "Down", "Escape")
    desktop.until(lambda: len(desktop.keys.pressed) == 7)
    names = [name for name, _ in desktop.keys.pressed]
    assert names == ["left", "up", "space", "return", "right", "down", "escape"]
    times = [time_s for _, time_s in desktop.keys.pressed]
    assert times == sorted(times)
    assert times[0] >= 1.0
    assert desktop.requests == []


def test_the_other_keys_are_requests(desktop: Desktop) -> None:
    other = {"[": "bracketleft", "]": "bracketright", ".": "period", "page up": "Prior", "page down": "Next"}
    other |= {"backspace": "BackSpace", "shift+backspace": "shift+BackSpace"}
    desktop.do("key", *(other.get(key, key) for key in BINDINGS))
    desktop.until(lambda: len(desktop.requests) == len(BINDINGS))
    assert desktop.requests == list(BINDINGS.values())
    assert {name for name, _ in desktop.keys.pressed} == {"left shift"}


def test_a_held_key_is_one_press_and_shortcuts_belong_to_the_desktop(desktop: Desktop) -> None:
    desktop.do("key", "ctrl+q", "alt+p")
    desktop.do("keydown", "Left", "sleep", "0.8", "keyup", "Left", "key", "h")
    desktop.until(lambda: bool(desktop.requests))
    assert [name for name, _ in desktop.keys.pressed if name in CARD.keys] == ["left"]
    assert [name for name in desktop.keys.released if name in CARD.keys] == ["left"]
    assert desktop.requests == [Request.HELP]


def test_losing_and_gaining_the_focus_is_told(desktop: Desktop) -> None:
    root = desktop.do("search", "--maxdepth", "0", "--name", ".*").splitlines()[0]
    desktop.do("windowfocus", root)
    desktop.until(lambda: bool(desktop.keys.lost))
    desktop.do("windowfocus", desktop.id)
    desktop.until(lambda: len(desktop.keys.gained) == 2)


def test_a_lost_focus_comes_before_the_held_keys_that_it_lets_go(desktop: Desktop) -> None:
    order: list[str] = []
    desktop.keys.focus_lost = lambda time_s: order.append("focus lost")  # type: ignore[method-assign]
    desktop.keys.release = lambda key, time_s: order.append(key)  # type: ignore[method-assign]
    root = desktop.do("search", "--maxdepth", "0", "--name", ".*").splitlines()[0]
    desktop.do("keydown", "Tab", "keydown", "Left")
    desktop.until(lambda: len(desktop.keys.pressed) == 2)
    desktop.do("windowfocus", root)
    desktop.until(lambda: len(order) == 3)
    desktop.do("keyup", "Tab", "keyup", "Left")
    assert order[0] == "focus lost"
    assert sorted(order[1:]) == ["left", "tab"]


def test_closing_the_window_asks_to_quit(desktop: Desktop) -> None:
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    desktop.until(lambda: bool(desktop.requests))
    assert desktop.requests == [Request.QUIT]


@pytest.mark.parametrize("authority", [Authority.POLICY, Authority.HUMAN])
def test_a_screenshot_shows_the_ego_car_the_road_and_the_hud(
    desktop: Desktop, tmp_path: Path, authority: Authority
) -> None:
    scene = SCENES["human" if authority is Authority.HUMAN else "policy"]
    desktop.window.draw(scene, FRAMES, 0.5)
    image = picture(desktop.window, tmp_path / "shot.png")
    assert image.get_size() == DESIGN_SIZE
    layout = lay_out(*DESIGN_SIZE)
    pixels = pygame.surfarray.array3d(image)
    assert pixels.mean() > 30
    assert share(image.subsurface(layout.band), AUTHORITY[authority]) > 0.6
    road = image.subsurface(layout.road.inflate(-20, -20))
    assert 0.001 < share(road, AUTHORITY[authority]) < 0.1
    assert share(road, (255, 255, 255)) > 0.01
    assert len(np.unique(pixels[:, layout.road.bottom :].reshape(-1, 3), axis=0)) > 100


def test_what_was_drawn_is_what_the_screen_shows(desktop: Desktop, display: XServer, tmp_path: Path) -> None:
    desktop.window.draw(SCENES["human"], FRAMES, 0.5)
    pygame.event.pump()
    drawn = pygame.surfarray.array3d(picture(desktop.window, tmp_path / "shot.png")).swapaxes(0, 1)
    height, width, _ = drawn.shape
    corner = [
        int(number)
        for number in desktop.do("getwindowgeometry", desktop.id).split("Position: ")[1].split()[0].split(",")
    ]
    desktop.until(lambda: (display.screen()[corner[1] :, corner[0] :][:height, :width] == drawn).all())


def test_the_window_can_be_resized_to_anything(desktop: Desktop, tmp_path: Path) -> None:
    for width, height in ((700, 420), (1600, 900), (160, 90)):
        desktop.do("windowsize", desktop.id, str(width), str(height))
        desktop.until(lambda size=(width, height): pygame.display.get_window_size() == size)  # type: ignore[misc]
        for scene in SCENES.values():
            desktop.window.draw(scene, FRAMES, 0.3)
        assert picture(desktop.window, tmp_path / "shot.png").get_size() == (width, height)


def test_another_window_can_follow_a_closed_one(display: XServer, tmp_path: Path) -> None:
    for title in ("one", "two"):
        window = Window.open(CARD, title, size=(900, 600))
        window.say("starting")
        window.draw(SCENE, FRAMES, 1.0)
        assert picture(window, tmp_path / f"{title}.png").get_size() == (900, 600)
        window.close()
    with pytest.raises(WindowError, match="closed"):
        window.draw(SCENE, FRAMES, 1.0)


def test_without_a_display_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WindowError, match="neither DISPLAY nor WAYLAND_DISPLAY is set"):
        Window.open(CARD, "nowhere")


def test_a_display_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":9999")
    with pytest.raises(WindowError, match=r"display ':9999'") as caught:
        Window.open(CARD, "nowhere")
    assert "\n" not in str(caught.value)
