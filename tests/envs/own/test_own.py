"""Tasks of a user's own: what their cards say, their worlds, and what is no task, each in one line."""

from pathlib import Path

import gymnasium
import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.envs.own.owned import owned
from tests.envs.own.written import CARTPOLE, write

Patch = pytest.MonkeyPatch


def test_a_class_becomes_a_card_by_reference_by_name_and_by_entry_point(tmp_path: Path, monkeypatch: Patch) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    card = envs.card(f"{name}:CartPole")
    assert card.name == f"{name}.CartPole"
    assert envs.card(card.name) is card
    assert envs.env_id(card.name) == f"{name}:CartPole"
    assert (card.title, card.actions, card.keys) == ("Balance a pole", ("left", "right"), {"left": 0, "right": 1})
    assert (card.horizon_steps, card.observation_shape, card.inputs) == (500, (4,), 4)
    monkeypatch.setattr("mereq_teleop.envs.registry.reference_of", lambda words: f"{name}:CartPole")
    assert envs.card("pole") is card


def test_its_worlds_are_gymnasiums(tmp_path: Path, monkeypatch: Patch) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    batch, env = envs.make_batch(f"{name}:CartPole", 2), gymnasium.make("CartPole-v1")
    obs = batch.reset([3, 4])
    assert obs[0].tolist() == env.reset(seed=3)[0].tolist()
    for action in (0, 1, 1, 0):
        after, there = batch.step([action, 1]), env.step(action)
        assert after.observation[0].tolist() == there[0].tolist()
        assert after.features[0].tolist() == [abs(float(there[0][2])), float(there[0][0])]


def test_what_a_class_does_not_say_comes_from_the_spaces(tmp_path: Path, monkeypatch: Patch) -> None:
    name = write(tmp_path, monkeypatch, "from mereq_teleop.envs import Task\nclass Bare(Task):\n    env='Pendulum-v1'")
    card = envs.card(f"{name}:Bare")
    assert card.feature_names == ("observation_0", "observation_1", "observation_2", "axis_0")
    assert (card.title, card.neutral_action, card.round_steps) == ("Pendulum-v1", (0.0,), 100)
    assert card.keys == {"left": (-2.0,), "right": (2.0,), "space": (0.0,)}
    batch = envs.make_batch(card.name, 1)
    after = batch.step([[2.0]])
    x, y, spin = after.observation[0].tolist()
    np.testing.assert_allclose(after.features[0], [x, y, spin / 8, 1.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("up", "down", "turn_left"), {"up": 0, "down": 1, "left": 2}),
        (("push_left", "none", "push_right"), {"left": 0, "right": 2, "space": 1}),
        (("a", "b", "c"), {"left": 0, "space": 1, "right": 2}),
        (("a", "b", "c", "d"), {"1": 0, "2": 1, "3": 2, "4": 3}),
    ],
)
def test_usual_keys(names: tuple[str, ...], keys: dict[str, int]) -> None:
    from mereq_teleop.envs.own.keys import keys_of

    assert keys_of(names, (), 0, {}) == keys


def test_the_digest_covers_the_file(tmp_path: Path, monkeypatch: Patch) -> None:
    first, second = (write(tmp_path, monkeypatch, CARTPOLE + rest) for rest in ("", "# another remark"))
    sources = [envs.card(f"{name}:CartPole").source for name in (first, second)]
    assert sources[0] != sources[1]
    assert envs.card("highway").source == ""


