"""Every state of the HUD, of every task, at usual sizes: no words are cut, none lie on others or leave their part."""

import errno
import os
from dataclasses import replace
from itertools import combinations
from typing import Any

import pygame
import pytest
from pygame import Rect, Surface

from mereq_teleop.app.window import painter
from mereq_teleop.app.window.hud import Hud
from mereq_teleop.app.window.keys import asking_keys, driving_keys
from mereq_teleop.app.window.layout import DESIGN_SIZE, SMALLEST_SIZE, lay_out
from mereq_teleop.app.window.painter import Painter
from mereq_teleop.app.window.scene import LearnerPhase, Scene
from mereq_teleop.app.window.states import MEANINGS, states
from mereq_teleop.app.window.view import VIEWS
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.takeover import Mode

SIZES = (SMALLEST_SIZE, DESIGN_SIZE, (1366, 768), (2560, 1440), (1024, 1000))
HINTS = {"drag": "turn the view", "right drag": "move the view", "wheel": "nearer or further", "c": "first view again"}
FACTS = "tool 185 mm up    0.20 m/s    away from the bottle"


class Look:
    """Draws, and notes where words came to lie and which were cut."""

    def __init__(self, card: TaskCard, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
        self.surface = Surface(size)
        self.layout = lay_out(*size)
        self.words: list[tuple[str, Rect]] = []
        self.cut: list[str] = []
        self._hud = Hud(card, HINTS)
        text = Painter.text

        def fitting(font: pygame.font.Font, words: str, width: int | None) -> str:
            if width is not None and font.size(words)[0] > width:
                self.cut.append(words)
            return words

        def noted(paint: Painter, words: str, *args: Any, **kwargs: Any) -> Rect:
            rect = text(paint, words, *args, **kwargs)
            if paint.surface is self.surface:
                self.words.append((words, rect))
            return rect

        monkeypatch.setattr(painter, "_fitting", fitting)
        monkeypatch.setattr(Painter, "text", noted)

    def at(self, scene: Scene) -> None:
        """Look at a scene."""
        self.words, self.cut = [], []
        self._hud.draw(self.surface, self.layout, scene, FACTS)

    def parts(self) -> list[Rect]:
        """Where words may be."""
        layout = self.layout
        return [layout.band, layout.road, layout.timeline, layout.messages, *layout.panels, layout.keys]


def action_of(card: TaskCard) -> int | tuple[float, ...]:
    """The widest that the policy may want."""
    if card.discrete:
        return max(range(len(card.actions)), key=lambda action: len(card.actions[action]))
    return tuple(axis.low for axis in card.axes)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", VIEWS)
def test_no_state_has_words_that_are_cut_or_lie_on_others(
    monkeypatch: pytest.MonkeyPatch, task: str, size: tuple[int, int]
) -> None:
    card = card_of(task)
    look = Look(card, size, monkeypatch)
    for name, scene in states(card, action_of(card)).items():
        look.at(scene)
        assert look.cut == [], name
        if scene.help_shown:
            continue
        for words, rect in look.words:
            assert any(part.contains(rect) for part in look.parts()), f"{name}: {words!r} leaves its part"
        for (one, first), (other, second) in combinations(look.words, 2):
            # A line's box is a little higher than its letters.
            assert not first.inflate(0, -4).colliderect(second.inflate(0, -4)), f"{name}: {one!r} lies on {other!r}"


@pytest.mark.parametrize("size", [SMALLEST_SIZE, DESIGN_SIZE])
@pytest.mark.parametrize("authority", Authority)
@pytest.mark.parametrize("phase", LearnerPhase)
def test_the_band_has_room_for_the_longest_of_each(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], authority: Authority, phase: LearnerPhase
) -> None:
    card = card_of("highway")
    look = Look(card, size, monkeypatch)
    policy = states(card, 1)["policy"]
    reason = "Logitech Extreme 3D Pro J... was unplugged while it was in your hands"
    for recording, fault in ((True, ""), (False, ""), (False, "the disk is full")):
        why = reason if authority is Authority.SAFE else ""
        shown = replace(policy, learner=phase, recording=recording, recording_fault=fault, waits_for_you=True)
        look.at(replace(shown, authority=authority, reason=why))
        assert look.cut == []
        assert sum(look.layout.band.contains(rect) for _, rect in look.words) >= 4


