"""What the window does not need is not loaded, and yet there for whoever does."""

import subprocess
import sys

OPEN = "import sys, mereq_teleop.app.window.window, mereq_teleop.app.window.highway_view; "


def answer(code: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", OPEN + code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_the_window_loads_nothing_heavy_and_prints_nothing() -> None:
    heavy = ("torch", "zmq", "numba", "pandas.core", "matplotlib.figure", "matplotlib.colors")
    assert answer(f"print([name for name in {heavy} if name in sys.modules])") == "[]"


def test_deferred_modules_are_whole_when_used() -> None:
    code = "import matplotlib.pyplot as plt, pandas as pd; print(pd.DataFrame({'a': [1, 2]})['a'].sum(), plt.subplots)"
    assert answer(code).startswith("3 <function subplots")


def test_highway_env_still_works_beside_them() -> None:
    code = "import gymnasium as gym; env = gym.make('highway-v0'); print(env.reset(seed=1)[0].shape)"
    assert answer(code) == "(5, 5)"
