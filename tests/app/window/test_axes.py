"""The HUD of tasks with several axes: nothing is cut, and every number shows."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pygame
import pytest
from pygame import Surface

from mereq_teleop.app.window import painter, panels
from mereq_teleop.app.window.hud import Hud
from mereq_teleop.app.window.layout import lay_out
from mereq_teleop.app.window.scene import Scene
from mereq_teleop.envs.card import Axis
from mereq_teleop.envs.fanuc.pusher.card import CARD
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.guide import guide_of
from mereq_teleop.teleop.mapping import DeviceMapping, pulls_of
from mereq_teleop.teleop.takeover import Mode, Rules
from tests.app.window.samples import SCENE

ACTION = (-0.2, 0.07, 0.2)
GRIP = replace(
    CARD,
    axes=(*CARD.axes, Axis(name="open", unit="m/s", low=-0.2, high=0.2)),
    neutral_action=(0.0,) * 4,
    keys={**{key: (*action, 0.0) for key, action in CARD.keys.items()}, "o": (0, 0, 0, 0.2), "l": (0, 0, 0, -0.2)},  # type: ignore[misc]
)
CARDS = {3: CARD, 4: GRIP}
SIZES = [(1280, 720), (1200, 640), (960, 540)]


def scene(count: int, authority: Authority = Authority.HUMAN) -> Scene:
    action = (*ACTION, -0.2)[:count]
    return replace(
        SCENE,
        authority=authority,
        policy_action=action,
        human_action=action,
        executed=action,
        pending=action,
        theta=tuple((name, -0.3) for name in CARD.feature_names),
        horizon_steps=120,
    )


def pixels(count: int, shown: Scene, size: tuple[int, int] = (1280, 720)) -> bytes:
    surface = Surface(size)
    Hud(CARDS[count], {"drag": "turn the view"}).draw(surface, lay_out(*size), shown, "tool 85 mm up")
    return pygame.image.tobytes(surface, "RGB")


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Words that found no room."""
    cut: list[str] = []

    def fitting(font: pygame.font.Font, words: str, width: int | None) -> str:
        if width is not None and font.size(words)[0] > width:
            cut.append(words)
        return words

    monkeypatch.setattr(painter, "_fitting", fitting)
    return cut


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", CARDS)
@pytest.mark.parametrize("help_shown", [False, True])
def test_nothing_is_cut(cut: list[str], size: tuple[int, int], count: int, help_shown: bool) -> None:
    for authority in (Authority.POLICY, Authority.HUMAN):
        pixels(count, replace(scene(count, authority), help_shown=help_shown), size)
    assert cut == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", Mode)
def test_nothing_of_what_a_device_does_is_cut(cut: list[str], size: tuple[int, int], mode: Mode) -> None:
    axes = ("leftx", "lefty", "rightx", "righty", "dpadx", "dpady", "lefttrigger", "righttrigger")
    mapping = DeviceMapping()
    pulls = pulls_of(mapping, CARD, axes, Path("joystick.toml"))
    guide = guide_of("Xbox 360 Controller", CARD, mapping, pulls, Rules(mode), axes)
    for authority in (Authority.POLICY, Authority.HUMAN):
        shown = replace(scene(3, authority), takeover=mode, guides=(guide,))
        assert pixels(3, shown, size) != pixels(3, replace(shown, guides=()), size)
        pixels(3, replace(shown, help_shown=True), size)
    assert cut == []


@pytest.mark.parametrize("field", ["policy_action", "human_action", "executed", "pending"])
@pytest.mark.parametrize("axis", range(3))
def test_every_number_shows(field: str, axis: int) -> None:
    other = tuple(value + 0.05 * (index == axis) for index, value in enumerate(ACTION))
    assert pixels(3, replace(scene(3), **{field: other})) != pixels(3, scene(3))  # type: ignore[arg-type]


def test_what_nobody_asked_for_is_a_dash() -> None:
    nothing = replace(scene(3), human_action=None, pending=None)
    assert pixels(3, nothing) != pixels(3, scene(3))


def test_the_keys_all_fit_in_their_strip() -> None:
    """The last one, quit, is drawn in the widest of the tasks."""
    size = (1280, 720)
    surface = Surface(size)
    Hud(GRIP).draw(surface, lay_out(*size), scene(4), "")
    keys = lay_out(*size).keys
    drawn = pygame.surfarray.array3d(surface.subsurface(keys)).max(axis=(1, 2)) > 100
    assert keys.width * 0.6 < max(drawn.nonzero()[0]) < keys.width - 10


@pytest.mark.parametrize("size", SIZES)
def test_a_task_of_ones_own_with_many_axes_and_features_is_not_cut(cut: list[str], size: tuple[int, int]) -> None:
    names = ("a", "b", "c", "d", "e")
    rest = (0.0,) * len(names)
    card = replace(
        CARD,
        axes=tuple(Axis(name=name, unit="", low=-12.0, high=12.0) for name in names),
        neutral_action=rest,
        keys={"left": (-12.0, *rest[1:]), "right": (12.0, *rest[1:])},
    )
    action = (10.5, -1.0, 0.25, 0.0, -12.0)
    weights = tuple((f"feature_{index}", 0.01 * index) for index in range(12))
    moved = dict.fromkeys(("policy_action", "human_action", "executed", "pending"), action)
    shown = replace(scene(3), theta=weights, theta_deviation=(), **moved)  # type: ignore[arg-type]
    surface = Surface(size)
    Hud(card).draw(surface, lay_out(*size), shown, "")
    assert [words for words in cut if words[:1] in "+-.0123456789"] == []


@pytest.mark.parametrize("count", range(1, 15))
def test_of_many_weights_the_largest_are_shown_apart(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    told: list[tuple[str, float]] = []

    def text(paint: painter.Painter, words: str, at: tuple[float, float], **how: object) -> pygame.Rect:
        told.append((words, at[1]))
        return pygame.Rect(0, 0, 1, 1)

    monkeypatch.setattr(painter.Painter, "text", text)
    weights = tuple((f"feature_{index}", 0.01 * index) for index in range(count))
    pixels(3, replace(scene(3), theta=weights, theta_deviation=()))
    names = [(words, y) for words, y in told if words.startswith("feature ")]
    assert [name for name, _ in names] == [f"feature {index}" for index in range(count - len(names), count)]
    more = [y for words, y in told if words == f"and {count - len(names)} more, not larger"]
    assert len(more) == (len(names) < count)
    places = [y for _, y in names] + more
    assert all(below - above >= 18 for above, below in pairwise(places))


def test_a_number_keeps_its_size() -> None:
    assert panels._forms(10.5, short=True) == ["+10.50", "+10.5", "+10"]
    assert panels._forms(-0.25, short=True) == ["-.25", "-.2", "-0"]
