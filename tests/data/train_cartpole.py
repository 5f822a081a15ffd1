"""How ppo-CartPole-v1.zip was made: stable-baselines3's PPO with rl-zoo's settings for CartPole-v1 (half a minute).

python tests/data/train_cartpole.py
"""

from pathlib import Path

from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

STEPS = 100_000


def falling(first: float):  # type: ignore[no-untyped-def]
    """rl-zoo's lin_..., from `first` to nothing."""
    return lambda left: left * first


def main() -> None:
    """Train, say how good it is, and keep it beside this file."""
    model = PPO(
        "MlpPolicy",
        make_vec_env("CartPole-v1", n_envs=8, seed=0),
        n_steps=32,
        batch_size=256,
        gae_lambda=0.8,
        gamma=0.98,
        n_epochs=20,
        ent_coef=0.0,
        learning_rate=falling(0.001),
        clip_range=falling(0.2),
        seed=0,
        device="cpu",
    )
    model.learn(STEPS)
    print("return of 20 episodes:", evaluate_policy(model, make_vec_env("CartPole-v1"), n_eval_episodes=20))
    model.save(Path(__file__).parent / "ppo-CartPole-v1.zip")


if __name__ == "__main__":
    main()
