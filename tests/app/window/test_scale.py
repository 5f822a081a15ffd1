"""How large the window opens, on real X servers of usual and of high resolution."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pygame
import pytest

from mereq_teleop.app.window.layout import DESIGN_SIZE
from mereq_teleop.app.window.replay_screen import REPLAY_SIZE
from mereq_teleop.app.window.scale import display_scale, scale_of
from mereq_teleop.app.window.window import Window
from mereq_teleop.envs.highway.card import CARD
from tests.app.conftest import XServer
from tests.app.window.samples import FRAMES, SCENE


@contextmanager
def screen(size: str, dpi: int) -> Iterator[str]:
    """The name of an X server with one screen."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-dpi", str(dpi), "-noreset"]
    server = subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def opened(scale: float | None = None, size: tuple[int, int] = DESIGN_SIZE) -> tuple[int, int]:
    """The size of a window after it was drawn."""
    window = Window.open(CARD, "scale", scale=scale, size=size)
    try:
        window.draw(SCENE, FRAMES, 0.5)
        return pygame.display.get_window_size()
    finally:
        window.close()


@pytest.mark.usefixtures("display")
@pytest.mark.parametrize(
    ("size", "dpi", "scale", "wanted"),
    [
        ("2880x1620", 192, None, (2560, 1440)),
        ("2880x1620", 192, 1.0, (1280, 720)),
        ("2880x1620", 96, None, (1280, 720)),
        ("2880x1620", 96, 2.0, (2560, 1440)),
        ("1920x1080", 192, None, (1920, 1080)),
        ("1024x700", 96, None, (1024, 700)),
    ],
)
def test_a_window_is_as_large_as_its_display_asks(
    monkeypatch: pytest.MonkeyPatch, size: str, dpi: int, scale: float | None, wanted: tuple[int, int]
) -> None:
    with screen(size, dpi) as display:
        monkeypatch.setenv("DISPLAY", display)
        assert opened(scale) == wanted


@pytest.mark.usefixtures("display")
@pytest.mark.parametrize(("size", "dpi", "wanted"), [("2880x1620", 192, (2560, 1556)), ("1366x768", 96, (1280, 768))])
def test_a_replays_window_is_too(monkeypatch: pytest.MonkeyPatch, size: str, dpi: int, wanted: tuple[int, int]) -> None:
    with screen(size, dpi) as display:
        monkeypatch.setenv("DISPLAY", display)
        assert opened(size=REPLAY_SIZE) == wanted


def test_a_display_is_found_though_pygame_began_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the pictures of gymnasium's own worlds begin it."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    pygame.display.init()
    assert pygame.display.get_driver() == "offscreen"
    with screen("1600x1000", 96) as display:
        monkeypatch.setenv("DISPLAY", display)
        assert opened() == DESIGN_SIZE


def test_what_the_desktop_says_counts_more_than_the_server(monkeypatch: pytest.MonkeyPatch, display: XServer) -> None:
    with screen("2880x1620", 96) as name:
        monkeypatch.setenv("DISPLAY", name)
        resources = ["xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", "Xft.dpi:\t144\n"]
        try:
            subprocess.run(resources, check=True, timeout=10)
        except FileNotFoundError:
            pytest.skip("no xprop: apt install x11-utils")
        assert opened() == (1920, 1080)


def test_without_x11_the_window_has_its_usual_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    try:
        assert display_scale() == 1.0
    finally:
        pygame.display.quit()
    assert DESIGN_SIZE == (1280, 720)


@pytest.mark.parametrize(
    ("resources", "server_dpi", "scale"),
    [
        ("", 96.0, 1.0),
        ("", 95.2, 1.0),
        ("", 191.6, 2.0),
        ("Xcursor.size: 24\nXft.dpi: 120\n", 96.0, 1.25),
        ("Xft.dpi:\t192\n", 96.0, 2.0),
        ("Xft.dpi: many\n", 96.0, 1.0),
        ("", 1.0, 1.0),
        ("Xft.dpi: 100000\n", 96.0, 1.0),
        ("Xft.dpi: nan", 96.0, 1.0),
        ("Xft.dpi: 480", 96.0, 4.0),
    ],
)
def test_dots_per_inch_become_quarters(resources: str, server_dpi: float, scale: float) -> None:
    assert scale_of(resources, server_dpi) == scale
