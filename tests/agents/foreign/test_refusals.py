"""Zips that are refused: one line that says what came and what to do, and nothing of them is run."""

import base64
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign.archive import LARGEST
from mereq_teleop.agents.foreign.inputs import folded
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.foreign.sb3 import temperature
from mereq_teleop.agents.layers import Layer
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.shipped import load_policy, load_prior
from mereq_teleop.envs import card
from tests.agents.foreign.zips import changed, packed, rewritten, state_dict, untrained, zipped

HIGHWAY = card("highway")
Change = Callable[[], bytes]


def without_activation(data: dict[str, Any]) -> None:
    """As a file whose pickle alone knows."""
    data["policy_kwargs"] = {name: data["policy_kwargs"][name] for name in (":type:", ":serialized:")}


def of_class(module: str, text: str = "") -> Callable[[dict[str, Any]], None]:
    return lambda data: data["policy_class"].update({"__module__": module, "__init__": text, "__doc__": text})


def one_layer(weight: torch.Tensor) -> bytes:
    return state_dict({"q_net.q_net.0.weight": weight, "q_net.q_net.0.bias": torch.ones(5)})


def bomb() -> bytes:
    return packed({"data": b" " * (LARGEST["data"] + 1)}, zipfile.ZIP_DEFLATED)


