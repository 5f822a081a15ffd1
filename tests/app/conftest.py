"""A real X display for the tests that need a window, with no person and no desktop behind it."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mereq_teleop.app import cli


@dataclass(frozen=True)
class XServer:
    """A running Xvfb."""

    display: str
    """Its name, such as ":3"."""
    memory: Path
    """The file (in xwd's format) that its screen lives in."""

    def screen(self) -> NDArray[np.uint8]:
        """What is on the screen: (height, width, 3) red, green, blue."""
        dump = self.memory.read_bytes()
        header = struct.unpack(">25I", dump[:100])
        size, width, height, stride, colours = header[0], header[4], header[5], header[12], header[19]
        start = size + 12 * colours
        rows = np.frombuffer(dump, np.uint8, stride * height, start).reshape(height, stride // 4, 4)
        return rows[:, :width, 2::-1]


@pytest.fixture(scope="session")
def x_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XServer]:
    """A display of our own; skips where Xvfb or xdotool is missing."""
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)}: apt install xvfb xdotool")
    folder = tmp_path_factory.mktemp("x")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-fbdir", str(folder)]
    # Without -noreset the server starts anew whenever its last client leaves, and refuses who comes at that moment.
    server = subprocess.Popen([*command, "-noreset", "-nolisten", "tcp"], pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()
    if not number:
        pytest.skip(f"Xvfb ended with {server.wait()} before it had a display")
    yield XServer(f":{number}", folder / "Xvfb_screen0")
    server.terminate()
    server.wait()


@pytest.fixture
def display(x_server: XServer, monkeypatch: pytest.MonkeyPatch) -> XServer:
    """The same display, as this process's own."""
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.setenv("DISPLAY", x_server.display)
    return x_server


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: its exit code, standard output and standard error."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)

    def run(program: str, *arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [program, *map(str, arguments)])
        try:
            code = (cli.operate if program == "mereq-teleop" else cli.tools)()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
