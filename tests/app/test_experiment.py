"""The original's experiment: its switches are methods of ours, and its numbers are what the session recorded."""

import csv
import json
from pathlib import Path

import pytest

from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import load_prior
from mereq_teleop.app.experiment import Switches, method_of
from mereq_teleop.app.results import world_of
from mereq_teleop.envs import card
from mereq_teleop.sessions.folder import sessions_in
from tests.app.test_cli import Call, complaint


@pytest.mark.parametrize(
    ("switches", "method"), [("-eco", "mereq"), ("", "mereq-np"), ("-rp", "maxent"), ("-cl -rp", "maxent-ft")]
)
def test_its_switches_are_methods(switches: str, method: str) -> None:
    on = switches.split()
    assert method == method_of(Switches(random_policy="-rp" in on, continual="-cl" in on, pseudo_expert="-eco" in on))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-cl"], ["-cl alone", "-cl -rp (maxent-ft", "mereq-np"]),
        (["-cl", "-eco"], ["-cl -eco is no method", "-eco (mereq"]),
        (["-rp", "-eco"], ["-rp -eco is no method", "maxent", "mereq"]),
        (["-cl", "-rp", "-eco"], ["leave out -eco", "maxent-ft"]),
        (["-e", "../there"], ["--experiment is '../there'", "name for a folder"]),
        (["-e", "mine", "--env", "highwy"], ["no env 'highwy'", "did you mean 'highway'?"]),
        (["--rounds", "0"], ["--rounds is 0"]),
    ],
)
def test_what_means_no_method_is_refused(call: Call, arguments: list[str], words: list[str], tmp_path: Path) -> None:
    line = complaint_after(call("mereq", "train", *arguments, "--out", tmp_path), 2)
    assert [word for word in words if word not in line] == []


def complaint_after(result: tuple[int, str, str], code: int) -> str:
    """The complaint; what it comes to in our commands may have been said before."""
    came, said, why = result
    return complaint((came, said, why.splitlines()[-1]), code)


@pytest.mark.parametrize("switches", ["-eco", "", "-rp", "-cl -rp", "-dm -tf"])
@pytest.mark.parametrize("name", ["highwayDense", "highway-dense-v0"])
def test_the_world_is_the_one_that_the_name_says(call: Call, name: str, switches: str, tmp_path: Path) -> None:
    # Refused after the line that it stands for.
    code, _, why = call("mereq", "train", "-e", name, *switches.split(), "--rounds", "0", "--out", tmp_path)
    assert code == 2
    assert why.startswith(f"this is: mereq-teleop --env {name} --method ")


@pytest.mark.parametrize(
    ("name", "task", "wanted"),
    [("highwayPureRightReward", "highway", "right-lane"), ("fanucPusherAddTableReward", "pusher", "low")],
)
def test_another_reward_is_told_to_change_nothing(
    call: Call, name: str, task: str, wanted: str, tmp_path: Path
) -> None:
    _, _, why = call("mereq", "train", "-e", name, "--rounds", "0", "--out", tmp_path)
    line, told, _ = why.splitlines()
    assert told.startswith(f"{name} is the world of {task} with another reward")
    assert f"the preference {wanted} (--preference)" in told
    assert f"--env {name} " in line
    assert world_of(name) == task


def test_an_experiment_drives_and_is_measured_in_its_own_world(call: Call, tmp_path: Path) -> None:
    arguments = ("-e", "highwayDense", "--rounds", "1", "--steps-per-round", "5", "--no-evaluation")
    code, _, why = call("mereq", "train", *arguments, "--out", tmp_path)
    assert code == 0, why
    # The device that drives was asked for.
    assert "no --device" not in why
    (session,) = sessions_in(tmp_path / "highwayDense" / "sessions")
    assert session.read_config().env == "highway-dense-v0"
    assert world_of(session.read_config().env) == "highway-dense-v0"


def test_an_experiment_leaves_the_numbers_of_each_round(call: Call, tmp_path: Path) -> None:
    arguments = ("-e", "highwayAddRightReward", "-eco", "-tf", "--rounds", "2", "--steps-per-round", "30")
    code, said, why = call("mereq", "train", *arguments, "--no-evaluation", "--out", tmp_path)
    assert code == 0, why
    assert "this is: mereq-teleop --env highwayAddRightReward --method mereq" in why
    folder = tmp_path / "highwayAddRightReward"
    with (folder / "rounds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    results = json.loads((folder / "results.json").read_text())
    (session,) = sessions_in(folder / "sessions")
    assert results["session"] == session.name == json.loads(said)["session"]
    assert session.read_config().settings["total_features"] is True
    assert [int(row["expert_steps"]) for row in rows] == [of["human_steps"] for of in results["rounds"]]
    for number, (row, of) in enumerate(zip(rows, results["rounds"], strict=True), start=1):
        assert int(row["round"]) == number
        assert float(row["intervention_rate"]) == pytest.approx(of["intervention_rate"])
        assert {name: float(row[f"theta_{name}"]) for name in of["theta"]} == pytest.approx(of["theta"])
        assert {f"feature_gap_{name}" for name in of["theta"]} <= set(row)
        policy = PolicySnapshot.from_bytes((folder / row["policy"]).read_bytes())
        assert policy.maker.round == number
        load_prior(folder / row["policy"], card("highway"))
    again = complaint(call("mereq", "train", *arguments, "--out", tmp_path), 2)
    assert "is there already" in again
