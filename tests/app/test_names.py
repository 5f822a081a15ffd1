"""What is said of a name that is none, or that no command takes."""

from pathlib import Path

import pytest

from tests.app.test_cli import Call, complaint


@pytest.mark.parametrize(
    ("word", "near"),
    [("frobnicate", ""), ("x", ""), ("policy", "policy save"), ("evalute", "evaluate"), ("trian", "train")],
)
def test_a_suggestion_is_made_only_where_something_is_near(call: Call, word: str, near: str) -> None:
    line = complaint(call("mereq", word), 2)
    assert line.endswith(f"; did you mean {near!r}?" if near else "study, train")


@pytest.mark.parametrize("name", ["highwayAddLinearReward", "highway-addLinearReward-v0"])
@pytest.mark.parametrize(
    "command",
    [
        ("mereq-teleop", "--headless", "--env"),
        ("mereq-teleop", "--env"),
        *(("mereq", tool, "--env") for tool in ("doctor", "envs", "evaluate", "pretrain", "train")),
        ("mereq", "bench", "--tasks"),
        ("mereq", "sessions", "--task"),
    ],
    ids=" ".join,
)
def test_a_world_without_a_reward_is_refused_by_every_command(
    call: Call, command: tuple[str, ...], name: str, tmp_path: Path
) -> None:
    where = ("--sessions", tmp_path / "sessions") if command[0] == "mereq-teleop" else ()
    line = complaint(call(*command, name, *where), 2)
    assert f"mereq_teleop.envs.make('{name}', theta=...)" in line
    assert "take --env highway;" in line
    assert not (tmp_path / "sessions").exists()


def test_the_list_of_tasks_tells_which_world_no_command_takes(call: Call) -> None:
    code, said, _ = call("mereq", "envs", "--env", "highway")
    told = [line for line in said.splitlines() if "no command takes it" in line]
    assert code == 0
    assert [line.split()[0] for line in told] == ["highwayAddLinearReward"]
