"""Compile what Numba compiles before anybody waits for it: `python -m mereq_teleop.app.warm`.

Numba keeps the machine code on disk, so this costs a quarter of a minute or more once and half a second later.
"""

import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mereq_teleop.envs.card import TaskCard

if TYPE_CHECKING:
    from mereq_teleop.agents.policy import AnyPolicy
    from mereq_teleop.envs.batch import AnyBatch

__all__ = ["COMPILING", "compiled", "main", "rehearse"]

COMPILING = "15 s on an idle machine, a minute or two on a busy one"
"""How long it takes, as everybody says it."""


def compiled(card: TaskCard) -> bool:
    """Whether the task seems to have been started before here: Numba's files lie beside its sources.

    A user's own task has no simulator that we would compile.
    """
    if card.source:
        return True
    package = importlib.import_module(card.batch.partition(":")[0].rpartition(".")[0])
    return any((Path(package.__path__[0]) / "__pycache__").glob("*.nbi"))


def rehearse(batch: "AnyBatch", policy: "AnyPolicy") -> None:
    """Drive a step and restore it: what compiles at its first use does so now, and the next reset forgets the rest."""
    obs = batch.reset([0])
    batch.step(policy.act(obs))
    batch.restore(batch.state())


def main() -> int:
    """Drive two steps of every task with its prior."""
    from mereq_teleop.agents.policy import Policy
    from mereq_teleop.agents.shipped import shipped
    from mereq_teleop.envs import cards, make_batch

    began_s = time.monotonic()
    print(f"compiling the simulators (once: {COMPILING}) ...", file=sys.stderr, flush=True)
    for card in cards():
        policy = shipped(card.prior, card)
        batch = make_batch(card.name, 1)
        rehearse(batch, policy)
        if isinstance(policy, Policy):
            policy.log_probs(batch.reset([0]))
        # Frames for the window are compiled apart.
        batch.watch()
        rehearse(batch, policy)
    print(f"ready after {time.monotonic() - began_s:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