REFUSED: dict[str, tuple[Change, str, list[str]]] = {
    "of another environment": (
        lambda: zipped("sac"),
        "highway",
        ["another environment", "Box (2,) float32", "'highway' Box (5, 5) float32"],
    ),
    "of other actions": (
        lambda: changed(zipped("dqn"), lambda data: data["action_space"].update(n="3")),
        "highway",
        ["another environment", "Discrete(3)", "Discrete(5)"],
    ),
    "of other limits": (
        lambda: changed(zipped("sac"), lambda data: data["action_space"].update(high="[2.]")),
        "mountain-car",
        ["another environment", "-1.0]..[2.0]", "[-1.0]..[1.0]"],
    ),
    "weights of another environment": (
        lambda: rewritten(
            zipped("dqn"),
            policy__pth=state_dict({"q_net.q_net.0.weight": torch.ones(5, 7), "q_net.q_net.0.bias": torch.ones(5)}),
        ),
        "highway",
        ["another environment", "7 inputs", "needs 25 and 5"],
    ),
    "a CnnPolicy": (lambda: untrained("CnnPolicy"), "highway", ["a CnnPolicy", "MlpPolicy"]),
    "a MultiInputPolicy": (lambda: untrained("MultiInputPolicy"), "highway", ["a MultiInputPolicy", "MlpPolicy"]),
    "Dict observations": (
        lambda: changed(
            zipped("ppo"),
            lambda data: data.update(observation_space={":type:": "<class 'gymnasium.spaces.dict.Dict'>"}),
        ),
        "highway",
        ["MultiInputPolicy", "Dict"],
    ),
    "weights of a CNN": (
        lambda: rewritten(
            zipped("dqn"), policy__pth=state_dict({"q_net.features_extractor.cnn.0.weight": torch.ones(1)})
        ),
        "highway",
        ["CnnPolicy, by its weights"],
    ),
    "recurrent": (
        lambda: changed(zipped("ppo"), of_class("sb3_contrib.common.recurrent.policies")),
        "highway",
        ["recurrent"],
    ),
    "of another library": (
        lambda: changed(zipped("dqn"), of_class("sb3_contrib.qrdqn.policies")),
        "highway",
        ["sb3_contrib.qrdqn.policies", "DQN, SAC and PPO"],
    ),
    "of another algorithm": (
        lambda: zipped("a2c"),
        "highway",
        ["stable_baselines3.common.policies", "DQN, SAC and PPO"],
    ),
    "PPO of continuous actions": (lambda: zipped("ppo-continuous"), "mountain-car", ["PPO of continuous", "SAC"]),
    "with gSDE": (lambda: zipped("sde"), "mountain-car", ["use_sde"]),
    "of another activation": (lambda: zipped("leaky"), "highway", ["leakyrelu", "tanh or relu"]),
    "with an activation in its pickle alone": (
        lambda: changed(zipped("dqn-tanh"), without_activation),
        "highway",
        ["--activation", "--trust-pickle"],
    ),
    "without weights": (lambda: rewritten(zipped("dqn"), policy__pth=None), "highway", ["'policy.pth' is missing"]),
    "without data": (lambda: rewritten(zipped("dqn"), data=None), "highway", ["'data' is missing"]),
    "of other things": (lambda: packed({"word/document.xml": b"<x/>"}), "highway", ["missing", "word/document.xml"]),
    "of no JSON": (lambda: rewritten(zipped("dqn"), data=b"{"), "highway", ["no JSON"]),
    "of a list": (lambda: rewritten(zipped("dqn"), data=b"[]"), "highway", ["JSON object", "list"]),
    "nested": (lambda: rewritten(zipped("dqn"), data=b'{"a":' + b"[" * 99 + b"]" * 99 + b"}"), "highway", ["nested"]),
    "nested without end": (lambda: rewritten(zipped("dqn"), data=b"[" * 10**6), "highway", ["no JSON"]),
    "cut": (lambda: zipped("dqn")[:-500], "highway", ["not a whole zip", "missing"]),
    "of another kind": (lambda: b"nothing of the sort", "highway", ["damaged zip", "not a zip"]),
    "cut short": (lambda: zipped("dqn")[:3000], "highway", ["damaged zip"]),
    "flipped": (
        lambda: zipped("dqn").replace(b'"policy_class"', b'"policy_glass"', 1),
        "highway",
        ["damaged zip", "CRC"],
    ),
    "a bomb": (bomb, "highway", ["'data' unpacks to more than", "too many"]),
    "of too many members": (lambda: packed({str(i): b"" for i in range(99)}), "highway", ["99 members"]),
    "with weights without end": (
        lambda: rewritten(zipped("dqn"), policy__pth=one_layer(torch.ones(1).expand(10**5, 10**5))),
        "highway",
        ["more than", "numbers"],
    ),
    "with damaged weights": (lambda: rewritten(zipped("dqn"), policy__pth=b"nonsense"), "highway", ["damaged"]),
    "with weights that are code": (
        lambda: rewritten(zipped("dqn"), policy__pth=state_dict({"q_net": Path("x")})),
        "highway",
        ["without running code", "more than tensors"],
    ),
    "with no finite weights": (
        lambda: rewritten(
            zipped("dqn"),
            policy__pth=state_dict(
                {"q_net.q_net.0.weight": torch.full((5, 25), torch.nan), "q_net.q_net.0.bias": torch.ones(5)}
            ),
        ),
        "highway",
        ["finite"],
    ),
    "of no discount": (
        lambda: changed(zipped("dqn"), lambda data: data.update(gamma="much")),
        "highway",
        ["gamma is much"],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_zip_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    make, task, words = REFUSED[name]
    path = tmp_path / "theirs.zip"
    path.write_bytes(make())
    with pytest.raises(BadPolicy) as refused:
        load_prior(path, card(task))
    line = str(refused.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    for word in words:
        assert word in line


class Mark:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, (f"open({str(self.path)!r}, 'w')",))


def test_nothing_runs_unless_it_is_trusted(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    text = base64.b64encode(pickle.dumps(Mark(mark))).decode()

    def poison(data: dict[str, Any]) -> None:
        data["observation_space"][":serialized:"] = data["policy_class"][":serialized:"] = text

    path = tmp_path / "theirs.zip"
    path.write_bytes(changed(zipped("dqn"), poison))
    load_policy(path, HIGHWAY)
    assert not mark.exists()
    with pytest.raises(BadPolicy):
        load_policy(path, HIGHWAY, Reading(trust_pickle=True))
    assert mark.exists()


@pytest.mark.parametrize("reading", [Reading(activation="tanh"), Reading(trust_pickle=True)])
def test_what_only_the_pickle_says_is_told_or_trusted(reading: Reading, tmp_path: Path) -> None:
    path, whole = tmp_path / "theirs.zip", tmp_path / "whole.zip"
    path.write_bytes(changed(zipped("dqn-tanh"), without_activation))
    whole.write_bytes(zipped("dqn-tanh"))
    assert load_policy(path, HIGHWAY, reading).snapshot.hash == load_policy(whole, HIGHWAY).snapshot.hash


def test_spaces_that_only_the_pickle_says(tmp_path: Path) -> None:
    def hide(data: dict[str, Any]) -> None:
        for name in ("observation_space", "action_space"):
            data[name] = {part: data[name][part] for part in (":type:", ":serialized:")}

    path = tmp_path / "theirs.zip"
    path.write_bytes(changed(zipped("dqn"), hide))
    with pytest.raises(BadPolicy, match="--trust-pickle"):
        load_policy(path, HIGHWAY)
    assert isinstance(load_policy(path, HIGHWAY, Reading(trust_pickle=True)), Policy)


def test_an_encoder_that_hides_a_number_is_no_way_in() -> None:
    seen = np.random.default_rng(0).standard_normal((64, 5, 6)).astype(np.float32)
    layer = Layer(np.ones((30, 2), np.float32), np.ones(2, np.float32))
    zeros = np.zeros(HIGHWAY.inputs, np.float32)
    with pytest.raises(BadPolicy, match="does not reach our policies"):
        folded(layer, HIGHWAY, seen, zeros, zeros + 1)


def test_a_q_without_a_best_action_has_no_temperature() -> None:
    with pytest.raises(BadPolicy, match="--alpha"):
        temperature(np.ones((4, 5), np.float32))
    with pytest.raises(BadPolicy, match="more than 0"):
        Reading(alpha=0.0)


def test_the_zip_says_what_it_is_in_json() -> None:
    """The readable parts that the conversion stands on are those that stable-baselines3 writes today."""
    found: dict[str, Any] = {}
    changed(zipped("sac"), found.update)
    assert json.dumps(found["action_space"]["high"]) == '"[1.]"'
    assert found["observation_space"]["_shape"] == [2]
