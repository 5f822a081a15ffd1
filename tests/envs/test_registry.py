"""Cards are found by every name they have, unknown names are answered with what is known, and asking costs little."""

import importlib
import json
import subprocess
import sys
from types import ModuleType

import gymnasium
import pytest

from mereq_teleop import envs
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import EnvError

NAMES = [name for card in envs.cards() for name in (*card.ids, *card.ids.values())]


def test_public_names_exist_and_are_sorted() -> None:
    assert sorted(envs.__all__) == envs.__all__
    assert all(hasattr(envs, name) for name in envs.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_every_key_and_id_finds_its_card(name: str) -> None:
    refused = {other for card in envs.cards() for key in card.needs_theta for other in (key, card.ids[key])}
    if name in refused:
        with pytest.raises(EnvError, match="take --env"):
            envs.card(name)
        return
    card = envs.card(name)
    assert name in card.ids or name in card.ids.values()
    assert envs.env_id(name) == card.ids.get(name, name)


def test_no_name_belongs_to_two_cards() -> None:
    owners = [(name, card.name) for card in envs.cards() for name in {*card.ids, *card.ids.values()}]
    assert len({name for name, _ in owners}) == len(owners)


@pytest.mark.parametrize("ask", [envs.card, envs.env_id, envs.make, lambda name: envs.make_batch(name, 1)])
@pytest.mark.parametrize(
    ("came", "nearest"),
    [("higway", "highway"), ("highwaybasic", "highwayBasic"), ("highway-basic", "highway-basic-v0")],
)
def test_an_unknown_name_is_answered_with_the_nearest(ask: object, came: str, nearest: str) -> None:
    assert callable(ask)
    with pytest.raises(envs.UnknownEnv, match=f"no env '{came}'; known: highway, .*; did you mean '{nearest}'\\?"):
        ask(came)


def test_a_far_name_gets_no_hint() -> None:
    with pytest.raises(envs.UnknownEnv) as caught:
        envs.card("zzz")
    assert "did you mean" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["CartPole-v1", "ALE/Pong-v5"])
def test_another_gymnasium_id_is_answered_with_how_it_becomes_a_task(name: str) -> None:
    with pytest.raises(envs.UnknownEnv) as caught:
        envs.card(name)
    said = str(caught.value)
    assert "becomes a task by two lines: `mereq new-task`, docs/bring-your-own-task.md" in said
    assert "did you mean" not in said
    # The tasks are named, not each of their keys.
    assert all(card.name in said for card in envs.cards())
    assert "highwayBasic" not in said


def test_an_unknown_preference_is_answered_with_the_nearest() -> None:
    with pytest.raises(envs.UnknownPreference, match="did you mean 'right-lane'"):
        envs.card("highway").preference("rightlane")


@pytest.mark.parametrize("card", envs.cards(), ids=lambda card: card.name)
def test_what_a_card_names_exists(card: TaskCard) -> None:
    for path in (card.batch, card.encoder):
        module, attribute = path.split(":")
        assert hasattr(importlib.import_module(module), attribute)
    assert card.allows(card.keys["space"])
    assert len(card.digest()) == 16


def test_the_highway_card_tells_what_the_simulator_does() -> None:
    card = envs.card("highway")
    encode = importlib.import_module(card.encoder.split(":")[0])
    reference = envs.make("highway").unwrapped
    assert isinstance(reference.action_space, gymnasium.spaces.Discrete)
    labels = reference.action_type.actions  # type: ignore[attr-defined]
    assert dict(enumerate(card.actions)) == labels
    assert card.neutral_action == card.actions.index("IDLE")
    assert reference.observation_space.shape == card.observation_shape
    assert card.control_rate_hz == reference.config["policy_frequency"]  # type: ignore[attr-defined]
    assert card.frames_per_step == reference.config["simulation_frequency"]  # type: ignore[attr-defined]
    assert card.horizon_steps == reference.config["duration"]  # type: ignore[attr-defined]
    assert card.inputs == encode.INPUTS
    assert envs.make_batch("highway", 2).observation.shape == (2, *card.observation_shape)


def test_asking_for_a_card_imports_nothing_heavy() -> None:
    code = (
        "import json, sys; from mereq_teleop import envs; envs.card('highway'); envs.cards(); "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not {"gymnasium", "highway_env", "pygame", "numba", "torch", "numpy"} & set(json.loads(printed))


@pytest.mark.parametrize("name", ["highway-basic-v0", "mereq_teleop.envs.highway.reference:highway-basic-v0"])
def test_gymnasium_makes_the_registered_ids(name: str) -> None:
    importlib.import_module("mereq_teleop.envs.highway.reference")
    env = gymnasium.make(name, disable_env_checker=True)
    assert env.spec is not None
    assert env.spec.id == "highway-basic-v0"
    assert type(env.unwrapped) is type(envs.make("highway").unwrapped)


def test_making_and_stepping_draws_nothing() -> None:
    code = (
        "import sys; from mereq_teleop import envs; env = envs.make('highway'); env.reset(seed=0); env.step(1); "
        "import pygame; print(pygame.display.get_init(), env.unwrapped.viewer)"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert printed.splitlines()[-1] == "False None"


@pytest.mark.parametrize("error", [ImportError("No module named 'mujoco'"), RuntimeError("invalid value MUJOCO_GL: x")])
def test_a_simulator_that_cannot_be_loaded_is_one_line(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> ModuleType:
        if path.endswith(".task"):
            raise error
        return importlib.import_module(path)

    monkeypatch.setattr("mereq_teleop.envs.registry.import_module", refuse)
    with pytest.raises(EnvError, match="simulator of pusher cannot be loaded: "):
        envs.make_batch("pusher", 1)