BASE = """
import gymnasium, numpy as np
from gymnasium.spaces import Box, Dict, Discrete
from mereq_teleop.envs import Feature, Preference, Task

class World(gymnasium.Env):
    observation_space, action_space = Box(-1, 1, (2,)), Discrete(2)
    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(2, np.float32), {}
    def step(self, action):
        return np.zeros(2, np.float32), 0.0, False, False, {}
"""
USED = "\nclass It(Task):\n    def make(self, render_mode): return Own()\n"
WRONG = {
    "no task": ("class It: pass", "is class It, no subclass of mereq_teleop.envs.Task"),
    "says nothing": (BASE + "\nclass It(Task): pass", "says no environment: give it env"),
    "unknown id": (BASE + "\nclass It(Task): env = 'CartPole-v9'", "cannot be made: .*CartPole"),
    "no env": (BASE + "\nclass It(Task):\n    def make(self, mode): return 3", "make of .* gave a int"),
    "raises": ("x = 1\ny = 1 / 0", r"cannot be imported: written_\d+.py line 2: ZeroDivisionError"),
    "syntax": ("def :", "line 1: SyntaxError"),
    "lacks": ("import nothing_like_it", "cannot be imported: .*line 1: ModuleNotFoundError"),
    "dict": (BASE + "class Own(World): observation_space = Dict(a=Box(0, 1))" + USED, "wanted a Box of at most"),
    "unbounded": (
        BASE + "class Own(World): action_space = Box(-np.inf, np.inf, (1,))" + USED,
        "a Box of one row with finite limits",
    ),
    "no seed": (BASE + "class Own(World):\n    def reset(self): return 0" + USED, "its reset takes no seed"),
    "other shape": (
        BASE + "class Own(World):\n    def reset(self, **k): return np.zeros(3), {}" + USED,
        r"gave an observation of shape \(3,\)",
    ),
    "outside": (
        BASE + "class Own(World):\n    def reset(self, **k): return np.full(2, 7.0), {}" + USED,
        "number 0 of its observation is 7, its space says -1..1",
    ),
    "chance": (
        BASE + "class Own(World):\n    def step(self, a): return np.random.rand(2), 0.0, False, False, {}" + USED,
        "is not deterministic",
    ),
    "breaks": (
        BASE + "class Own(World):\n    def step(self, a): raise ValueError('stuck')" + USED,
        "a step of its environment failed: ValueError: stuck",
    ),
    "names": (BASE + "class Own(World): pass" + USED + "    actions = ('a',)", "actions are a: wanted 2 different"),
    "key": (
        BASE + "class Own(World): pass" + USED + "    actions=('up', 'down')\n    keys = {'w': 'upp'}",
        "no action 'upp'; known: up, down; did you mean 'up'",
    ),
    "features alone": (
        BASE + "class Own(World): pass" + USED + "    features=(Feature(name='a', unit='', meaning=''),)",
        "it lacks a method measure, which gives them",
    ),
    "nan": (
        BASE
        + "class Own(World): pass"
        + USED
        + "    features=(Feature(name='a', unit='', meaning=''),)\n    def measure(self, m): return [float('nan')]",
        r"features of .* are \(nan\): wanted 1 finite numbers",
    ),
    "too many": (
        BASE
        + "class Own(World): pass"
        + USED
        + "    features=(Feature(name='a', unit='', meaning=''),)\n    def measure(self, m): return 1.0, 2.0",
        "wanted 1 finite numbers",
    ),
    "theta": (
        BASE + "class Own(World): pass" + USED + "    preferences=(Preference(name='p', theta=(1.0,)),)",
        "preference 'p' weighs 1 features, task .* has 3",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_task_is_refused_in_one_line(case: str, tmp_path: Path, monkeypatch: Patch) -> None:
    source, said = WRONG[case]
    name = write(tmp_path, monkeypatch, source)
    with pytest.raises(envs.EnvError, match=said) as refused:
        envs.card(f"{name}:It")
    assert "\n" not in str(refused.value)


def test_the_nearest_module_and_attribute_are_named(tmp_path: Path, monkeypatch: Patch) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE)
    with pytest.raises(envs.BadTask, match=f"did you mean '{name}'"):
        envs.card(f"{name}x:CartPole")
    with pytest.raises(envs.BadTask, match="did you mean 'CartPole'"):
        envs.card(f"{name}:Cartpole")


def test_the_class_that_tasks_are_made_from_is_none_and_the_modules_own_are_named(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE + "\n\ndef drive(obs): return 0\n")
    for attribute in ("Task", "drive"):
        with pytest.raises(envs.BadTask, match=rf"{name}:{attribute} is .*; did you mean {name}:CartPole\?$"):
            envs.card(f"{name}:{attribute}")


def test_a_rule_that_gives_no_action_is_told(tmp_path: Path, monkeypatch: Patch) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE + "    def expert(self, obs, preference): return 'left'")
    with pytest.raises(envs.BadTask, match="gave 'left': wanted an action"):
        owned(f"{name}:CartPole").wish(np.zeros(4, np.float32), "calm")