@pytest.mark.parametrize("mode", Mode)
def test_every_way_of_taking_over_is_explained(monkeypatch: pytest.MonkeyPatch, mode: Mode) -> None:
    look = Look(card_of("gripper"), SMALLEST_SIZE, monkeypatch)
    policy = states(card_of("gripper"), (0.0,) * 4)["policy"]
    key = "Tab" if mode is Mode.HOLD else "Enter"
    look.at(replace(policy, takeover=mode))
    assert look.cut == []
    words = [words for words, _ in look.words]
    assert any(key in hint and hint != key for hint in words), "the band says how"
    assert key in words, "the key bar has the key"
    assert "Esc" in words
    assert "quit" in words


def test_there_is_a_state_for_each_name() -> None:
    assert set(states(card_of("pusher"), (0.0, 0.0, 0.0))) == set(MEANINGS)


@pytest.mark.parametrize("task", VIEWS)
def test_the_help_is_inside_the_window(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    """Nothing of it is cut off below: it ends in its frame."""
    for size in SIZES:
        plain, helped = Surface(size), Surface(size)
        card = card_of(task)
        scenes = states(card, action_of(card))
        for name in ("help", "help-device"):
            Hud(card, HINTS).draw(plain, lay_out(*size), replace(scenes[name], help_shown=False), FACTS)
            Hud(card, HINTS).draw(helped, lay_out(*size), scenes[name], FACTS)
            shade = helped.get_at((size[0] // 2, size[1] - 2))
            assert shade[:3] != plain.get_at((size[0] // 2, size[1] - 2))[:3] or sum(shade[:3]) < 60
            frame = [y for y in range(size[1]) if helped.get_at((size[0] // 2, y))[:3] == (160, 167, 178)]
            assert min(frame) > 0, name
            assert max(frame) < size[1] - 1, name


@pytest.mark.parametrize("size", [SMALLEST_SIZE, DESIGN_SIZE])
def test_what_a_full_disk_says_is_read_whole_in_the_state_panel(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """In the recorder's words and the learner's, which come at the same time."""
    look = Look(card_of("pusher"), size, monkeypatch)
    full = os.strerror(errno.ENOSPC)
    policy = states(card_of("pusher"), (0.0, 0.0, 0.0))["policy"]
    fault = f"recording stopped: {full}; what was recorded before is in session.mcap"
    for phase, detail in (
        (LearnerPhase.FAILED, full),
        (LearnerPhase.LOST, "the process ended with signal 9 (out of memory?)"),
    ):
        look.at(replace(policy, recording=False, recording_fault=fault, learner=phase, learner_detail=detail))
        assert look.cut == []
        panel = look.layout.panels[3]
        here = [(words, rect) for words, rect in look.words if panel.contains(rect)]
        said = " ".join(words for words, _ in here)
        assert f"stopped: {full}" in said
        assert detail in said
        assert not [
            pair for pair in combinations([rect.inflate(0, -6) for _, rect in here], 2) if pair[0].colliderect(pair[1])
        ]


def test_the_names_of_the_weights_are_of_one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: dict[str, float] = {}
    text = Painter.text

    def noted(paint: Painter, words: str, *args: Any, **kwargs: Any) -> Rect:
        rect = text(paint, words, *args, **kwargs)
        if lay_out(*SMALLEST_SIZE).panels[2].contains(rect):
            sizes[words] = kwargs.get("size", 15)
        return rect

    monkeypatch.setattr(Painter, "text", noted)
    card = card_of("pusher")
    Hud(card, HINTS).draw(Surface(SMALLEST_SIZE), lay_out(*SMALLEST_SIZE), states(card, (0.0,) * 3)["policy"], FACTS)
    assert len({sizes[name.replace("_", " ")] for name in card.feature_names}) == 1


@pytest.mark.parametrize("task", VIEWS)
def test_every_meaning_in_the_help_begins_in_its_column(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    starts: dict[str, int] = {}
    text = Painter.text

    def noted(paint: Painter, words: str, *args: Any, **kwargs: Any) -> Rect:
        rect = text(paint, words, *args, **kwargs)
        starts[words] = rect.left
        return rect

    card = card_of(task)
    scene = states(card, action_of(card))["help"]
    for mode in Mode:
        with monkeypatch.context() as patched:
            patched.setattr(Painter, "text", noted)
            Hud(card, HINTS).draw(Surface(SMALLEST_SIZE), lay_out(*SMALLEST_SIZE), replace(scene, takeover=mode), FACTS)
        assert len({starts[words] for words in asking_keys(card).values()}) == 1
        assert len({starts[words] for words in driving_keys(card, mode).values()}) == 1
        assert ("Tab" in starts) == (mode is Mode.HOLD)
        starts.clear()
