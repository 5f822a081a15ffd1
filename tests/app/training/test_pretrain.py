"""Every environment key of the original with every algorithm key: trained, measured, drawn and read, or refused."""

import json
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from stable_baselines3 import DQN

from mereq_teleop.app import gif
from mereq_teleop.envs import card, cards
from tests.app.test_cli import Call, complaint

ORIGINAL: Final = (
    "lunarLanderDiscrete",
    "lunarLanderContinuous",
    "mountainCarContinuous",
    "highwayBasic",
    "highwayAddRightReward",
    "fanucPusherBasic",
    "fanucPusherAddTableReward",
    "fanucGribberBasic",
    "fanucGribberAddTableReward",
    "fanucEraserBasic",
    "fanucEraserAddTableReward",
)
KNOWN: Final = [key for key in ORIGINAL if any(key in known.ids for known in cards())]
ALGORITHMS: Final = ("dqn", "dqn_me", "dqn_residual", "sac", "sac_residual")
FEW: Final = {"dqn": "64", "dqn_me": "512", "dqn_residual": "512", "sac": "512", "sac_residual": "512"}


@pytest.fixture(autouse=True)
def _few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole episodes in few pictures."""
    monkeypatch.setattr(gif, "PICTURE_S", 2.0)


def trains(call: Call, env: str, algorithm: str, out: Path, *more: str) -> dict[str, object]:
    """The card of what was trained, measured, drawn and read again."""
    shown = out.with_suffix(".gif")
    arguments = ("-a", algorithm, "-e", env, "-n", FEW[algorithm], "-tr", "-te", "--episodes", "2", "-g", shown)
    code, said, why = call("mereq", "pretrain", *arguments, "--out", out, *more)
    assert code == 0, why
    facts = json.loads(said.splitlines()[0])
    assert facts == json.loads(out.with_suffix(".json").read_text())
    with Image.open(shown) as picture:
        assert picture.format == "GIF"
        assert picture.size == gif.SIZE
    assert list((out.parent / f"{out.stem}.training" / "tb").iterdir())
    code, said, why = call("mereq", "evaluate", "-e", env, "-m", out, "--episodes", "2")
    assert code == 0, why
    assert json.loads(said)["episodes"] == 2
    return dict(facts)


def test_steps_that_do_not_fit_the_worlds_are_told(call: Call, tmp_path: Path) -> None:
    code, said, why = call("mereq", "pretrain", "-n", "520", "--episodes", "2", "--out", tmp_path / "a.safetensors")
    assert code == 0, why
    assert why.startswith("--steps 520 are 512 here: the same number in each world\n")
    assert json.loads(said)["steps"] == 512


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("env", KNOWN)
def test_each_pair_trains_or_is_refused(call: Call, env: str, algorithm: str, tmp_path: Path) -> None:
    out = tmp_path / "policy.safetensors"
    if card(env).discrete is algorithm.startswith("dqn"):
        facts = trains(call, env, algorithm, out)
        assert facts["theta"] == list(
            card(env).preferences[0].theta if "residual" in algorithm else (0.0,) * len(card(env).features)
        )
        return
    line = complaint(call("mereq", "pretrain", "-a", algorithm, "-e", env, "-n", "512", "--out", out), 2)
    assert f"--algorithm {algorithm} is not for {card(env).name}" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "env",
    [
        pytest.param(key, marks=() if key in ("mountainCarContinuous", "fanucPusherBasic") else pytest.mark.slow)
        for key in KNOWN
        if not key.endswith("Reward") and not card(key).discrete
    ],
)
def test_stable_baselines3_trains_sac_where_it_is_asked_for(call: Call, env: str, tmp_path: Path) -> None:
    facts = trains(call, env, "sac", tmp_path / "policy.zip", "--engine", "sb3", "-n", "64")
    assert (facts["algorithm"], facts["steps"]) == ("SAC of stable-baselines3", 64)


def test_what_is_ours_goes_out_as_a_zip_and_comes_in_again(call: Call, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    facts = trains(call, "highwayBasic", "dqn_me", first)
    model = DQN.load(first, device="cpu")
    assert model.gamma == facts["gamma"]
    arguments = ("-a", "dqn_me", "--start", first, "--alpha", "0.05", "-n", "512", "--episodes", "2")
    code, said, why = call("mereq", "pretrain", *arguments, "--out", second)
    assert code == 0, why
    assert json.loads(said)["start"] == str(first)
    assert DQN.load(second, device="cpu").q_net.state_dict().keys() == model.q_net.state_dict().keys()


def test_random_actions_are_a_seeds_own_and_worse_than_the_prior(call: Call) -> None:
    code, said, _ = call("mereq", "evaluate", "-e", "highway", "-r", "--episodes", "20", "--seed", "1")
    assert code == 0
    by_chance = json.loads(said)
    again = json.loads(call("mereq", "evaluate", "-e", "highway", "-r", "--episodes", "20", "--seed", "1")[1])
    other = json.loads(call("mereq", "pretrain", "-te", "-e", "highway", "-r", "--episodes", "20", "--seed", "2")[1])
    assert by_chance == again != other
    prior = json.loads(call("mereq", "evaluate", "-e", "highway", "--episodes", "20")[1])
    assert prior["return_true"] > by_chance["return_true"]


def test_a_world_with_the_preference_in_its_reward_counts_it_once(call: Call) -> None:
    plain, added = (
        json.loads(call("mereq", "evaluate", "-e", env, "--episodes", "10")[1])
        for env in ("highwayBasic", "highwayAddRightReward")
    )
    assert plain["return_true"] == pytest.approx(added["return_true"])
    assert plain["features"] == added["features"]
