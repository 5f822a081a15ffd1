"""Zips as stable-baselines3 writes them, and the same with something wrong."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import stable_baselines3
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.envs import FakeImageEnv, SimpleMultiObsEnv

from mereq_teleop.envs import make

__all__ = ["changed", "model", "packed", "rewritten", "state_dict", "untrained", "zipped"]

STEPS = 24
TANH = {"activation_fn": torch.nn.Tanh, "net_arch": [24, 16]}
MADE: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "dqn": ("DQN", "highway", {"learning_starts": 8}),
    "dqn-tanh": ("DQN", "highway", {"learning_starts": 8, "policy_kwargs": TANH}),
    "ppo": ("PPO", "highway", {"n_steps": STEPS, "batch_size": 8, "n_epochs": 2}),
    "sac": ("SAC", "mountain-car", {"learning_starts": 8}),
    "sac-fixed": ("SAC", "pusher", {"learning_starts": 8, "ent_coef": 0.07, "policy_kwargs": TANH}),
    "ppo-continuous": ("PPO", "mountain-car", {"n_steps": STEPS, "batch_size": 8, "n_epochs": 2}),
    "sde": ("SAC", "mountain-car", {"learning_starts": 8, "use_sde": True}),
    "a2c": ("A2C", "highway", {"n_steps": STEPS}),
    "leaky": ("DQN", "highway", {"learning_starts": 8, "policy_kwargs": {"activation_fn": torch.nn.LeakyReLU}}),
}
"""Algorithm, task and settings of each."""


@cache
def model(name: str) -> BaseAlgorithm:
    """A model of stable-baselines3 after a few steps of learning."""
    algorithm, task, settings = MADE[name]
    # It writes into the settings that it is given.
    made: BaseAlgorithm = getattr(stable_baselines3, algorithm)(
        "MlpPolicy", make(task), seed=0, device="cpu", **deepcopy(settings)
    )
    return made.learn(STEPS)


@cache
def untrained(kind: str) -> bytes:
    """What a policy of other observations than numbers saves."""
    buffer = io.BytesIO()
    if kind == "MultiInputPolicy":
        stable_baselines3.PPO(kind, SimpleMultiObsEnv(), device="cpu").save(buffer)
    else:
        env = FakeImageEnv(screen_height=40, screen_width=40)
        stable_baselines3.DQN(kind, env, buffer_size=10, device="cpu").save(buffer)
    return buffer.getvalue()


@cache
def zipped(name: str) -> bytes:
    """What it saves."""
    buffer = io.BytesIO()
    model(name).save(buffer)
    return buffer.getvalue()


def packed(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def rewritten(data: bytes, /, **members: bytes | None) -> bytes:
    """The zip with other members (`policy__pth` is policy.pth), or without where it is None."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        held: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    held |= {name.replace("__", "."): content for name, content in members.items()}
    return packed({name: content for name, content in held.items() if content is not None})


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The zip with another `data`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        described = json.loads(archive.read("data"))
    change(described)
    return rewritten(data, data=json.dumps(described).encode())


def state_dict(tensors: Mapping[str, Any]) -> bytes:
    """As torch saves it."""
    buffer = io.BytesIO()
    torch.save(dict(tensors), buffer)
    return buffer.getvalue()
