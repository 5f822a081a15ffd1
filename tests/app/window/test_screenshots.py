"""The pictures in docs are of every state of every task, and the command makes real ones."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mereq_teleop.app.window.layout import SMALLEST_SIZE, lay_out
from mereq_teleop.app.window.palette import AUTHORITY
from mereq_teleop.app.window.screenshots import shots
from mereq_teleop.app.window.states import MEANINGS
from mereq_teleop.app.window.view import VIEWS
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.records import Authority

DOCS = Path(__file__).parents[3] / "docs"
LARGEST_KB = 64


def test_docs_show_every_state_of_every_task() -> None:
    page = (DOCS / "hud.md").read_text()
    wanted = {f"{task}-{state}.png" for task in VIEWS for state in MEANINGS}
    assert {path.name for path in (DOCS / "hud").iterdir()} == wanted
    for name in wanted:
        assert f"hud/{name}" in page
        path = DOCS / "hud" / name
        assert path.stat().st_size < LARGEST_KB * 1024
        with Image.open(path) as picture:
            assert picture.size == SMALLEST_SIZE


@pytest.mark.parametrize("task", ["highway", "mountain-car"])
def test_a_picture_has_the_world_and_exact_colours(task: str) -> None:
    made = dict(shots(card_of(task), SMALLEST_SIZE, ("human", "safe")))
    assert list(made) == ["human", "safe"]
    layout = lay_out(*SMALLEST_SIZE)
    for name, authority in (("human", Authority.HUMAN), ("safe", Authority.SAFE)):
        pixels = np.array(made[name].convert("RGB"))
        band = pixels[: layout.band.height]
        assert (band == AUTHORITY[authority]).all(axis=2).mean() > 0.5
        road = pixels[layout.road.top : layout.road.bottom, layout.road.left : layout.road.right]
        assert len(np.unique(road.reshape(-1, 3), axis=0)) > 20
        assert (road == AUTHORITY[authority]).all(axis=2).sum() > 500
