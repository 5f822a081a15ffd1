"""What a user who makes a mistake gets to see: one line, the right exit code, never a traceback."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import tyro

from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.tools.table import TOOLS
from tests.app.test_actor import acting, always

Call = Callable[..., tuple[int, str, str]]


def complaint(result: tuple[int, str, str], code: int) -> str:
    """The one line that a command said before it failed."""
    came, _, said = result
    lines = said.splitlines()
    assert came == code, said
    assert len(lines) == 1, said
    assert lines[0].startswith("error: ")
    assert "Traceback" not in said
    return lines[0]


def test_what_a_configuration_refuses_is_told_alike_by_every_command(call: Call) -> None:
    told = [complaint(call(*of, "--env", "highwy"), 2) for of in (("mereq-teleop",), ("mereq", "evaluate"))]
    assert told[0] == told[1]
    assert told[0].startswith("error: no env 'highwy'; known: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--env", "highwy"], ["no env 'highwy'", "highway, lunar-lander", "did you mean 'highway'?"]),
        (["--method", "mereqq"], ["'mereqq'", "mereq, mereq-instant, mereq-np", "did you mean 'mereq'?"]),
        (
            ["--device", "keybord"],
            ["'keybord'", "auto, keyboard, joystick, spacemouse, simulated", "did you mean 'keyboard'?"],
        ),
        (["--preference", "rightlane"], ["'rightlane'", "did you mean 'right-lane'?"]),
        (["--mehtod", "mereq"], ["no flag '--mehtod'", "did you mean '--method'?"]),
        (["--seeed=3"], ["no flag '--seeed'", "did you mean '--seed'?"]),
        (["highway"], ["no argument 'highway'"]),
        (["--learner", "tcp://robot.lab:5700"], ["not on this machine", "--learner-key", "mereq keys"]),
        (["--learner-key", "x"], ["--learner tcp://HOST:PORT"]),
        (["--learner", "tcp://127.0.0.1:5700", "--standby", "on"], ["--standby", "of this session's own"]),
        (["--swap", "later"], ["'later'", "episode, now, segment"]),
        (["--update", "step"], ["'step'", "round, segment"]),
        (["--pace", "slow"], ["'slow'", "lockstep, realtime"]),
        (["--expert-side", "both"], ["'both'", "human, shared"]),
        (["--rounds", "0"], ["--rounds is 0", "at least 1"]),
        (["--steps-per-round", "-5"], ["--steps-per-round is -5", "at least 1"]),
        (["--rounds", "few"], ["--rounds", "INT", "'few'"]),
        (["--steps-per-round", "many"], ["--steps-per-round", "INT", "'many'"]),
        (["--speed", "fast"], ["--speed", "float", "'fast'"]),
        (["--speed", "0"], ["--speed is 0.0", "between 0.1 and 50"]),
        (["--speed", "nan"], ["--speed is nan", "between 0.1 and 50"]),
        (["--seed", "-1"], ["--seed is -1", "not be negative"]),
        (["--seed"], ["seed"]),
        (["--delta", "1"], ["--delta is 1.0", "between 0 and 1"]),
        (["--objective", "reward"], ["'reward'", "both, features, likelihood"]),
        (["--demonstrations", "--stop-when-aligned"], ["leave it out, or --demonstrations"]),
        (
            ["--method", "mereq-instant", "--env", "mountain-car"],
            ["not trained", "mountain-car", "take mereq"],
        ),
        (["--headless", "--device", "keyboard"], ["needs the window", "--device simulated"]),
        (["--headless", "--device", "spacemouse"], ["--device spacemouse needs the window", "--device simulated"]),
        (["--headless", "--device", "joystick"], ["--device joystick needs the window", "--device simulated"]),
        (["--device", "simulated", "--takeover", "hold"], ["--takeover hold", "--device keyboard"]),
        (["--headless", "--step-by-step"], ["--step-by-step waits", "--headless"]),
        (["--headless", "--countdown", "3"], ["--countdown", "--headless"]),
        (["--countdown", "90"], ["--countdown is 90 s", "between 0 and 60"]),
        (["--takeover", "never"], ["'never'", "hold, instinct, toggle"]),
    ],
)
def test_a_value_that_makes_no_sense_is_answered_in_one_line(
    call: Call, arguments: list[str], words: list[str]
) -> None:
    line = complaint(call("mereq-teleop", *arguments), 2)
    assert [word for word in words if word not in line] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replya"], ["no command 'replya'", "did you mean 'replay'?"]),
        (["replay"], ["session", "missing", "mereq replay --help"]),
        (["replay", "x", "--verfy"], ["no flag '--verfy'", "did you mean '--verify'?"]),
        (["pretrain", "--env", "moon"], ["no env 'moon'"]),
        (["pretrain", "--steps", "7"], ["--steps is 7", "at least 512", "each of 64 worlds"]),
        (["pretrain", "--algorithm", "sac"], ["sac is not for highway", "named actions", "dqn_me"]),
        (["pretrain", "--env", "pusher", "--algorithm", "dqn_me"], ["dqn_me is not for pusher", "sac, sac_residual"]),
        (["pretrain", "--algorithm", "sac_conditioned"], ["sac_conditioned is not for highway", "dqn_me"]),
        (
            ["pretrain", "--env", "pusher", "--algorithm", "sac_conditioned", "--preference", "low"],
            ["--preference is not for", "learns all weights"],
        ),
        (
            ["pretrain", "--env", "pusher", "--algorithm", "sac_conditioned", "--steps", "20000"],
            ["--steps is not for", "one recipe"],
        ),
        (["evaluate", "--env", "highwayBasik"], ["did you mean 'highwayBasic'?"]),
        (["evaluate", "--episodes", "0"], ["--episodes is 0"]),
        (["evaluate", "--model", "/nowhere/to.be"], ["/nowhere/to.be", "No such file"]),
        (["learner"], ["address", "missing"]),
        (["doctor", "--env", "moon"], ["no env 'moon'"]),
        (["doctor", "--device", "joystik"], ["'joystik'", "did you mean 'joystick'?"]),
        (["doctor", "--watch", "--measure"], ["--watch and --measure are two things"]),
        (["doctor", "wheel"], ["'wheel' goes with --watch, --measure or --configure"]),
        (["doctor", "--force"], ["--force goes with --configure"]),
        (["doctor", "--yes"], ["--yes goes with --configure"]),
        (["doctor", "--measure", "--seconds", "0"], ["--seconds is 0.0", "above 0"]),
        (["doctor", "--watch", "--device", "keyboard"], ["--device keyboard has no axes"]),
    ],
)
def test_a_tool_is_as_plain(call: Call, arguments: list[str], words: list[str]) -> None:
    line = complaint(call("mereq", *arguments), 2)
    assert [word for word in words if word not in line] == []


def test_a_policy_is_evaluated_in_the_world_that_was_asked_for(call: Call) -> None:
    found = [call("mereq", "evaluate", "--episodes", "30", *of) for of in ((), ("--env", "highwayDense"))]
    assert [code for code, _, _ in found] == [0, 0]
    usual, dense = (json.loads(line) for _, line, _ in found)
    assert dense["crash_rate"] > usual["crash_rate"]
    assert dense["return_true"] < usual["return_true"]


def test_a_prior_that_cannot_drive_is_named_with_what_was_wanted(call: Call, tmp_path: Path) -> None:
    def with_prior(data: bytes, flag: str = "--prior") -> str:
        path = tmp_path / "policy.safetensors"
        path.write_bytes(data)
        arguments = ("--headless", "--sessions", tmp_path / "sessions", flag, path)
        line = complaint(call("mereq-teleop", *arguments), 2)
        assert str(path) in line
        return line

    whole = always(0)
    toy = PolicyMaker(task="toy", method="mereq", gamma=0.9, alpha=0.1)
    assert "not a policy of mereq-teleop" in with_prior(b"PK\x03\x04 something else")
    assert "not a policy of mereq-teleop" in with_prior(whole.to_bytes()[:200])
    assert "not a policy of mereq-teleop" in with_prior(b"")
    other_task = PolicySnapshot(0, "dqn", toy, whole.tensors).to_bytes()
    assert "for task 'toy', not for 'highway'" in with_prior(other_task)
    assert "it needs 51 inputs and 5 outputs" in with_prior(always(0, outputs=3).to_bytes())
    assert "for task 'toy', not for 'highway'" in with_prior(other_task, "--expert")
    missing = call("mereq-teleop", "--headless", "--prior", tmp_path / "none.safetensors")
    assert "none.safetensors: No such file" in complaint(missing, 2)
    folder = call("mereq-teleop", "--headless", "--prior", tmp_path)
    assert "Is a directory" in complaint(folder, 2)
    assert not (tmp_path / "sessions").exists(), "nothing is made before everything is known to be right"


def test_a_place_where_no_session_can_be_made_is_named(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    line = complaint(call("mereq-teleop", "--headless", "--sessions", file / "sessions"), 1)
    assert f"cannot make a session's folder in {file / 'sessions'}" in line
    assert "--sessions DIR" in line
    complaint(call("mereq-teleop", "--headless", "--sessions", file), 1)
    assert file.read_text() == "precious"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes where nobody may")
def test_a_place_that_is_read_only_is_named(call: Call, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "Permission denied" in complaint(call("mereq-teleop", "--headless", "--sessions", tmp_path), 1)
    tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (b"3 LANE_RIGHT\n5 FASTEN\n", ["line 2", "no action 'FASTEN'", "did you mean 'FASTER'?"]),
        (b"3 LANE_RIGHT now\n", ["line 1", "<step> <action|engage|release|lost>"]),
        (b"# all is well\n\nsoon IDLE\n", ["line 3", "a step is a number from 0"]),
        (b"9 IDLE\n3 release\n", ["line 2", "step 3 comes after step 9"]),
        (b"\xff\xfe\x00", ["not text"]),
    ],
)
def test_a_script_with_a_bad_line_names_it(call: Call, tmp_path: Path, script: bytes, words: list[str]) -> None:
    path = tmp_path / "drive.txt"
    path.write_bytes(script)
    line = complaint(call("mereq-teleop", "--headless", "--sessions", tmp_path, "--device", path), 2)
    assert [word for word in (str(path), *words) if word not in line] == []


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A folder of a recorded session, among others."""
    folder = tmp_path / "sessions" / "20300102T030405Z-highway-abc123"
    with acting(folder, crashes=True) as rig:
        rig.follow("3 LANE_RIGHT\n6 release")
        rig.until(60)
    return folder


