"""Python policies as priors: what they decide is learned once, found again, and told; what is no policy is refused."""

from pathlib import Path

import numpy as np
import pytest

from mereq_teleop import envs
from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.foreign import imitation
from mereq_teleop.agents.foreign.options import Reading
from mereq_teleop.agents.foreign.teacher import GREEDY, Teacher
from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.shipped import load_prior
from tests.envs.own.written import CARTPOLE, write

Patch = pytest.MonkeyPatch
POLICY = """
def policy(obs):
    position, velocity, angle, spin = obs
    return int(angle + 0.5 * spin + 0.1 * position + 0.2 * velocity > 0)
"""


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: Patch) -> None:
    """Fewer steps and updates, and a library of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in (("SWEEPS", 150), ("UPDATES", 400), ("EPISODES", 4)):
        monkeypatch.setattr(imitation, name, value)


def test_a_policy_is_learned_once_and_found_again(tmp_path: Path, monkeypatch: Patch) -> None:
    name = write(tmp_path, monkeypatch, CARTPOLE + POLICY)
    card, told = envs.card(f"{name}:CartPole"), list[str]()
    reading = Reading(tell=told.append)
    first = load_prior(Path(f"{name}:policy"), card, reading)
    assert isinstance(first, Policy)
    assert "held-out decisions; return" in told[-1]
    assert "learned before" not in told[-1]
    obs = envs.make_batch(card.name, 64).reset(np.arange(64))
    teacher = Teacher(f"{name}:policy", card)
    assert (first.act(obs) == teacher.act(obs)).mean() > 0.85
    # Deterministic as it is, it gets a log pi0 everywhere.
    sure = np.exp(first.log_probs(obs)).max(axis=1)
    assert 0.6 < sure.mean() < GREEDY + 0.05
    again = load_prior(Path(f"{name}:policy"), card, reading)
    assert again.snapshot.hash == first.snapshot.hash
    assert "learned before" in told[-1]
    warmer = load_prior(Path(f"{name}:policy"), card, Reading(alpha=0.2))
    assert warmer.snapshot.maker.alpha == 0.2


def test_a_vector_and_a_distribution_are_read(tmp_path: Path, monkeypatch: Patch) -> None:
    source = """
    import numpy as np
    from mereq_teleop.envs import Task
    class Swing(Task):
        env = "Pendulum-v1"
    def plain(obs): return [0.5]
    def spread(obs): return ([obs[0]], [0.4])
    class Net:
        def predict(self, obs, deterministic=False): return np.full((len(obs), 1), 0.5, np.float32), None
    net = Net()
    """
    name = write(tmp_path, monkeypatch, source)
    card = envs.card(f"{name}:Swing")
    obs = np.array([[0.8, 0.6, 1.0], [-1.0, 0.0, 0.0]], np.float32)
    assert Teacher(f"{name}:plain", card).decide(obs).tolist() == [[0.5, 0.2]] * 2
    assert Teacher(f"{name}:spread", card).decide(obs).tolist() == [[np.float32(0.8), 0.4], [-1.0, 0.4]]
    assert Teacher(f"{name}:net", card).decide(obs).tolist() == [[0.5, 0.2]] * 2
    learned = policy_of(imitation.imitated(f"{name}:plain", card, Reading()), card)
    assert isinstance(learned, GaussianPolicy)
    np.testing.assert_allclose(learned.act(obs), 0.5, atol=0.15)
    # 0.2 of a range of 4 is 0.1 of the normalised action, whose slope at 0.25 is 0.94.
    np.testing.assert_allclose(np.exp(learned.gaussian(obs)[1]), 0.1 / 0.94, rtol=0.4)


RUBBISH = {
    "too large": ("def policy(obs): return 2", "decides 2 in .*: wanted an action 0..1, or 2 probabilities"),
    "words": ("def policy(obs): return 'left'", "decides 'left' in .*: wanted numbers"),
    "nan": ("def policy(obs): return float('nan')", "wanted finite numbers"),
    "no sum": ("def policy(obs): return [0.9, 0.9]", "2 probabilities that add up to 1"),
    "nothing": ("def policy(obs): return None", "wanted"),
    "raises": ("def policy(obs):\n    return obs[9]", r"failed on an observation of .*line \d+: IndexError"),
    "a class": ("class policy: pass", "is a class: wanted a function"),
    "a number": ("policy = 3", "is a int: wanted a function of an observation"),
    "a draw": (
        "import random\ndef policy(obs): return random.randrange(2)",
        "decides otherwise when it is asked twice: let it give the probability of each action",
    ),
    "noise": (
        "def policy(obs): return int(hash(obs.tobytes()) % 2)",
        "only the network agrees with .*; under 80% it would be another policy",
    ),
    "not there": ("", "no attribute .*did you mean|no attribute"),
}


@pytest.mark.parametrize("case", RUBBISH)
def test_what_is_no_policy_is_refused_in_one_line(case: str, tmp_path: Path, monkeypatch: Patch) -> None:
    source, said = RUBBISH[case]
    name = write(tmp_path, monkeypatch, f"{CARTPOLE}\n{source}\n")
    with pytest.raises(BadPolicy, match=said) as refused:
        load_prior(Path(f"{name}:policy"), envs.card(f"{name}:CartPole"))
    assert "\n" not in str(refused.value)
