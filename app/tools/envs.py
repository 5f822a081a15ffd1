"""List the tasks."""

import sys
from dataclasses import dataclass

from mereq_teleop.envs import EnvError, cards
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.own.find import installed

__all__ = ["Envs"]


@dataclass(frozen=True, kw_only=True)
class Envs:
    """List the tasks: their keys, actions, features and preferences."""

    env: str | None = None
    """Only this one; by module:attribute a task of your own, too. Those that installed packages offer (entry points
    mereq_teleop.tasks) are among all."""

    def run(self) -> int:
        """Print every task's card; of a user's own that cannot be had, why."""
        for card in self._tasks():
            print(f"{card.name}: {card.title} ({card.control_rate_hz:g} Hz, {card.horizon_steps} steps)")
            offered = {name: reference for name, reference in installed().items() if reference in card.ids.values()}
            for key, identity in (offered | dict(card.ids)).items():
                refused = "  (from Python alone, with theta; no command takes it)" if key in card.needs_theta else ""
                print(f"  {key:<28}{identity}{refused}")
            print(f"  actions     {', '.join(card.actions) or card.action_space}")
            for feature in card.features:
                print(f"  feature     {feature.name}: {feature.meaning} ({feature.unit})")
            for preference in card.preferences:
                theta = zip(card.feature_names, preference.theta, strict=True)
                wanted = ", ".join(f"{name} {weight:+g}" for name, weight in theta if weight)
                print(f"  preference  {preference.name}{': ' if wanted else ''}{wanted}")
        return 0

    def _tasks(self) -> list[TaskCard]:
        if self.env is not None:
            return [card_of(self.env)]
        tasks = list(cards())
        for name, reference in installed().items():
            try:
                tasks.append(card_of(reference))
            except EnvError as error:
                print(f"{name}: {error}", file=sys.stderr)
        return tasks
