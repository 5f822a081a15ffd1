"""What draws MuJoCo's scenes, and what a person reads where nothing does."""

import subprocess
import sys

import pytest

from mereq_teleop.app.window import graphics
from mereq_teleop.app.window.graphics import BACKENDS, NoGraphics, cannot_draw, wanted_backend
from tests.app.test_end_to_end import surroundings

OPEN = """
from mereq_teleop.app.window.graphics import NoGraphics
from mereq_teleop.app.window.view import view_of
from mereq_teleop.envs import card
try:
    view_of(card("pusher")).close()
except NoGraphics as error:
    print(error)
else:
    print("drawn")
"""


def opened(**environment: str) -> str:
    """What becomes of a view in a process of its own."""
    surrounded = {**surroundings(), **environment}
    done = subprocess.run([sys.executable, "-c", OPEN], env=surrounded, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("told", BACKENDS)
def test_the_variable_decides(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("MUJOCO_GL", told.upper())
    assert wanted_backend() == told


@pytest.mark.parametrize(
    ("there", "wanted"),
    [({"libEGL.so.1", "libOSMesa.so.8"}, "egl"), ({"libOSMesa.so.8"}, "osmesa"), (set[str](), "egl")],
)
@pytest.mark.skipif(sys.platform != "linux", reason="names of Linux's libraries")
def test_without_it_what_is_installed_does(monkeypatch: pytest.MonkeyPatch, there: set[str], wanted: str) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(graphics, "_is_there", lambda library: library in there)
    assert wanted_backend() == wanted


@pytest.mark.parametrize("told", ["nonsense", "disable", "off"])
def test_a_value_that_draws_nothing_is_one_line(told: str) -> None:
    said = opened(MUJOCO_GL=told)
    assert f"MUJOCO_GL={told} " in said
    assert "libegl1 libgl1-mesa-dri" in said
    assert "libosmesa6" in said
    assert "\n" not in said


def test_a_library_that_is_missing_is_named_with_its_package() -> None:
    if graphics._is_there("libOSMesa.so.8"):
        pytest.skip("libosmesa6 is installed")
    said = opened(MUJOCO_GL="osmesa")
    assert said.startswith("MuJoCo cannot draw (tried MUJOCO_GL=osmesa)")
    assert said.endswith("apt install libosmesa6")
    assert "\n" not in said


def test_a_reason_of_many_lines_becomes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    said = cannot_draw(RuntimeError("a driver\n  says no"))
    assert isinstance(said, NoGraphics)
    assert "since MUJOCO_GL is not set): a driver says no; apt install " in str(said)
