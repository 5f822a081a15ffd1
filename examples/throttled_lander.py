"""The lander whose engines are on or off shows the throttled one how to fly.

    python examples/throttled_lander.py clone.safetensors
    mereq evaluate --env lunar-lander-continuous --model clone.safetensors

A network imitates the prior of `lunar-lander`: each named action is a pair of throttles. First the pilot flies, then
its pupil does and the pilot says what it would have done (DAgger, arXiv 1011.0686). Takes some 15 s.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from mereq_teleop import envs
from mereq_teleop.agents.driving import policy_of
from mereq_teleop.agents.foreign.pupil import Pupil
from mereq_teleop.agents.policy import Driver
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.agents.unlearned import unlearned

CARD = envs.card("lunar-lander-continuous")
THROTTLES = np.array([(-0.9, 0.0), (-0.9, -0.9), (0.9, 0.0), (-0.9, 0.9)])
"""(main, side) that does what each named action does; off the limits, where a squashed Gaussian cannot learn on."""
SPREAD = 0.3
"""Standard deviation of what is imitated, in units of the throttle."""
ALPHA = 0.6
"""Entropy temperature of the copy. With it, alpha log pi says on average as well as the pilot's own Q how much better
than the mean of all four the pilot's action is (0.25). With 0.1, learners on top of the copy that were told to lean
less crashed in 42 %."""
WORLDS = 16
"""Flown side by side."""
STRAY = 0.3
"""Chance of a random action in odd worlds: the pupil must know what to do off the way, too."""


class Pilot:
    """The discrete prior at the throttles."""

    def __init__(self) -> None:
        discrete = envs.card("lunar-lander")
        self.card = CARD
        self._prior = shipped(discrete.prior, discrete)

    def act(self, obs: np.ndarray) -> np.ndarray:
        """Throttles (n, 2) for observations (n, 8)."""
        throttles: np.ndarray = THROTTLES[self._prior.act(obs)]
        return throttles


def gather(pilot: Pilot, flies: Driver, seed: int, sweeps: int) -> tuple[np.ndarray, np.ndarray]:
    """Observations on the way of who flies, and the pilot's means and deviations there."""
    random, stray = np.random.default_rng([seed, 3]), np.arange(WORLDS) % 2 * STRAY
    batch = envs.make_batch(CARD.name, WORLDS)
    obs, seen, decided = batch.reset(random.integers(2**31, size=WORLDS)), [], []
    for _ in range(sweeps):
        seen.append(obs)
        decided.append(pilot.act(obs))
        strays = random.random(WORLDS) < stray
        after = batch.step(np.where(strays[:, None], random.uniform(-1, 1, (WORLDS, 2)), flies.act(obs)))
        over, seeds = after.terminated | after.truncated, random.integers(2**31, size=WORLDS)
        obs = batch.reset_where(over, seeds) if over.any() else after.observation
    means = np.concatenate(decided)
    return np.concatenate(seen), np.concatenate([means, np.full_like(means, SPREAD)], axis=1)


def clone(sweeps: int = 800, updates: int = 2_500) -> PolicySnapshot:
    """What the pupil has learned after two rounds, of so many steps in each world and gradient steps after them."""
    pilot, pupil = Pilot(), Pupil(CARD, unlearned(CARD), ALPHA)
    flies: Driver = pilot
    for seed in range(2):
        pupil.take(*gather(pilot, flies, seed, sweeps))
        pupil.learn(updates)
        flies = policy_of(pupil.snapshot(), CARD)
    return pupil.snapshot()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="where the copy goes (.safetensors)")
    asked = parser.parse_args()
    # The same bits on every machine of a kind.
    torch.set_num_threads(1)
    asked.out.write_bytes(clone().to_bytes())
