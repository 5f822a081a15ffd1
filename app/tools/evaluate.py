"""Measure a policy, or show it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.place import check_ending, check_folder
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id

if TYPE_CHECKING:
    from mereq_teleop.agents.policy import Driver
    from mereq_teleop.envs.card import TaskCard

__all__ = ["Evaluate"]

Flag = tyro.conf.arg


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure a policy: return, crashes and features over episodes of common seeds; or show it in a GIF."""

    env: Annotated[str, Flag(aliases=["-e"])] = "highway"
    """World, by any key or gymnasium id."""
    model: Annotated[Path | None, Flag(aliases=["-m"])] = None
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
    random: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-r"])] = False
    """Take random actions instead of a policy's."""
    gif: Annotated[tuple[Path, ...] | None, Flag(aliases=["-g"])] = None
    """Instead of measuring, drive one episode and write it as an animated GIF, to this file or <env>.gif."""
    seed: int = 0
    """Seed of the GIF's episode, and of random actions."""

    def run(self) -> int:
        """Print one JSON line, or write the GIF."""
        import msgspec

        from mereq_teleop.agents.errors import NoPolicy
        from mereq_teleop.agents.evaluate import evaluate
        from mereq_teleop.agents.expert import SimulatedExpert
        from mereq_teleop.agents.shipped import expert_of

        if self.episodes is not None and self.episodes < 1:
            raise Usage(f"--episodes is {self.episodes}: it must be at least 1")
        card = card_of(self.env)
        preference = card.preferences[0] if self.preference is None else card.preference(self.preference)
        driver = self._driver(card)
        if self.gif is not None:
            return self._write(driver, self.gif)
        try:
            expert = SimulatedExpert(expert_of(preference, card, driver), preference)
        except NoPolicy:
            # A task of a user's own can be measured without anybody who minds.
            expert = None
        # A world whose reward has something added has it already.
        whole = env_id(self.env) in {env_id(key) for key in (card.name, *card.test_keys)}
        theta = preference.theta if whole else (0.0,) * len(preference.theta)
        found = evaluate(driver, self.env, theta, self.episodes or card.episodes, expert=expert)
        print(msgspec.json.encode(found).decode())
        return 0

    def _driver(self, card: "TaskCard") -> "Driver":
        from mereq_teleop.agents.random_actions import RandomActions
        from mereq_teleop.agents.shipped import load_policy, shipped
        from mereq_teleop.app.foreign import reading_of

        reading = reading_of(self.model, self.activation, self.alpha, trust_pickle=self.trust_pickle, flag="model")
        if not self.random:
            return load_policy(self.model, card, reading) if self.model else shipped(card.prior, card, reading)
        if self.model is not None:
            raise Usage("--random drives instead of --model: leave one of them out")
        return RandomActions(card, self.seed)

    def _write(self, driver: "Driver", given: tuple[Path, ...]) -> int:
        """Drive one episode for a picture."""
        from mereq_teleop.app.gif import write_gif

        if len(given) > 1:
            raise Usage(f"--gif has {len(given)} files, {' '.join(map(str, given))}: wanted one, or none for <env>.gif")
        path = given[0] if given else Path(f"{self.env}.gif")
        check_ending("--gif", path, "a GIF", ".gif")
        check_folder("--gif", path)
        if self.seed < 0:
            raise Usage(f"--seed is {self.seed}: it must be at least 0")
        pictures = write_gif(driver, self.env, self.seed, path)
        print(f"{path}: {pictures} pictures of an episode of {self.env}, seed {self.seed}")
        return 0
