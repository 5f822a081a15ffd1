"""What MuJoCo, the window and sound really get."""

import re
from pathlib import Path

import pytest

from mereq_teleop.app.doctor.check import State
from mereq_teleop.app.doctor.pictures import check_display, check_graphics, check_sound
from mereq_teleop.app.window.layout import DESIGN_SIZE
from tests.app.conftest import XServer
from tests.app.doctor.made import need


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No display, and SDL's own choice of drivers."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_AUDIODRIVER"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("env", ["highway", "eraser"])
def test_the_real_scene_is_drawn_by_what_is_there(env: str) -> None:
    found = check_graphics(need(env))
    if found.state is State.MISSING:
        pytest.skip(found.found)
    assert found.name in ("egl", "osmesa", "glfw", "cgl")
    assert f"; a picture of {'pusher' if env == 'highway' else env} at 1280x540 takes " in found.found
    fine, coarse = (float(ms) for ms in re.findall(r"(\d+) ms", found.found))
    assert 0.0 <= coarse <= fine


@pytest.mark.parametrize(
    ("env", "device", "state"),
    [
        ("pusher", "keyboard", State.MISSING),
        ("pusher", "simulated", State.WARNING),
        ("highway", "keyboard", State.WARNING),
    ],
)
def test_a_backend_that_draws_nothing_matters_to_who_must_see_the_arm(
    monkeypatch: pytest.MonkeyPatch, env: str, device: str, state: State
) -> None:
    monkeypatch.setenv("MUJOCO_GL", "disable")
    found = check_graphics(need(env, device))
    assert (found.state, found.found) == (state, "MUJOCO_GL=disable names nothing that draws")
    assert found.remedy.startswith("unset it, or set it to egl (apt install libegl1")


def test_a_driver_that_crashes_does_not_take_the_doctor_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "OpenGL").mkdir()
    (tmp_path / "OpenGL" / "__init__.py").write_text("import os\nos.abort()\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = check_graphics(need("pusher", "keyboard"))
    assert (found.state, found.found) == (State.MISSING, "its driver ended the program that asked it to draw")
    assert "MUJOCO_GL=osmesa" in found.remedy


@pytest.mark.parametrize(
    ("device", "state"), [("keyboard", State.MISSING), ("auto", State.WARNING), ("simulated", State.WARNING)]
)
def test_no_display_matters_to_a_persons_hands(device: str, state: State) -> None:
    found = check_display(need(device=device))
    assert (found.state, found.found) == (state, "none: neither DISPLAY nor WAYLAND_DISPLAY is set")


def test_a_display_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    found = check_display(need(device="keyboard"))
    assert found.state is State.MISSING
    assert "DISPLAY=:4711" in found.found


def test_a_real_display_is_told_with_its_size(display: XServer) -> None:
    found = check_display(need(device="keyboard"))
    assert found.state is State.OK
    assert f"x11 (DISPLAY={display.display}): 1600x1000" in found.found
    width, height = DESIGN_SIZE
    assert f"the window's {width}x{height} fit {min(1600 / width, 1000 / height):.2g} times" in found.found


def test_no_sound_is_a_warning_in_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "alsa")
    monkeypatch.setenv("ALSA_CONFIG_PATH", "/nowhere")
    found = check_sound()
    assert found.state is State.WARNING
    assert found.found.startswith("none: ")
    assert "ALSA lib" not in capfd.readouterr().err
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    assert check_sound().state is State.OK
