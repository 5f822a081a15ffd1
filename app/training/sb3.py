"""stable-baselines3's own DQN and SAC, on one world of a task."""

import io
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from mereq_teleop.agents.learner import State
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.training.request import Training
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.simulated import SimulatedEnv

if TYPE_CHECKING:
    from stable_baselines3 import DQN, SAC

__all__ = ["LEAST", "USUAL_STEPS", "Sb3Driver", "Sb3Run"]

USUAL_STEPS: Final = 50_000
LEAST: Final = 64
DEFAULTS: Final[Mapping[str, int]] = {"dqn": 100, "sac": 100}
"""Steps after which each begins to learn."""
SETTINGS: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = {
    ("highway", "dqn"): {
        "learning_rate": 5e-4,
        "buffer_size": 15_000,
        "learning_starts": 200,
        "batch_size": 32,
        "gamma": 0.8,
        "train_freq": 1,
        "gradient_steps": 1,
        "target_update_interval": 50,
        "policy_kwargs": {"net_arch": [256, 256]},
    }
}
"""Where stable-baselines3's own settings are not taken: highway-env's documentation has these for its DQN."""
COLUMNS: Final = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
"""Of its replay buffer."""


class Sb3Run:
    """A training by stable-baselines3.

    It can go on from a checkpoint with the networks, the optimisers and the replay buffer as they were, but with other
    random numbers and a new episode: not bit for bit.

    Raises:
        Usage: a number is out of range.
    """

    def __init__(self, training: Training) -> None:
        if training.steps < LEAST:
            raise Usage(f"--steps is {training.steps}: it must be at least {LEAST}")
        if training.gamma is not None and not 0 < training.gamma < 1:
            raise Usage(f"--gamma is {training.gamma}: it must lie between 0 and 1")
        self.training = training
        self.model = self._made()

    def _made(self) -> "DQN | SAC":
        import stable_baselines3

        training = self.training
        settings: dict[str, Any] = deepcopy(dict(SETTINGS.get((training.card.name, training.algorithm), {})))
        starts = settings.get("learning_starts", DEFAULTS[training.algorithm])
        settings["learning_starts"] = min(starts, training.steps // 4)
        for name in ("gamma", "learning_rate"):
            if (value := getattr(training, name)) is not None:
                settings[name] = value
        # More is never filled, and the whole of it is set aside at once.
        settings["buffer_size"] = min(settings.get("buffer_size", 1_000_000), training.steps)
        env = SimulatedEnv(training.env, training.theta)
        kind = stable_baselines3.DQN if training.algorithm == "dqn" else stable_baselines3.SAC
        return kind("MlpPolicy", env, seed=training.seed, device="cpu", **settings)

    @property
    def steps(self) -> int:
        """Control steps to take in all."""
        return self.training.steps

    @property
    def done(self) -> int:
        """Control steps taken."""
        return self.model.num_timesteps

    @property
    def updates(self) -> int:
        """Gradient steps so far."""
        return self.model._n_updates

    def go_on(self, watch: Callable[[], bool]) -> None:
        """Train until all steps are taken, or `watch`, asked after each step, says no."""
        from stable_baselines3.common.callbacks import BaseCallback

        class Watched(BaseCallback):
            def _on_step(self) -> bool:
                return watch()

        self.model.learn(self.steps - self.done, callback=Watched(), log_interval=None, reset_num_timesteps=False)  # type: ignore[arg-type]

    def figures(self) -> dict[str, float]:
        """The last loss, and the mean return of the last hundred episodes."""
        logged = self.model.logger.name_to_value
        loss = logged.get("train/loss", logged.get("train/critic_loss"))
        returns = [float(episode["r"]) for episode in self.model.ep_info_buffer or ()]
        found = {"loss": loss, "return": float(np.mean(returns)) if returns else None}
        return {name: float(value) for name, value in found.items() if value is not None}

    def state(self) -> State:
        """Networks, optimisers and replay buffer."""
        model, written = self.model, io.BytesIO()
        torch.save({**model.get_parameters(), "log_ent_coef": getattr(model, "log_ent_coef", None)}, written)
        buffer = model.replay_buffer
        assert buffer is not None
        rows = {f"replay.{name}": getattr(buffer, name)[: buffer.size()] for name in COLUMNS}
        counts = {"done": self.done, "updates": model._n_updates, "calls": getattr(model, "_n_calls", 0)}
        parameters = np.frombuffer(written.getvalue(), np.uint8)
        return {**rows, "parameters": parameters, **{name: np.array(count) for name, count in counts.items()}}

    def restore(self, state: State) -> None:
        """Take them from what `state` gave."""
        model = self.model
        try:
            # No code runs: what is read are tensors and numbers.
            parameters = torch.load(io.BytesIO(state["parameters"].tobytes()), weights_only=True)
            log_ent_coef = parameters.pop("log_ent_coef")
            model.set_parameters(parameters, exact_match=True, device="cpu")
            if log_ent_coef is not None:
                model.log_ent_coef.data.copy_(log_ent_coef)  # type: ignore[union-attr]
            buffer = model.replay_buffer
            assert buffer is not None
            for name in COLUMNS:
                rows = state[f"replay.{name}"]
                getattr(buffer, name)[: len(rows)] = rows
        except (KeyError, ValueError, RuntimeError, TypeError) as error:
            raise AppError(f"the checkpoint is not one of {self.training.algorithm}: {error}") from None
        buffer.pos, buffer.full = len(rows) % buffer.buffer_size, len(rows) == buffer.buffer_size
        model.num_timesteps, model._n_updates = int(state["done"]), int(state["updates"])
        if self.training.algorithm == "dqn":
            model._n_calls = int(state["calls"])  # type: ignore[union-attr]
        # Else the random actions of the beginning would come again.
        model.set_random_seed(self.training.seed + self.done)

    def as_zip(self) -> bytes:
        """What stable-baselines3 itself saves."""
        written = io.BytesIO()
        self.model.save(written)
        return written.getvalue()


class Sb3Driver:
    """Drives by a model of stable-baselines3: greedy actions, or means."""

    def __init__(self, model: "DQN | SAC", card: TaskCard) -> None:
        self.card = card
        """Its task."""
        self._model = model

    def act(self, obs: np.ndarray) -> np.ndarray:
        """Its action in each row: (n,) indices or (n, axes) in environment units."""
        return self._model.predict(obs, deterministic=True)[0]
