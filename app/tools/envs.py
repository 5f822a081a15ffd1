"""List the tasks."""

from dataclasses import dataclass

from mereq_teleop.envs import cards

__all__ = ["Envs"]


@dataclass(frozen=True, kw_only=True)
class Envs:
    """List the tasks: their keys, actions, features and preferences."""

    def run(self) -> int:
        """Print every task's card."""
        for card in cards():
            print(f"{card.name}: {card.title} ({card.control_rate_hz:g} Hz, {card.horizon_steps} steps)")
            for key, identity in card.ids.items():
                print(f"  {key:<28}{identity}")
            print(f"  actions     {', '.join(card.actions) or card.action_space}")
            for feature in card.features:
                print(f"  feature     {feature.name}: {feature.meaning} ({feature.unit})")
            for preference in card.preferences:
                theta = zip(card.feature_names, preference.theta, strict=True)
                wanted = ", ".join(f"{name} {weight:+g}" for name, weight in theta if weight)
                print(f"  preference  {preference.name}: {wanted}")
        return 0