def test_a_session_that_is_not_there_is_named_with_the_nearest(call: Call, session: Path) -> None:
    root = session.parent
    line = complaint(call("mereq", "replay", "20300102T030405Z-highway-abc124", "--verify", "--sessions", root), 2)
    assert f"did you mean {session.name!r}?" in line
    assert "no session 'last' among the 0" in complaint(
        call("mereq", "replay", "last", "--verify", "--sessions", root / "none"), 2
    )
    complaint(call("mereq", "replay", root / "none" / "at-all", "--verify"), 2)


def test_a_cut_recording_is_verified_as_far_as_it_goes(call: Call, session: Path) -> None:
    code, out, _ = call("mereq", "replay", "abc123", "--verify", "--sessions", session.parent)
    assert (code, out.count("\n")) == (0, 1)
    assert out.startswith(f"{session.name}: verified 60 steps, ")
    assert out.endswith(" swaps (bit by bit)\n")
    recording = session / "session.mcap"
    whole = recording.read_bytes()
    recording.write_bytes(whole[:-100])
    code, out, said = call("mereq", "replay", session, "--verify")
    assert (code, said) == (0, "")
    first, second = out.splitlines()
    assert "the recording was cut" in first
    assert "verified 60 steps" in second
    recording.write_bytes(whole[:40])
    assert "ends before its header" in complaint(call("mereq", "replay", session, "--verify"), 1)


