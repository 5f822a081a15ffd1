"""A linear-quadratic world whose best policy is known: x' = a x + b u, reward -(q x^2 + r u^2).

Of the max-ent policies at temperature alpha, that of a linear-quadratic world is the Gaussian N(-K x, s^2) with the
Riccati gain K, which does not depend on alpha, and s^2 = alpha / (2 (r + gamma b^2 P)): Q is a quadratic of u, and
exp(Q / alpha) a normal density. The force's range is wide beside the forces that anybody uses, so that tanh is nearly
linear there.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mereq_teleop.agents.gaussian import GaussianPolicy
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.agents.trainer import Trainer
from mereq_teleop.envs.card import Axis, Feature, TaskCard

__all__ = ["ALPHA", "CARD", "GAMMA", "GRID", "encode", "gain_of", "maker", "observe", "prior", "riccati"]

A, B = 0.9, 0.5
GAMMA, ALPHA = 0.9, 0.05
FORCE = 6.0
"""Greatest force; |K x| is at most a fifth of it on the grid."""
GRID: Final = np.linspace(-1, 1, 41, dtype=np.float32)[:, None]

CARD = TaskCard(
    name="line",
    title="A point on a line",
    ids={"line": "Line-v0"},
    features=(
        Feature(name="distance", unit="squared", meaning="x^2"),
        Feature(name="effort", unit="squared", meaning="u^2"),
    ),
    axes=(Axis(name="force", unit="of none", low=-FORCE, high=FORCE),),
    neutral_action=(0.0,),
    keys={},
    control_rate_hz=1.0,
    frames_per_step=1,
    horizon_steps=20,
    observation_shape=(1,),
    batch="",
    encoder="tests.agents.linear_quadratic:encode",
    inputs=1,
    prior="",
)


@njit
def encode(obs: np.ndarray, out: np.ndarray) -> None:
    """The position as it is."""
    out[:] = obs


def riccati(theta: tuple[float, float]) -> tuple[float, float]:
    """Gain K and standard deviation s of the max-ent policy of theta . (x^2, u^2), by value iteration."""
    q, r = -theta[0], -theta[1]
    p = 0.0
    for _ in range(500):
        p = q + GAMMA * A * A * p * r / (r + GAMMA * B * B * p)
    curvature = r + GAMMA * B * B * p
    return GAMMA * A * B * p / curvature, float(np.sqrt(ALPHA / (2 * curvature)))


def maker(**changes: object) -> PolicyMaker:
    """Where the world's policies come from."""
    fields = {"task": CARD.name, "method": "made", "gamma": GAMMA, "alpha": ALPHA, **changes}
    return PolicyMaker(**fields)  # type: ignore[arg-type]


def prior(theta: tuple[float, float]) -> GaussianPolicy:
    """The max-ent policy of theta . (x^2, u^2), by hand: one linear layer."""
    gain, std = riccati(theta)
    tensors = {
        "input.shift": np.zeros(1, np.float32),
        "input.scale": np.ones(1, np.float32),
        "actor.0.weight": np.array([[-gain / FORCE, 0.0]], np.float32),
        "actor.0.bias": np.array([0.0, np.log(std / FORCE)], np.float32),
    }
    return GaussianPolicy(PolicySnapshot(0, "sac", maker(), tensors), CARD)


def gain_of(policy: GaussianPolicy) -> float:
    """K of the line -K x through the mean actions on the grid, by least squares."""
    action = policy.act(GRID)[:, 0]
    return -float(action @ GRID[:, 0] / (GRID[:, 0] @ GRID[:, 0]))


def observe(trainer: Trainer, count: int, seed: int) -> NDArray[np.float64]:
    """Let a trainer see what random forces do at random places; the features."""
    random = np.random.default_rng(seed)
    x, u = random.uniform(-2, 2, (count, 1)), random.uniform(-3, 3, (count, 1))
    after = A * x + B * u
    features = np.hstack((x**2, u**2))
    trainer.remember(x.astype(np.float32), u, features, np.zeros(count), after.astype(np.float32))
    return features
