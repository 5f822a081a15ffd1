"""The examples run as their first lines say."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.agents.driving import policy_of
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


def test_a_copy_flies_as_its_pilot_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even after a short lesson both throttles go with the pilot's, on flights that the copy has never seen."""
    monkeypatch.syspath_prepend(EXAMPLES)
    lander = importlib.import_module("throttled_lander")
    pilot, snapshot = lander.Pilot(), lander.clone(sweeps=60, updates=150)
    assert snapshot.maker.alpha == lander.ALPHA
    assert snapshot.hash == lander.clone(sweeps=60, updates=150).hash
    copy, batch = policy_of(snapshot, lander.CARD), envs.make_batch(lander.CARD.name, 8)
    obs, shown, flown = batch.reset(np.arange(100, 108)), [], []
    for _ in range(60):
        shown.append(pilot.act(obs))
        flown.append(copy.act(obs))
        obs = batch.step(shown[-1]).observation
    for throttle in range(2):
        there, here = (np.concatenate(hands)[:, throttle] for hands in (shown, flown))
        assert np.corrcoef(there, here)[0, 1] > 0.3
