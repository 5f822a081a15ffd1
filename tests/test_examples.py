"""The examples run as their first lines say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mereq_teleop.app.cli import tools_with
from tests.app.test_actor import acting, authorities

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.slow
@pytest.mark.parametrize("flags", [("--all",), ()])
def test_a_stock_library_clones_the_driver_of_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    """The human drives faster whenever in control, the prior slows down: both are learned to the step."""
    pytest.importorskip("tianshou")
    with acting(tmp_path / "session") as rig:
        rig.follow("\n".join(f"{at} FASTER\n{at + 5} release" for at in range(3, 120, 12)))
        rig.until(120)
    by_hand = authorities(rig.recording()).count("h")
    assert 40 < by_hand < 60
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    told = ["export", str(tmp_path / "session"), "--to", "minari", "--output", "mereq/clone-v0"]
    assert tools_with(told) == 0
    command = [sys.executable, str(EXAMPLES / "behaviour_cloning.py"), "mereq/clone-v0", "--epochs", "2", *flags]
    run = subprocess.run([*command, "--episodes", "1"], capture_output=True, text=True, timeout=180)
    assert run.returncode == 0, run.stderr
    steps, agreement = re.findall(r"[\d.]+", run.stdout.splitlines()[0])
    assert int(steps) == (120 if flags else by_hand)
    # Always to idle would agree in 0.8 of the steps by hand.
    assert float(agreement) > (0.5 if flags else 0.85)
    assert run.stdout.splitlines()[1].startswith("return ")