def test_what_is_no_recording_or_damaged_is_said(call: Call, session: Path) -> None:
    recording = session / "session.mcap"
    whole = recording.read_bytes()
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 0xFF
    for data in (b"", b"not an mcap at all", bytes(damaged)):
        recording.write_bytes(data)
        assert str(recording) in complaint(call("mereq", "replay", session, "--verify"), 1)
    recording.unlink()
    assert str(recording) in complaint(call("mereq", "replay", session, "--verify"), 1)


def test_a_policy_that_is_gone_or_damaged_is_said(call: Call, session: Path) -> None:
    kept = sorted((session / "policies").iterdir())
    shutil.copy(kept[1], kept[0])
    code, _, said = call("mereq", "replay", session, "--verify")
    assert code in (1, 2)
    assert "not that of its name" in complaint((code, "", said), code)
    kept[0].unlink()
    assert str(kept[0]) in complaint(call("mereq", "replay", session, "--verify"), 1)


def test_sessions_lists_whole_and_broken_ones(call: Call, session: Path) -> None:
    (session.parent / "20300102T030406Z-highway-broken").mkdir()
    code, out, said = call("mereq", "sessions", "--sessions", session.parent)
    assert (code, said) == (0, "")
    assert session.name in out
    assert "config.json: No such file" in out
    assert out.splitlines()[-1].startswith("2 sessions")
    assert call("mereq", "sessions", "--sessions", session.parent / "none")[1].startswith("no sessions in")


