"""Laws of learning again: what was recorded is what was taught, and the same lessons make the same policy."""

import json
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from mereq_teleop.agents.constants import CONSTANTS
from mereq_teleop.agents.learner import FROM_NOTHING, Method
from mereq_teleop.agents.methods import make_learner
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.agents.shipped import load_policy, load_prior
from mereq_teleop.app import cli
from mereq_teleop.app.bus.messages import NewSegment, Retract, RoundEnd, UpdateMode
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.learning.in_process import InProcessBus
from mereq_teleop.app.learning.taught import joined, taught_by
from mereq_teleop.app.relearn import Source, learn_again, start_of, stream_of
from mereq_teleop.app.replay import TYPES, verify_session
from mereq_teleop.app.settings import learner_config, settings_of
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.config import FORMAT, SessionHeader
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder, sessions_in
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.recorder import Recorder
from tests.agents.made import observations
from tests.app.test_actor import SLOWER, Rig, always, made_config
from tests.app.test_end_to_end import BIN, finished, surroundings

HASTY = {name: replace(CONSTANTS[name], inner_steps=3, updates=5, worlds=8, warm_up_sweeps=2) for name in CONSTANTS}
SCRIPT = "3 LANE_RIGHT\n6 release\n12 FASTER\n14 release\n25 LANE_RIGHT\n29 release\n52 LANE_LEFT\n"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mereq_teleop.agents.methods.CONSTANTS", HASTY)


def live(
    path: Path, method: Method = "mereq", update: UpdateMode = "segment", until: int = 55, seed: int = 4
) -> Source:
    """A session of a real learner in this process: three corrections, the second taken back, one cut short."""
    config = OperateConfig(method=method, update=update, seed=seed, steps_per_round=20, device="simulated")
    session = SessionFolder(path)
    for inner in (session.policies, session.learner):
        inner.mkdir(parents=True)
    made = msgspec.structs.replace(made_config(config), settings=settings_of(config))
    session.write_config(made)
    header = SessionHeader(config=made, fingerprint=take_fingerprint())
    learner = make_learner(msgspec.structs.replace(learner_config(config), settle=True), always(SLOWER))
    with (
        closing(InProcessBus(learner, update, settle=True, opens=method in FROM_NOTHING)) as bus,
        Recorder.create(session.recording, header) as recorder,
    ):
        rig = Rig(session, recorder, bus, config, crashes=True)
        with closing(rig.shelf):
            rig.follow(SCRIPT)
            rig.until(16)
            rig.actor.retract(0.0)
            rig.until(until)
            rig.actor.finish(0.0)
    return Source(session, rig.recording())


def timeless(report: LearnerReport) -> LearnerReport:
    return msgspec.structs.replace(report, seconds=0.0)


@pytest.mark.parametrize("update", ["segment", "round"])
@pytest.mark.parametrize("method", ["mereq", "mereq-np", "maxent", "maxent-ft", "hg-dagger-ft", "iwr-ft"])
def test_the_same_lessons_make_the_same_policies_bit_by_bit(tmp_path: Path, method: Method, update: UpdateMode) -> None:
    source = live(tmp_path / "live", method, update)
    recording = source.recording
    assert len(recording.retracted) == 1
    config = OperateConfig(method=method, update=update, seed=4)
    learner = msgspec.structs.replace(learner_config(config), settle=True)
    lessons = list(learn_again(stream_of([source]), learner, update, start_of(source, None)))
    reports = [timeless(report) for report in recording.reports]
    assert len(reports) >= 2
    assert [timeless(lesson.report) for lesson in lessons][: len(reports)] == reports
    again = {lesson.policy.version: lesson.policy.hash for lesson in lessons}
    drove = {swap.version: swap.hash for swap in recording.swaps if swap.version}
    assert drove
    assert {version: again[version] for version in drove} == drove


def test_another_method_or_seed_learns_something_else_from_the_same(tmp_path: Path) -> None:
    source = live(tmp_path / "live")
    config = replace(OperateConfig(seed=4), method="iwr-ft")
    (*_, last) = learn_again(stream_of([source]), learner_config(config), "segment", start_of(source, None))
    assert last.policy.maker.method == "iwr-ft"
    assert last.policy.hash not in {swap.hash for swap in source.recording.swaps}


def test_a_recording_that_was_cut_teaches_what_it_has_also_the_correction_in_its_midst(tmp_path: Path) -> None:
    recording = live(tmp_path / "live").recording
    whole = taught_by(recording)
    assert [m.seq for m in whole] == list(range(1, len(whole) + 1))
    marks = [at for at, logged in enumerate(recording.timeline) if logged.topic == "/segment"]
    last = recording.segments[-1]
    assert last.authority == "human"
    # All but the last mark: the steps are there, nobody closed them.
    cut = replace(recording, timeline=recording.timeline[: marks[-1]], segments=recording.segments[:-1])
    assert taught_by(cut) == whole


