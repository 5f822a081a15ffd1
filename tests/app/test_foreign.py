"""A zip of stable-baselines3 wherever a policy may be named, and what its flags say to who has none."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.agents.shipped import load_policy
from mereq_teleop.envs import card
from mereq_teleop.sessions.folder import SessionFolder, find_session
from tests.agents.foreign.zips import zipped

Call = Callable[..., tuple[int, str, str]]
SHORT = ("--headless", "--rounds", "1", "--steps-per-round", "6", "--no-evaluation", "--guard", "off")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A PPO of highway, whose units are bent by tanh."""
    path = tmp_path / "theirs.zip"
    path.write_bytes(zipped("ppo"))
    return path


def test_it_is_evaluated(call: Call, theirs: Path) -> None:
    code, out, said = call("mereq", "evaluate", "--model", theirs, "--episodes", "2", "--alpha", "0.1")
    assert code == 0, said
    assert said.startswith(f"{theirs}: PPO of stable-baselines3")
    assert msgspec.json.decode(out)["episodes"] == 2


def test_a_session_begins_with_it_and_is_learned_from_again(call: Call, theirs: Path, tmp_path: Path) -> None:
    code, _, said = call("mereq-teleop", *SHORT, "--prior", theirs, "--method", "hg-dagger-ft", "--sessions", tmp_path)
    assert code == 0, said
    prior = load_policy(theirs, card("highway")).snapshot
    folder: SessionFolder = find_session(tmp_path, "last")
    assert folder.kept_policies()[0] == prior.hash
    out = tmp_path / "again.safetensors"
    code, told, said = call(
        *("mereq", "relearn", "last", "--prior", theirs, "--no-evaluation", "--out", out, "--sessions", tmp_path)
    )
    assert code == 0, said
    assert msgspec.json.decode(told)["prior"] == prior.hash


def test_a_bench_converts_it_once(call: Call, theirs: Path, tmp_path: Path) -> None:
    code, _, said = call(
        *("mereq", "bench", "--prior", theirs, "--methods", "hg-dagger-ft", "--preferences", "right-lane"),
        *("--seeds", "1", "--rounds", "1", "--steps-per-round", "5", "--episodes", "1", "--jobs", "1"),
        *("--out", tmp_path / "bench"),
    )
    assert code == 0, said
    (converted,) = tmp_path.glob("bench-prior-*.safetensors")
    assert load_policy(converted, card("highway")).snapshot.hash in converted.name


@pytest.mark.parametrize("flag", [["--alpha", "0.1"], ["--activation", "tanh"], ["--trust-pickle"]])
@pytest.mark.parametrize(
    "command",
    [
        ["mereq-teleop", "--headless"],
        ["mereq", "evaluate"],
        ["mereq", "bench"],
        ["mereq", "relearn", "last"],
    ],
)
def test_its_flags_want_a_zip(call: Call, command: list[str], flag: list[str]) -> None:
    code, _, said = call(*command, *flag)
    assert code == 2
    assert said.count("\n") == 1
    assert f"{flag[0]} says how to read a stable-baselines3 zip" in said


@pytest.mark.parametrize(
    "command",
    [
        ["mereq-teleop", "--headless", "--env", "mountain-car", "--prior"],
        ["mereq", "evaluate", "--env", "mountain-car", "--model"],
        ["mereq", "bench", "--tasks", "mountain-car", "--prior"],
    ],
)
def test_one_of_another_environment_is_refused(call: Call, command: list[str], theirs: Path, tmp_path: Path) -> None:
    where = ["--sessions", tmp_path] if command[0] == "mereq-teleop" else []
    code, _, said = call(*command, theirs, *where)
    assert code == 2
    assert said.count("\n") == 1
    assert said.startswith(f"error: {theirs}: it is of another environment")
