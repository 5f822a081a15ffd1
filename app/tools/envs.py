"""List the tasks."""

import sys
from dataclasses import dataclass

from mereq_teleop.envs import EnvError, cards
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.own.find import installed

__all__ = ["Envs"]


@dataclass(frozen=True, kw_only=True)
class Envs:
    """List the tasks: their keys, actions, features and preferences."""

    env: str | None = None
    """Only this one; by module:attribute a task of your own, too. Those that installed packages offer (entry points
    mereq_teleop.tasks) are listed anyway."""

    def run(self) -> int:
        """Print every task's card; of a user's own that cannot be had, why."""
        tasks = list(cards())
        for name, reference in installed().items():
            try:
                tasks.append(card_of(reference))
            except EnvError as error:
                print(f"{name}: {error}", file=sys.stderr)
        if self.env is not None:
            tasks = [card_of(self.env)]
        for card in tasks:
            print(f"{card.name}: {card.title} ({card.control_rate_hz:g} Hz, {card.horizon_steps} steps)")
            for key, identity in card.ids.items():
                print(f"  {key:<28}{identity}")
            print(f"  actions     {', '.join(card.actions) or card.action_space}")
            for feature in card.features:
                print(f"  feature     {feature.name}: {feature.meaning} ({feature.unit})")
            for preference in card.preferences:
                theta = zip(card.feature_names, preference.theta, strict=True)
                wanted = ", ".join(f"{name} {weight:+g}" for name, weight in theta if weight)
                print(f"  preference  {preference.name}{': ' if wanted else ''}{wanted}")
        return 0