def flags_of(config: type) -> list[tuple[str, str]]:
    """Every flag and how its default is told."""
    found = []
    for field in dataclasses.fields(config):
        name = field.name.replace("_", "-")
        if tyro.conf.Positional in getattr(field.type, "__metadata__", ()):
            continue
        needed = field.default is dataclasses.MISSING
        default = " ".join(field.default) if isinstance(field.default, tuple) else field.default
        found.append((f"--{name}", "(required)" if needed else f"(default: {default})"))
    return found


@pytest.mark.parametrize(
    ("program", "config"),
    [("mereq-teleop", OperateConfig), *((f"mereq {name}", tool) for name, tool in TOOLS.items())],
)
def test_help_tells_of_every_flag_and_its_default(
    call: Call, monkeypatch: pytest.MonkeyPatch, program: str, config: type
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, said = call(*program.split(), "--help")
    assert (code, said) == (0, "")
    text = " ".join(re.sub(r"[│╭╮╰╯─]", " ", out).split())
    assert (config.__doc__ or "").splitlines()[0] in text
    for flag, default in flags_of(config):
        found = re.search(rf" {flag}(?=[ ,]).*?(\(default: [^)]*\)|\(required\))", text)
        assert found, f"{flag} is not in the help"
        assert found[1] == default


def test_mereq_alone_lists_its_commands(call: Call) -> None:
    for arguments, wanted in (((), 2), (("--help",), 0), (("-h",), 0), (("help",), 0)):
        code, out, said = call("mereq", *arguments)
        assert (code, said) == (wanted, "")
        assert [name for name in TOOLS if f"  {name} " not in out] == []


@pytest.mark.parametrize(
    ("program", "argument", "code"),
    [("mereq-teleop", "--help", 0), ("mereq", "--help", 0), ("mereq-teleop", "--evn", 2), ("mereq", "evns", 2)],
)
def test_the_installed_commands_give_the_same_answers(program: str, argument: str, code: int) -> None:
    command = [str(Path(sys.executable).parent / program), argument]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == (code != 0)
