"""The time line of a real session: its spans tile it, and its marks are where things happened."""

from pathlib import Path

import numpy as np
import pytest

from mereq_teleop.agents.driving import policy_of
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.onlooker import Onlooker
from mereq_teleop.app.replay_window import Stage, place_of
from mereq_teleop.app.report.numbers import numbers_of
from mereq_teleop.app.report.plots import strip
from mereq_teleop.app.second_opinion import SecondOpinion
from mereq_teleop.app.timeline import Mark as LiveMark
from mereq_teleop.app.track import MarkKind, Track
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import make_batch
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.steps import steps_of
from tests.app.driven import HIGHWAY, drive, network, read, steps
from tests.app.test_actor import acting


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> SessionFolder:
    """Three rounds of twelve steps; the second correction is taken back at the end."""
    root = tmp_path_factory.mktemp("track")
    return drive(root, 38, HIGHWAY, steps_per_round=12, end=lambda actor: actor.retract(0.0))


def test_the_spans_tile_the_session_and_say_who_had_control(session: SessionFolder) -> None:
    recording = read(session)
    track = Track(recording, steps_of(recording))
    assert [at for span in track.spans for at in range(span.start, span.stop)] == [*range(38)]
    said = [span.authority for span in track.spans for _ in range(span.start, span.stop)]
    assert said == [step.decision.authority for step in steps(recording)]
    by_hand = [span for span in track.spans if span.authority is Authority.HUMAN]
    assert [(span.start, span.retracted) for span in by_hand] == [(3, False), (12, True)]
    assert track.takeovers == (3, 12)


def test_the_marks_are_where_things_happened(session: SessionFolder) -> None:
    recording = read(session)
    track = Track(recording, steps_of(recording))
    places = {kind: [mark.place for mark in track.marks if mark.kind is kind] for kind in MarkKind}
    firsts = np.cumsum([0, *(len(episode.transitions) for episode in recording.episodes)])[:-1]
    assert places[MarkKind.EPISODE] == firsts.tolist()
    assert places[MarkKind.ROUND] == [12, 24, 36]
    assert places[MarkKind.RETRACTION] == [38]
    swapped = [0, *(at for at in range(1, 38) if version(recording, at) != version(recording, at - 1))]
    assert set(swapped) <= set(places[MarkKind.SWAP])
    assert [mark.words for mark in track.marks_at(12) if mark.kind is MarkKind.ROUND] == [
        "round 1 ends: 3 of 12 steps by hand"
    ]


def version(recording: object, at: int) -> int:
    return steps(recording)[at].policy_version  # type: ignore[arg-type]


def test_a_stage_shows_any_step_as_the_world_was_whatever_the_order(session: SessionFolder) -> None:
    stage = Stage(session)
    for index in (37, 3, 30, 4, 5, 0, 37, 12):
        frames = stage.frames(index)
        assert not stage.differs
        assert frames is stage.frames(index)
    world = make_batch("highway", 1)
    world.watch()
    world.reset([read(session).episodes[0].seed])
    for step in steps(read(session))[:4]:
        world.step([step.decision.executed])
    assert (stage.frames(3).x == world.frames.x).all()


@pytest.mark.parametrize("env", ["highway", "pusher"])
def test_another_policys_opinion_is_its_own_action_on_what_was_seen(tmp_path: Path, env: str) -> None:
    card = card_of(env)
    recording = read(drive(tmp_path, 30, env=env))
    other = policy_of(network(card, 5), card)
    opinion = SecondOpinion("five", other, steps_of(recording))
    same = 0
    for index, step in enumerate(steps(recording)):
        seen = np.array(step.obs, np.float32).reshape(1, *card.observation_shape)
        would, agrees = opinion.at(index)
        assert would == (int(other.act(seen)[0]) if card.discrete else tuple(other.act(seen)[0].tolist()))
        same += agrees
    assert opinion.counts() == (same, 30)
    assert opinion.counts_by_hand() == (0, 0)
    itself = SecondOpinion("itself", policy_of(network(card, 0), card), steps_of(recording))
    assert itself.counts() == (30, 30)


@pytest.mark.parametrize(("at", "step", "place"), [("12.5s", None, 12.5), ("0:07", None, 7.0), (None, 38, 38.0)])
def test_one_may_begin_anywhere(session: SessionFolder, at: str | None, step: int | None, place: float) -> None:
    assert place_of(Stage(session), at, step) == place


@pytest.mark.parametrize(
    ("at", "step", "words"),
    [
        ("38.5s", None, "is over after 38 s"),
        ("soon", None, "wanted seconds of world time"),
        (None, 39, "has 38 steps, 0 to 38"),
        (None, -1, "has 38 steps, 0 to 38"),
        ("1s", 1, "leave one out"),
    ],
)
def test_a_place_beyond_the_end_or_in_other_words_is_refused(
    session: SessionFolder, at: str | None, step: int | None, words: str
) -> None:
    with pytest.raises(Usage, match=words):
        place_of(Stage(session), at, step)


def test_a_session_without_a_step_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="has no step"):
        Stage(drive(tmp_path, 0))


def test_a_crash_has_a_sign_of_its_own(tmp_path: Path) -> None:
    with acting(tmp_path, crashes=True) as rig:
        onlooker = Onlooker()
        rig.follow("0 LANE_RIGHT")
        for made in range(1, 41):
            rig.until(made)
            onlooker.look(rig.actor, rig.clock.monotonic())
    recording = rig.recording()
    track = Track(recording, steps_of(recording))
    ends = [at for at, step in enumerate(steps(recording), 1) if step.terminated]
    assert ends
    assert [mark.place for mark in track.marks if mark.kind is MarkKind.CRASH] == ends
    assert [mark for mark in track.marks if mark.kind is MarkKind.FAULT] == []
    live = onlooker.timeline.last_minute(rig.clock.monotonic())
    assert [moment.mark for moment in live.moments].count(LiveMark.CRASHED) == len(ends)
    assert numbers_of("s", recording).crashed_at == tuple(ends)
    assert strip(numbers_of("s", recording)).count("crashed in step") == len(ends)