def test_several_people_are_taught_from_one_after_the_other(tmp_path: Path) -> None:
    sources = [live(tmp_path / name, seed=seed) for name, seed in (("ann", 4), ("bob", 5))]
    first, second = (taught_by(source.recording) for source in sources)
    both = stream_of(sources)
    assert both[: len(first)] == first
    keys = [message.key for message in both]
    assert len(set(keys)) == len(keys)
    segments = [m.segment for m in both if isinstance(m, NewSegment)]
    last = max(m.segment.episode for m in first if isinstance(m, NewSegment))
    assert {s.episode for s in segments[-3:]}.isdisjoint(range(last + 1))
    rounds = [m.round for m in both if isinstance(m, RoundEnd)]
    assert rounds == sorted(set(rounds))
    taken = [m.segment_id for m in both if isinstance(m, Retract)]
    assert len(set(taken) & {s.id for s in segments}) == 2
    config = learner_config(OperateConfig(seed=4))
    (*_, one) = learn_again(first, config, "segment", start_of(sources[0], None))
    (*_, two) = learn_again(both, config, "segment", start_of(sources[0], None))
    assert set(one.policy.maker.segments) < set(two.policy.maker.segments)
    assert one.policy.hash != two.policy.hash
    # One that was resumed counts on by itself.
    assert [m.key for m in joined([first, second], [False, True])] == [m.key for m in (*first, *second)]


def run(*arguments: object) -> int:
    return cli.guarded(cli.tools_with, [str(argument) for argument in arguments])


