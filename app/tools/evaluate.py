"""Measure a policy, or show it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card as card_of

if TYPE_CHECKING:
    from mereq_teleop.agents.policy import AnyPolicy

__all__ = ["Evaluate"]


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure a policy: return, crashes and features over episodes of common seeds; or show it in a GIF."""

    env: str = "highway"
    """World, by any key or gymnasium id."""
    model: Path | None = None
    """Policy (.safetensors, a .zip of stable-baselines3's DQN, SAC or PPO, or module:attribute); the task's own prior
    by default."""
    activation: Literal["tanh", "relu"] | None = None
    """Of a zip: what bends the hidden units, where its JSON does not say."""
    alpha: float | None = None
    """Of a zip or a Python policy: entropy temperature, in units of reward; derived from it by default."""
    trust_pickle: bool = False
    """Of a zip: learn from its pickle what it says nowhere else. THIS RUNS CODE THAT IS IN THE FILE: only if you trust
    who made it."""
    episodes: int | None = None
    """Episodes to drive; 1,000 by default (100 of a task of your own)."""
    preference: str | None = None
    """Whose reward counts in return_true, and whose expert judges the policy; the task's first by default."""
    gif: Path | None = None
    """Instead of measuring, drive one episode and write it here as an animated GIF."""
    seed: int = 0
    """Seed of the GIF's episode."""

    def run(self) -> int:
        """Print one JSON line, or write the GIF."""
        import msgspec

        from mereq_teleop.agents.errors import NoPolicy
        from mereq_teleop.agents.evaluate import evaluate
        from mereq_teleop.agents.expert import SimulatedExpert
        from mereq_teleop.agents.shipped import expert_of, load_policy, shipped
        from mereq_teleop.app.foreign import reading_of

        if self.episodes is not None and self.episodes < 1:
            raise Usage(f"--episodes is {self.episodes}: it must be at least 1")
        card = card_of(self.env)
        reading = reading_of(self.model, self.activation, self.alpha, trust_pickle=self.trust_pickle, flag="model")
        preference = card.preferences[0] if self.preference is None else card.preference(self.preference)
        policy = load_policy(self.model, card, reading) if self.model else shipped(card.prior, card, reading)
        if self.gif is not None:
            return self._write(policy, self.gif)
        try:
            expert = SimulatedExpert(expert_of(preference, card, policy), preference)
        except NoPolicy:
            # A task of a user's own can be measured without anybody who minds.
            expert = None
        found = evaluate(policy, self.env, preference.theta, self.episodes or card.episodes, expert=expert)
        print(msgspec.json.encode(found).decode())
        return 0

    def _write(self, policy: "AnyPolicy", path: Path) -> int:
        """Drive one episode for a picture."""
        from mereq_teleop.app.gif import write_gif

        if self.seed < 0:
            raise Usage(f"--seed is {self.seed}: it must be at least 0")
        pictures = write_gif(policy, self.env, self.seed, path)
        print(f"{path}: {pictures} pictures of an episode of {self.env}, seed {self.seed}")
        return 0
