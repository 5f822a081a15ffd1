"""Clone the driver of recorded sessions with another library: Tianshou's imitation learning on a Minari dataset.

    pip install 'mereq-teleop[export]' 'tianshou>=2'
    mereq-teleop --env highway --device simulated --headless --demonstrations
    mereq export last --to minari --output mereq/highway-v0
    python examples/behaviour_cloning.py mereq/highway-v0

Minari reads the dataset, Tianshou trains on it; only the world in which the clone is tried is mereq's. Steps that the
operator took back, and those in safe mode, are left out.
"""

import argparse
from typing import Any

import gymnasium
import minari
import numpy as np
import torch
from gymnasium.spaces import Discrete
from tianshou.algorithm.imitation.imitation_base import ImitationPolicy, OfflineImitationLearning
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Batch, VectorReplayBuffer
from tianshou.trainer import OfflineTrainerParams
from tianshou.utils.net.common import Net

from mereq_teleop.envs import make

SAFE = 2
"""The info `authority` of a step that a lost device left to a neutral action."""


def buffer_of(dataset: Any, *, by_hand: bool) -> VectorReplayBuffer:
    """The steps to learn from; with `by_hand` the human's alone."""
    buffer = VectorReplayBuffer(total_size=dataset.total_steps, buffer_num=1)
    for episode in dataset:
        # Row t + 1 of an info belongs to action t.
        info = {name: np.asarray(values)[1:] for name, values in episode.infos.items()}
        wanted = (info["retracted"] == 0) & (info["repeated"] == 0) & (info["authority"] != SAFE)
        if by_hand:
            wanted &= info["intervention"] == 1
        for step in np.flatnonzero(wanted):
            row = Batch(
                obs=episode.observations[step],
                act=episode.actions[step],
                rew=episode.rewards[step],
                terminated=episode.terminations[step],
                truncated=episode.truncations[step],
                obs_next=episode.observations[step + 1],
                info={},
            )
            buffer.add(Batch.stack([row]), buffer_ids=np.array([0]))
    return buffer


def clone(buffer: VectorReplayBuffer, env: "gymnasium.Env[Any, Any]", epochs: int, seed: int) -> ImitationPolicy:
    """Tianshou's offline imitation learning: cross-entropy for named actions, squared error along axes."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (Tianshou samples by it)
    space = env.action_space
    outputs = int(space.n) if isinstance(space, Discrete) else space.shape
    actor = Net(state_shape=env.observation_space.shape or (), action_shape=outputs or 0, hidden_sizes=(128, 128))
    policy = ImitationPolicy(actor=actor, action_space=space, action_scaling=False, action_bound_method=None)
    algorithm = OfflineImitationLearning(policy=policy, optim=AdamOptimizerFactory(lr=1e-3))
    algorithm.run_training(
        OfflineTrainerParams(
            buffer=buffer, max_epochs=epochs, epoch_num_steps=500, batch_size=128, verbose=False, show_progress=False
        )
    )
    return policy


def agreement(policy: ImitationPolicy, buffer: VectorReplayBuffer) -> float:
    """Share of steps at which the clone does what was done; for axes, R squared."""
    with torch.no_grad():
        done = buffer.act[: len(buffer)]
        would = policy(Batch(obs=buffer.obs[: len(buffer)], info={})).act.numpy()
    if done.ndim == 1:
        return float(np.mean(would == done))
    return 1.0 - float(np.mean((would - done) ** 2) / np.mean((done - done.mean(axis=0)) ** 2))


def returns(policy: ImitationPolicy, env: "gymnasium.Env[Any, Any]", episodes: int) -> float:
    """Mean return of the clone's episodes."""
    total = 0.0
    for seed in range(episodes):
        obs, _ = env.reset(seed=seed)
        over = False
        while not over:
            obs, reward, terminated, truncated, _ = env.step(policy.compute_action(obs))
            total, over = total + float(reward), terminated or truncated
    return total / episodes


def main() -> None:
    """Train, and say how well the clone drives."""
    parser = argparse.ArgumentParser(description="Clone the driver of a Minari dataset with Tianshou.")
    parser.add_argument("dataset")
    parser.add_argument("--epochs", type=int, default=10, help="of 500 gradient steps")
    parser.add_argument("--episodes", type=int, default=5, help="to try the clone in")
    parser.add_argument("--all", action="store_true", help="learn from the policy's steps too, not the human's alone")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    dataset = minari.load_dataset(chosen.dataset)
    buffer = buffer_of(dataset, by_hand=not chosen.all)
    if not len(buffer):
        raise SystemExit(f"{chosen.dataset} has no step by hand: take --all")
    env = make(dataset.env_spec.id)
    policy = clone(buffer, env, chosen.epochs, chosen.seed)
    print(f"{len(buffer)} steps, agreement {agreement(policy, buffer):.2f}")
    print(f"return {returns(policy, env, chosen.episodes):.1f} over {chosen.episodes} episodes")


if __name__ == "__main__":
    main()
