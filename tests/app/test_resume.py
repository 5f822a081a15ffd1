"""Laws of going on: after any stop, with the same policy, learner, counts and round."""

import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mereq_teleop.app import cli
from mereq_teleop.app.bus.messages import Hello
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.learning.errors import BadStore
from mereq_teleop.app.learning.store import SegmentStore
from mereq_teleop.app.learning.taught import taught_by
from mereq_teleop.app.replay import TYPES, verify_session
from mereq_teleop.app.resumption import Parent, Resumption, parent_of, take_over
from mereq_teleop.app.settings import learner_config, settings_of
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.app.tally import Tally, typical_takeover
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.errors import FolderError
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Transition
from tests.app.test_actor import Rig, acting, made_config
from tests.app.test_end_to_end import driven, finished, running, steps, until

SCRIPT = "3 LANE_RIGHT\n6 release\n12 FASTER\n14 release\n25 LANE_RIGHT\n29 release\n47 LANE_LEFT\n"
TYPICAL = typical_takeover(CARD, None)


def parent(path: Path, decisions: int = 55) -> tuple[Parent, Rig]:
    """A session in this process; its learner kept no store."""
    config = OperateConfig(steps_per_round=20, rounds=9, device="simulated")
    with acting(path, crashes=True, steps_per_round=20) as rig:
        rig.folder.write_config(msgspec.structs.replace(made_config(config), settings=settings_of(config)))
        rig.follow(SCRIPT)
        rig.until(16)
        rig.actor.retract(0.0)
        rig.until(decisions)
    return parent_of(rig.folder), rig


def hello(child: SessionFolder, config: OperateConfig) -> Hello:
    learner = learner_config(config)
    return Hello(card=CARD.digest(), session=child.name, config=learner, update=config.learns_each, prior=b"")


def child_of(of: Parent, path: Path, **changes: Any) -> tuple[Resumption, SessionFolder]:
    child, config = SessionFolder(path), replace(of.settings, **changes)
    for inner in (child.policies, child.learner):
        inner.mkdir(parents=True)
    return take_over(of, child, hello(child, config), config), child


def counts(tally: Tally) -> list[Any]:
    return [
        [(r.round, r.steps, r.human_steps, r.episodes) for r in tally.rounds if r.steps],
        (tally.total.steps, tally.total.human_steps, tally.total.episodes),
        (tally.since_swap.steps, tally.since_swap.human_steps, tally.since_swap.episodes),
        tally.round.round,
    ]


@pytest.mark.parametrize("decisions", [8, 16, 20, 31, 40, 55])
def test_the_counts_go_on_as_they_were(tmp_path: Path, decisions: int) -> None:
    of, rig = parent(tmp_path / "parent", decisions)
    past, _ = child_of(of, tmp_path / "child")
    assert counts(past.tally(0.05, TYPICAL)) == counts(rig.actor.tally)
    assert past.episodes == 1 + max(segment.episode for segment in rig.recording().segments)
    assert past.last_version == max(swap.version for swap in rig.recording().swaps)
    driving = of.driving(CARD)
    assert driving is not None
    assert driving.snapshot.hash == rig.shelf.driving.snapshot.hash == past.driving


def test_either_the_store_or_the_recording_may_know_more(tmp_path: Path) -> None:
    of, _ = parent(tmp_path / "parent")
    assert of.recording is not None
    whole = taught_by(of.recording)
    for stored in range(len(whole) + 1):
        path = of.folder.learner / "segments.sqlite"
        path.unlink(missing_ok=True)
        with closing(SegmentStore(path)) as store:
            store.hand_over(hello(of.folder, of.settings))
            if stored:
                store.commit(list(whole[:stored]))
        past, child = child_of(of, tmp_path / f"child-{stored}")
        assert (past.stream, past.stored) == (whole, stored)
        with closing(SegmentStore(child.learner / "segments.sqlite")) as store:
            store.claim(hello(child, of.settings))
            assert store.messages() == whole[:stored]
        # The recording was cut where the store goes on.
        cut = replace(of, recording=cut_before(of.recording, stored))
        assert child_of(cut, tmp_path / f"cut-{stored}")[0].stream[:stored] == whole[:stored]


