"""What a training is refused for: one line with what came and the nearest right thing, and nothing is written."""

from pathlib import Path

import pytest

from tests.agents.foreign.zips import zipped
from tests.app.test_cli import Call, complaint

REFUSED: dict[str, tuple[list[str], list[str]]] = {
    "an unknown environment": (["-e", "highwayBasik"], ["no env 'highwayBasik'", "did you mean 'highwayBasic'?"]),
    "an unknown algorithm": (["-a", "dqn_mee"], ["'dqn_mee'", "did you mean 'dqn_me'?"]),
    "an algorithm of other actions": (["-a", "sac_residual"], ["sac_residual is not for highway", "dqn_residual"]),
    "too few weights": (["--theta", "0", "1"], ["--theta has 2 weights", "3 features: collision, right_lane"]),
    "weights without end": (["--theta", "0", "inf", "0"], ["--theta is 0.0 inf 0.0", "finite"]),
    "weights twice": (["--theta", "0", "1", "0", "--preference", "slow"], ["leave out one of --preference and"]),
    "an unknown preference": (["--preference", "fast"], ["no preference of task 'highway' 'fast'", "slow"]),
    "another engine": (["-a", "dqn", "--engine", "own"], ["--engine own has no dqn, it has dqn_me, dqn_residual"]),
    "an engine without it": (["-a", "dqn_me", "--engine", "sb3"], ["--engine sb3 has no dqn_me, it has dqn, sac"]),
    "too few steps": (["-a", "dqn", "-n", "7"], ["--steps is 7", "at least 64"]),
    "a discount": (["-n", "512", "--gamma", "1.5"], ["--gamma is 1.5", "between 0 and 1"]),
    "a discount of its own": (["-a", "dqn_residual", "--gamma", "0.9"], ["--gamma is the prior's own"]),
    "a rate of its own": (["-a", "dqn_residual", "--learning-rate", "1"], ["--learning-rate is not", "leave it out"]),
    "a rate for two": (["-e", "pusher", "--learning-rate", "1e-3"], ["one rate for the actor and one"]),
    "no episodes": (["--episodes", "0"], ["--episodes is 0"]),
    "no checkpoints": (["--checkpoint-every", "0"], ["--checkpoint-every is 0"]),
    "a negative seed": (["--seed", "-1"], ["--seed is -1"]),
    "a prior for what needs none": (["-a", "dqn_me", "--prior", "x.zip"], ["dqn_me takes --start FILE"]),
    "a start for a residual": (["-a", "dqn_residual", "--start", "x.zip"], ["on top of --prior FILE"]),
    "a start for another library": (["-a", "dqn", "--start", "x.zip"], ["begins with weights of its own"]),
    "how to read no zip": (["--start", "x.safetensors", "--alpha", "1"], ["add --start FILE.zip"]),
    "a model to train": (["-m", "x.zip"], ["--model is for --test", "--start FILE"]),
    "random training": (["-r"], ["--random is for --test"]),
    "a picture of nothing": (["-g"], ["add --test"]),
    "random by a model": (["-te", "-r", "-m", "x.zip"], ["--random drives instead of --model"]),
    "no picture": (["-te", "-g", "a.mp4"], ["--gif a.mp4", "let it end in .gif"]),
    "two pictures": (["-te", "-g", "a.gif", "b.gif"], ["--gif has 2 files, a.gif b.gif"]),
    "an instant learner as a zip": (
        ["-e", "pusher", "-a", "sac_conditioned", "--out", "x.zip"],
        ["no place for a policy that is told theta", ".safetensors"],
    ),
    "where nothing can be": (["--out", "/dev/null/policy.zip"], ["/dev/null/policy.zip", "choose another place"]),
    "a folder": (["--out", "."], ["is a folder"]),
    "nothing to go on with": (["--resume", "nowhere"], ["nowhere has no training.json"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_one_line(call: Call, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, words = REFUSED[name]
    line = complaint(call("mereq", "pretrain", *arguments), 2)
    assert [word for word in words if word not in line] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flag", ["--start", "--prior", "--model"])
def test_a_zip_of_another_environment_is_refused(call: Call, flag: str, tmp_path: Path) -> None:
    (tmp_path / "sac.zip").write_bytes(zipped("sac"))
    algorithm = "dqn_residual" if flag == "--prior" else "dqn_me"
    test = ("-te",) if flag == "--model" else ()
    out = tmp_path / "policy.safetensors"
    line = complaint(call("mereq", "pretrain", "-a", algorithm, flag, tmp_path / "sac.zip", "--out", out, *test), 2)
    assert str(tmp_path / "sac.zip") in line
    assert "another environment" in line
    assert [path.name for path in tmp_path.iterdir()] == ["sac.zip"]


def test_what_else_is_in_the_way_is_left_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "policy.training").mkdir()
    (tmp_path / "policy.training" / "thesis.tex").write_text("mine")
    line = complaint(call("mereq", "pretrain", "-n", "512", "--out", tmp_path / "policy.safetensors"), 2)
    assert "holds something else than a training" in line
    assert (tmp_path / "policy.training" / "thesis.tex").read_text() == "mine"
