"""A fork goes on from a frame exactly as it was, drives on its own, and is verified bit by bit."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.fork import Fork, read_fork
from mereq_teleop.app.fork_point import ForkPoint
from mereq_teleop.app.onlooker import Onlooker
from mereq_teleop.app.operator_view import scene_of
from mereq_teleop.app.replay import verify_session
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.errors import RecordingError, UnknownSession
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.records import Authority, Segment
from tests.app.driven import HIGHWAY, Teacher, drive, network, read, steps

PUSHER = "\n".join(f"{at} {action}\n{at + 6} release" for at, action in ((4, "0.2,0,0"), (20, "0,0.1,-0.1")))
TASKS = pytest.mark.parametrize(("env", "script", "decisions"), [("highway", HIGHWAY, 60), ("pusher", PUSHER, 150)])


def fork(parent: SessionFolder, where: str, policy: str | None = None) -> Fork:
    return read_fork(parent.path.parent, f"{parent.name}@{where}", policy)


def what_happened(parent: SessionFolder, since: int) -> list[Any]:
    """Every step without who stood by, from a step of the session on."""
    return [
        (step.step, step.obs, step.decision.executed, step.next_obs, step.reward)
        for step in steps(read(parent))[since:]
    ]


@TASKS
@pytest.mark.parametrize("at", [0, 17, 33])
def test_a_fork_in_which_nobody_interferes_goes_as_its_parent_went(
    tmp_path: Path, env: str, script: str, decisions: int, at: int
) -> None:
    parent = drive(tmp_path, decisions, env=env)
    episode = next(e for e in read(parent).episodes if len(e.transitions) > at)
    before = sum(len(e.transitions) for e in read(parent).episodes if e.index < episode.index) + at
    start = fork(parent, f"{episode.index}:{at}").start
    child = drive(tmp_path, decisions - before, env=env, start=start)
    assert what_happened(child, 0) == what_happened(parent, before)
    assert [e.seed for e in read(child).episodes] == [e.seed for e in read(parent).episodes[episode.index :]]
    assert verify_session(child) == verify_session(parent) == 0


@TASKS
def test_a_fork_with_corrections_and_swaps_of_its_own_is_verified_bit_by_bit(
    tmp_path: Path, env: str, script: str, decisions: int, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = drive(tmp_path, decisions, script, env=env)
    child = drive(tmp_path, 40, script, env=env, start=fork(parent, "0:15").start)
    recording = read(child)
    assert recording.loss == ""
    assert recording.episodes[0].executed_before == read(parent).episodes[0].executed[:15]
    assert recording.episodes[0].transitions[0].step == 15
    assert any(step.decision.authority is Authority.HUMAN for step in steps(recording))
    assert verify_session(child) == 0
    said = capsys.readouterr().out
    assert "verified 40 steps" in said
    assert "(bit by bit)" in said
    # Who reads a segment alone can restore its first state.
    whole = {episode.index: episode.executed for episode in recording.episodes}
    assert all(s.executed_before == whole[s.episode][: s.start] for s in recording.segments)


@pytest.mark.parametrize(("env", "action"), [("highway", "LANE_LEFT"), ("pusher", "0.1,0.1,0")])
def test_a_session_of_twenty_swaps_is_verified_bit_by_bit_and_so_is_a_fork_of_it(
    tmp_path: Path, env: str, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "\n".join(f"{at} {action}\n{at + 1} release" for at in range(1, 100, 4))
    parent = drive(tmp_path, 104, script, env=env)
    middle = max(read(parent).episodes, key=lambda episode: len(episode.transitions))
    child = drive(tmp_path, 104, script, env=env, start=fork(parent, f"{middle.index}:5").start)
    for folder in (parent, child):
        assert verify_session(folder) == 0
        said = re.search(r"verified 104 steps, (\d+) swaps \(bit by bit\)", capsys.readouterr().out)
        assert said is not None
        assert int(said[1]) >= 20


def test_it_starts_with_who_drove_there_and_names_its_parent(tmp_path: Path) -> None:
    parent = drive(tmp_path, 30, HIGHWAY)
    for at, version in ((0, 0), (6, 0), (7, 1), (14, 1), (15, 2)):
        start = fork(parent, f"0:{at}").start
        assert start.policy.snapshot.version == version
        child = read(drive(tmp_path, 3, start=start))
        assert {step.policy_version for step in steps(child)} == {version}
        assert (child.config.parent, child.config.settings["fork"]) == (parent.name, f"{parent.name}@0:{at}")
    assert str(ForkPoint.parse("a/b@c@3.2:12")) == "a/b@c@3.2:12"


def test_another_policy_may_start_it(tmp_path: Path) -> None:
    parent = drive(tmp_path, 30, HIGHWAY)
    own = tmp_path / "own.safetensors"
    own.write_bytes(network(card_of("highway"), 77).to_bytes())
    for choice, version, seed in (("prior", 0, 0), ("1", 1, 1), (str(own), 3, 77)):
        start = fork(parent, "0:20", choice).start
        assert start.policy.snapshot.version == version
        assert start.policy.snapshot.hash == network(card_of("highway"), seed).hash
        child = drive(tmp_path, 5, start=start)
        assert {step.policy_version for step in steps(read(child))} == {version}
        assert verify_session(child) == 0


def test_the_learner_is_told_what_had_been_taught_by_then(tmp_path: Path) -> None:
    parent = drive(tmp_path, 30, HIGHWAY)
    # In the middle of the second correction: the first is answered by policy 1, of the second one step is there.
    start = fork(parent, "0:13").start
    lessons = [lesson for lesson in start.inheritance.lessons if isinstance(lesson, Segment)]
    assert [(s.start, s.stop, s.authority) for s in lessons] == [
        (0, 3, Authority.POLICY),
        (3, 6, Authority.HUMAN),
        (6, 12, Authority.POLICY),
        (12, 13, Authority.HUMAN),
    ]
    assert start.inheritance.answered == 2
    teacher = Teacher(card_of("highway"))
    child = drive(tmp_path, 10, "4 LANE_LEFT\n6 release", start=start, teacher=teacher)
    own = read(child).segments
    shown = [segment.id for segment in teacher.lessons[-1]]
    assert shown == [*(f"{parent.name}/e0-s{at}" for at in (0, 3, 6, 12)), *(s.id for s in own[: len(shown) - 4])]
    assert any(segment.authority is Authority.HUMAN for segment in own)
    # What the parent's operator did counts for nothing in the child.
    assert all(not report.cause.startswith(parent.name) for report in read(child).reports)
    assert verify_session(child) == 0


def test_what_was_taken_back_by_then_is_not_taught(tmp_path: Path) -> None:
    parent = drive(tmp_path, 20, HIGHWAY, end=lambda actor: actor.retract(0.0))
    lessons = fork(parent, "0:20").start.inheritance.lessons
    assert [s.start for s in lessons if isinstance(s, Segment) and s.authority is Authority.HUMAN] == [3, 12]
    grandchild = drive(tmp_path, 5, start=fork(parent, "0:20").start)
    inherited = fork(grandchild, "0:23").start.inheritance.lessons
    assert [lesson.id for lesson in inherited[: len(lessons)]] == [lesson.id for lesson in lessons]


def test_rounds_go_on_from_those_of_the_parent(tmp_path: Path) -> None:
    parent = drive(tmp_path, 30, HIGHWAY, steps_per_round=12)
    start = fork(parent, "0:26").start
    assert start.inheritance.round == 3
    begun: list[tuple[int, int]] = []

    def look(actor: Any) -> None:
        scene = scene_of(actor, 0.0, 1.0)
        begun.append((scene.round, scene.round_step))
        onlooker = Onlooker()
        onlooker.look(actor, 0.0)
        assert onlooker.timeline.last_minute(0.0).moments == ()

    # The round that went on in the parent begins anew: none of its steps were taken here.
    drive(tmp_path, 0, start=start, steps_per_round=12, end=look)
    assert begun == [(3, 0)]
    child = read(drive(tmp_path, 30, HIGHWAY, start=start, steps_per_round=12))
    assert [end.round for end in child.rounds] == [3, 4]
    assert {segment.round for segment in child.segments} == {3, 4, 5}


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("9:0", "no episode 9, it has episodes 0 to 0"),
        ("0:31", "was recorded from step 0 to step 30, not 31"),
        ("0.2:3", "was begun 1 times, not 2"),
        ("x", "wanted SESSION@EPISODE:STEP"),
    ],
)
def test_a_frame_that_is_not_there_is_named(tmp_path: Path, where: str, wanted: str) -> None:
    parent = drive(tmp_path, 30)
    with pytest.raises(Usage, match=wanted):
        fork(parent, where)
    with pytest.raises(UnknownSession):
        read_fork(tmp_path, "nothing-of-that-name@0:1")


def test_an_episode_that_is_over_cannot_be_taken_over(tmp_path: Path) -> None:
    parent = drive(tmp_path, 60)
    ended = read(parent).episodes[0]
    count = len(ended.transitions)
    with pytest.raises(Usage, match=f"was over after {count} steps; take one before, {count - 1} at most"):
        fork(parent, f"0:{count}")
    assert fork(parent, f"0:{count - 1}").start.executed_before == ended.executed[:-1]


def test_a_policy_that_is_not_there_or_of_another_task_is_named(tmp_path: Path) -> None:
    parent = drive(tmp_path, 30, HIGHWAY)
    with pytest.raises(Usage, match=r"no policy 9 drove in .*; it has 0, 1, 2"):
        fork(parent, "0:3", "9")
    other = tmp_path / "other.safetensors"
    other.write_bytes(network(card_of("pusher"), 1).to_bytes())
    with pytest.raises(BadPolicy, match="is for task 'pusher', not for 'highway'"):
        fork(parent, "0:3", str(other))
    (missing,) = parent.policies.glob("1-*")
    other.replace(missing)
    with pytest.raises(RecordingError, match="is not that of its name"):
        fork(parent, "0:10")


def test_a_fork_by_hand_waits_and_then_gives_the_person_control(tmp_path: Path) -> None:
    parent = drive(tmp_path, 30)
    start = replace(fork(parent, "0:10").start, by_hand=True)
    seen: list[Authority] = []

    def end(actor: Any) -> None:
        seen.append(actor.arbiter.authority)

    # Nobody goes on: no step is taken, so the loop is left at once.
    waits = read(drive(tmp_path, 0, start=start, end=end, countdown=3.0))
    assert seen == [Authority.NOBODY]
    assert [note for note in waits.notes if "count-down" in note] == []

    def go_on(actor: Any) -> None:
        actor.pause(0.0)
        actor.control_step(0.0)
        actor.pause(0.0)
        actor.pause(0.0)
        actor.control_step(0.0)

    child = read(drive(tmp_path, 0, start=start, end=go_on))
    assert [step.decision.authority for step in steps(child)] == [Authority.HUMAN, Authority.POLICY]


def test_the_command_line_is_judged_by_the_sessions_own_task(tmp_path: Path) -> None:
    parent = drive(tmp_path, 30, env="pusher")
    asked: dict[str, Any] = {"fork": f"{parent.name}@0:3", "sessions": tmp_path}
    config = OperateConfig(**asked, preference="low")
    assert card_of(config.env).name == "pusher"
    for wrong, error, words in (
        ({"env": "eraser"}, Usage, "is of task pusher; leave --env out"),
        ({"fork": None, "policy": "1"}, Usage, "--policy is for --fork"),
        ({"fork": "nowhere"}, Usage, "wanted SESSION@EPISODE:STEP"),
        ({"fork": "nothing-like-it@0:1"}, UnknownSession, "no session 'nothing-like-it'"),
    ):
        with pytest.raises(error, match=re.escape(words)):
            OperateConfig(**asked | wrong)
