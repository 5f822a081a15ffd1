"""An episode as an animated picture."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.app.cli import tools_with
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.gif import PICTURE_S, SIZE, episode, write_gif
from mereq_teleop.app.window.film import Film
from mereq_teleop.app.window.graphics import NoGraphics
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import cards, make_batch
from mereq_teleop.envs.mountain_car.card import CARD
from tests.app.test_continuous import roller

ROLLER = policy_of(roller(0.9), CARD)


@pytest.mark.parametrize("seed", [0, 3])
def test_pictures_come_evenly_in_world_time_from_the_start_to_the_end(seed: int) -> None:
    shots = list(episode(ROLLER, "mountain-car", seed))
    positions = [frames.at(fraction).position for frames, fraction in shots]
    assert positions[0] == pytest.approx(shots[0][0].before.position)
    assert positions[-1] >= 0.45
    assert all(0.0 <= fraction <= 1.0 for _, fraction in shots)
    # Between two pictures the car goes as far as its speed says, but where it hits the wall.
    speeds = np.array([frames.at(fraction).velocity for frames, fraction in shots]) * CARD.control_rate_hz
    ways = np.diff(positions[:-1]) / PICTURE_S
    off = abs(ways - (speeds[:-2] + speeds[1:-1]) / 2)
    assert (off < 0.03).mean() > 0.95
    assert off.max() < 0.3


def test_a_gif_has_every_picture_and_its_pace(tmp_path: Path) -> None:
    path = tmp_path / "drive.gif"
    count = write_gif(ROLLER, "mountain-car", 3, path)
    with Image.open(path) as gif:
        assert gif.size == SIZE
        assert gif.info["loop"] == 0
        total_ms, colours = 0, set()
        for index in range(getattr(gif, "n_frames", 1)):
            gif.seek(index)
            total_ms += gif.info["duration"]
            colours.add(gif.convert("RGB").tobytes())
    # A picture that equals the one before only prolongs it.
    assert total_ms == count * round(1000 * PICTURE_S)
    assert len(colours) > 0.8 * count
    assert count == len(list(episode(ROLLER, "mountain-car", 3)))


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.gif", "two.gif")]
    for path in files:
        write_gif(ROLLER, "mountain-car", 5, path)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"nowhere/a\.gif: No such file"):
        write_gif(ROLLER, "mountain-car", 3, tmp_path / "nowhere" / "a.gif")


def test_the_command_writes_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, prior = tmp_path / "drive.gif", tmp_path / "prior.safetensors"
    prior.write_bytes(roller(0.9).to_bytes())
    told = ["evaluate", "--env", "mountain-car", "--model", str(prior), "--gif", str(path), "--seed", "3"]
    assert tools_with(told) == 0
    assert path.stat().st_size > 10_000
    assert "pictures of an episode of mountain-car, seed 3" in capfd.readouterr().out


@pytest.mark.parametrize("task", [card.name for card in cards()])
def test_every_task_can_be_filmed_and_looks_the_same_each_time(task: str) -> None:
    """Also where a thread of its own draws: a picture is of what was asked for, not of what came before."""
    batch = make_batch(task, 1)
    batch.watch()
    first = batch.frames
    batch.step([batch_action(task)])
    second = batch.frames
    try:
        film = Film(card_of(task), (300, 120))
    except NoGraphics as error:
        pytest.skip(str(error))
    with closing(film):
        pictures = [film.picture(frames, 1.0) for frames in (first, second, first, second)]
    assert pictures[0] == pictures[2] != pictures[1] == pictures[3]


def batch_action(task: str) -> int | tuple[float, ...]:
    """The first driving key's."""
    return next(iter(card_of(task).keys.values()))
