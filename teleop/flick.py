"""From the deflection of an axis to single actions: a push past one threshold asks once, until it is let back."""

from collections.abc import Mapping

__all__ = ["PUSHED", "REARMED", "flicks"]

PUSHED = 0.6
"""Part of full deflection past which a push asks for its action."""
REARMED = 0.3
"""Part of full deflection under which the next push can ask again."""


def flicks(armed: frozenset[str], deflections: Mapping[str, float]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The actions that are asked for now, and those whose next push will ask.

    Args:
        armed: The actions that were let back since they were asked for last; none at first, so that a stick which is
            held over when it is plugged in asks for nothing.
        deflections: How far each action's axis is pushed its way, in parts of full deflection.
    """
    asked = tuple(name for name, pushed in deflections.items() if name in armed and pushed > PUSHED)
    let_back = {name for name, pushed in deflections.items() if pushed < REARMED}
    return asked, (armed - set(asked)) | let_back