def cut_before(recording: Recording, segments: int) -> Recording:
    """The same without its last events."""
    marks = [at for at, logged in enumerate(recording.timeline) if logged.topic == "/segment"]
    last = min(segments // 2, len(marks) - 1)
    return replace(recording, timeline=recording.timeline[: marks[last]], segments=recording.segments[:last])


def test_what_the_learner_never_got_it_gets_first(tmp_path: Path) -> None:
    of, _ = parent(tmp_path / "parent")
    past, _ = child_of(of, tmp_path / "child")
    told: list[str] = []

    class Bus:
        offer = staticmethod(lambda segment: told.append(segment.id))
        retract = staticmethod(lambda id_: told.append(f"retract:{id_}"))
        end_round = staticmethod(lambda round_: told.append(f"round:{round_}"))

    past.teach(Bus())  # type: ignore[arg-type]
    assert told == [message.key for message in past.stream]


def refused(of: Parent, tmp_path: Path, error: type[Exception], words: str, **changes: Any) -> None:
    with pytest.raises(error, match=words):
        child_of(of, tmp_path / words[:9], **changes)


def test_what_cannot_go_on_is_refused_in_a_line_and_the_parent_stays_as_it_is(tmp_path: Path) -> None:
    of, _ = parent(tmp_path / "parent")
    before = {path: path.read_bytes() for path in of.folder.path.rglob("*") if path.is_file()}
    refused(of, tmp_path, Usage, "--method is maxent, session parent has mereq", method="maxent")
    refused(of, tmp_path, Usage, "--seed is 8", seed=8)
    refused(of, tmp_path, Usage, "--update is round", update="round")
    refused(of, tmp_path, Usage, "--prior is another", prior=Path("x"))
    refused(of, tmp_path, Usage, "driven 2 rounds.*--rounds 3 or more", rounds=2)
    store = of.folder.learner / "segments.sqlite"
    store.write_bytes(b"no database at all, but long enough to be looked at" * 20)
    refused(of, tmp_path, BadStore, "cannot use the learner's store")
    store.unlink()
    assert {path: path.read_bytes() for path in of.folder.path.rglob("*") if path.is_file()} == before
    next(of.folder.policies.glob("0-*")).unlink()
    with pytest.raises(AppError, match="no policy 0"):
        of.prior(CARD)


def test_a_session_that_goes_on_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of, _ = parent(tmp_path / "parent")
    monkeypatch.setattr("mereq_teleop.app.resumption.PATIENCE_S", 0.0)
    script = (
        "import sys; from pathlib import Path; from mereq_teleop.app.learning.store import SegmentStore; "
        "store = SegmentStore(Path(sys.argv[1])); print(store.stored, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(of.folder.learner / "segments.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as learner:
        assert learner.stdout is not None
        learner.stdout.readline()
        refused(of, tmp_path, AppError, "still goes on")
        learner.communicate(b"")
    child_of(of, tmp_path / "later")


def test_a_session_killed_before_its_first_event_begins_anew(tmp_path: Path) -> None:
    of, _ = parent(tmp_path / "parent")
    of.folder.recording.write_bytes(b"")
    shutil.rmtree(of.folder.policies)
    bare = parent_of(of.folder)
    assert (bare.prior(CARD), bare.driving(CARD)) == (None, None)
    past, _ = child_of(bare, tmp_path / "child")
    assert (past.stream, past.episodes, past.last_version) == ((), 0, 0)
    of.folder.recording.unlink()
    (of.folder.path / "config.json").unlink()
    with pytest.raises(FolderError, match=r"config\.json"):
        parent_of(of.folder)


ROUND = ("--device", "simulated", "--headless", "--steps-per-round", "40", "--no-evaluation", "--seed", "3")


def operate(root: Path, *arguments: str) -> Recording:
    done = finished("mereq-teleop", "--sessions", root, *arguments)
    assert done.returncode == 0, done.stderr
    return read_recording(sessions_in(root)[-1].recording, TYPES)


def test_two_rounds_are_one_and_the_other_resumed_bit_by_bit(tmp_path: Path) -> None:
    # The first round of this seed ends with its episode: no world is left in its midst.
    whole = operate(tmp_path / "whole", *ROUND, "--rounds", "2")
    first = operate(tmp_path / "parts", *ROUND, "--rounds", "1")
    second = operate(tmp_path / "parts", "--resume", "last", "--rounds", "2")
    assert second.config.parent == sessions_in(tmp_path / "parts")[0].name
    assert (second.config.method, second.config.seed) == (first.config.method, 3)
    assert [*steps(first), *steps(second)] == steps(whole)
    assert driven(first) + driven(second)[1:] == driven(whole)
    # It opens with the policy that drove last.
    assert driven(second)[0][:2] == driven(first)[-1][:2]
    weights = [report.weights for report in (*first.reports, *second.reports)]
    assert weights == [report.weights for report in whole.reports]
    rounds = [(end.round, end.steps, end.human_steps) for end in (*first.rounds, *second.rounds)]
    assert rounds == [(end.round, end.steps, end.human_steps) for end in whole.rounds]
    assert verify_session(sessions_in(tmp_path / "parts")[1]) == 0


def test_after_a_kill_in_mid_round_it_goes_on(tmp_path: Path) -> None:
    arguments = (*ROUND, "--pace", "realtime", "--speed", "50", "--rounds", "3")
    with running(tmp_path, *arguments) as session:
        session.until(lambda recording: len(steps(recording)) >= 60, "sixty steps")
        session.process.send_signal(signal.SIGKILL)
        session.process.wait()
        (folder,) = sessions_in(tmp_path)
    cut = read_recording(folder.recording, TYPES)
    assert "cut" in cut.loss
    before: list[Transition] = steps(cut)
    done = finished("mereq-teleop", "--sessions", tmp_path, "--resume", folder.name, "--json", "--pace", "lockstep")
    assert done.returncode == 0, done.stderr
    results = msgspec.json.decode(done.stdout)
    assert [round_["round"] for round_ in results["rounds"]] == [1, 2, 3]
    assert all(round_["steps"] == 40 for round_ in results["rounds"])
    later = read_recording(sessions_in(tmp_path)[-1].recording, TYPES)
    assert later.config.parent == folder.name
    assert 120 - len(before) - 60 <= len(steps(later)) <= 120 - len(before) + 1
    assert min(swap.version for swap in later.swaps) == cut.swaps[-1].version
    child = sessions_in(tmp_path)[-1]
    until(lambda: not (child.learner / "segments.sqlite-shm").exists(), "the learner's end")
    with closing(SegmentStore(child.learner / "segments.sqlite")) as store:
        assert {segment.id for segment in cut.segments} <= {entry.key for entry in store.entries()}


def test_a_session_that_is_not_there_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--resume", "gone"], ["--resume", "last"], ["--resume"]):
        code = cli.guarded(cli.operate_with, ["--sessions", str(tmp_path), *arguments])
        said = capsys.readouterr().err.splitlines()
        assert (code, len(said)) == (2, 1)
    assert list(tmp_path.iterdir()) == []


def test_the_policies_of_the_parent_are_not_written_twice(tmp_path: Path) -> None:
    of, _ = parent(tmp_path / "parent")
    _, child = child_of(of, tmp_path / "child")
    assert of.folder.kept_policies() == child.kept_policies()
    driving = of.driving(CARD)
    assert driving is not None
    with closing(PolicyShelf(driving, CARD, child)) as shelf:
        assert shelf.fault == ""
    assert verify_session(of.folder) == 0