def test_the_policy_is_kept_with_its_card_and_is_a_prior(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = live(tmp_path / "s" / "live"), tmp_path / "mine.safetensors"
    assert run("relearn", source.folder.path, "--out", out, "--method", "hg-dagger-ft", "--no-evaluation") == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert json.loads(out.with_suffix(".json").read_text()) == told
    # A person is told in words, unless JSON is asked for.
    with monkeypatch.context() as terminal:
        terminal.setattr(sys.stdout, "isatty", lambda: True)
        assert run("policy", "save", source.folder.path, "--out", tmp_path / "kept.safetensors") == 0
        words = capsys.readouterr().out
        assert run("policy", "save", source.folder.path, "--out", tmp_path / "kept.safetensors", "--json") == 0
        assert "segments" in json.loads(capsys.readouterr().out)
    assert re.fullmatch(r".*kept\.safetensors: policy \d of session live; --prior .* starts from it .*\n", words)
    assert (told["method"], told["sessions"], told["seed"]) == ("hg-dagger-ft", ["live"], 4)
    assert told["segments"] == list(load_policy(out, CARD).snapshot.maker.segments)
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["round 1", "round 2", "round 3"]
    assert "not over" in said.err.splitlines()[2]

    assert run("policy", "save", source.folder.path, "--out", out) == 0
    kept = json.loads(capsys.readouterr().out)
    last = source.recording.swaps[-1]
    assert (kept["session"], kept["version"], kept["hash"]) == ("live", last.version, last.hash)
    assert set(kept["theta"]) == set(CARD.feature_names)
    learned, prior = load_policy(out, CARD), load_prior(out, CARD)
    assert learned.snapshot.hash == last.hash
    assert isinstance(prior, Policy)
    assert np.array_equal(prior.act(observations()), learned.act(observations()))
    assert (
        cli.guarded(cli.tools_with, ["policy", "save", str(source.folder.path), "--version", "1", "--out", str(out)])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["version"] == 1


def complaint(capsys: pytest.CaptureFixture[str], code: int, *arguments: object) -> str:
    came = run(*arguments)
    said = capsys.readouterr().err.splitlines()
    assert (came, len(said)) == (code, 1), said
    assert said[0].startswith("error: ")
    return said[0]


def test_what_cannot_be_learned_from_is_answered_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = live(tmp_path / "live", until=20), tmp_path / "out.safetensors"
    path = source.folder.path
    assert "SESSION is missing" in complaint(capsys, 2, "relearn")
    assert "no session 'gone'" in complaint(capsys, 2, "relearn", "gone", "--sessions", tmp_path / "none")
    assert "named twice" in complaint(capsys, 2, "relearn", path, path)
    assert "no preference" in complaint(capsys, 2, "relearn", path, "--preference", "nobody", "--out", out)
    assert "'mereqq'" in complaint(capsys, 2, "relearn", path, "--method", "mereqq")
    assert "No such file" in complaint(capsys, 2, "relearn", path, "--prior", tmp_path / "none.safetensors")
    assert "where the card goes" in complaint(capsys, 2, "relearn", path, "--out", tmp_path / "x.json")
    assert "is a folder" in complaint(capsys, 2, "policy", "save", path, "--out", tmp_path)
    for command in (("relearn",), ("policy", "save")):
        far = tmp_path / "nowhere" / "x.safetensors"
        assert f"there is no folder {far.parent}" in complaint(capsys, 2, *command, path, "--out", far)
        assert not far.parent.exists()
    assert "has no policy 77; it has 0, 1" in complaint(capsys, 2, "policy", "save", path, "--version", 77)
    (prior,) = source.folder.policies.glob("0-*")
    data = prior.read_bytes()
    prior.write_bytes(data[:-8])
    assert str(prior) in complaint(capsys, 2, "relearn", path, "--out", out)
    prior.unlink()
    assert "--prior FILE" in complaint(capsys, 1, "relearn", path, "--out", out)
    prior.write_bytes(data)
    whole = source.folder.recording.read_bytes()
    source.folder.recording.write_bytes(whole[:50])
    assert "ends before its header" in complaint(capsys, 1, "relearn", path, "--out", out)
    half = bytearray(whole)
    half[len(half) // 2] ^= 0xFF
    source.folder.recording.write_bytes(half)
    assert "damaged" in complaint(capsys, 1, "policy", "save", path, "--out", out)
    source.folder.recording.unlink()
    assert "No such file" in complaint(capsys, 1, "policy", "save", path, "--out", out)
    source.folder.recording.write_bytes(whole)
    assert not out.exists()


def test_sessions_of_two_worlds_are_not_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = live(tmp_path / "live", until=20)
    other = SessionFolder(tmp_path / "other")
    other.path.mkdir()
    config = msgspec.structs.replace(source.recording.config, env="MountainCarContinuous-v0", task="mountain-car")
    with Recorder.create(other.recording, SessionHeader(config=config, fingerprint=take_fingerprint())):
        pass
    line = complaint(capsys, 2, "relearn", source.folder.path, other.path)
    assert "sessions of one world" in line
    newer = SessionHeader(config=source.recording.config, fingerprint=take_fingerprint(), format=FORMAT + 1)
    other.recording.unlink()
    with Recorder.create(other.recording, newer):
        pass
    assert "update it" in complaint(capsys, 1, "relearn", other.path)
    unknown = msgspec.structs.replace(config, env="chess-v0", task="chess")
    other.recording.unlink()
    with Recorder.create(other.recording, SessionHeader(config=unknown, fingerprint=take_fingerprint())):
        pass
    assert "chess-v0" in complaint(capsys, 2, "relearn", other.path)


def test_a_session_starts_from_a_policy_that_another_one_learned(tmp_path: Path) -> None:
    source, out = live(tmp_path / "live"), tmp_path / "mine.safetensors"
    assert run("policy", "save", source.folder.path, "--out", out) == 0
    start = load_prior(out, CARD)
    flags = ("--headless", "--rounds", "1", "--steps-per-round", "12", "--no-evaluation", "--prior", out)
    done = finished("mereq-teleop", "--sessions", tmp_path / "next", *flags)
    assert done.returncode == 0, done.stderr
    assert "no --device: the simulated expert takes over, who wants right-lane (--device simulated)\n" in done.stderr
    (folder,) = sessions_in(tmp_path / "next")
    recording = read_recording(folder.recording, TYPES)
    assert (recording.swaps[0].version, recording.swaps[0].hash) == (0, start.snapshot.hash)
    first = recording.episodes[0].transitions[0]
    seen = np.array(first.obs, np.float32).reshape(1, *CARD.observation_shape)
    assert first.decision.policy_action == start.act(seen)[0]
    assert verify_session(folder) == 0


@pytest.mark.slow
@pytest.mark.parametrize("task", ["pusher"])
def test_on_the_arm_too_the_same_lessons_make_the_same_policy(tmp_path: Path, task: str) -> None:
    flags = ("--env", task, "--headless", "--device", "simulated", "--rounds", "2", "--no-evaluation", "--seed", "1")
    done = subprocess.run(
        [BIN / "mereq-teleop", "--sessions", tmp_path, *flags],
        capture_output=True,
        env=surroundings(),
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    (folder,) = sessions_in(tmp_path)
    last = read_recording(folder.recording, TYPES).swaps[-1]
    out = tmp_path / "again.safetensors"
    assert run("relearn", folder.path, "--no-evaluation", "--out", out) == 0
    again = load_policy(out, card_of(task)).snapshot
    assert (again.version, again.hash) == (last.version, last.hash)
    assert load_prior(out, card_of(task)).snapshot.kind == "sac"
