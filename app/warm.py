"""Compile what Numba compiles before anybody waits for it: `python -m mereq_teleop.app.warm`.

Numba keeps the machine code on disk, so this costs a quarter of a minute once and half a second later.
"""

import sys
import time
from pathlib import Path

__all__ = ["compiled", "main"]


def compiled() -> bool:
    """Whether this installation seems to have been started before: Numba's files lie beside the sources."""
    import mereq_teleop.envs.highway as highway

    return any((Path(highway.__file__).parent / "__pycache__").glob("*.nbi"))


def main() -> int:
    """Drive two steps of every task with its prior."""
    from mereq_teleop.agents.shipped import shipped
    from mereq_teleop.envs import cards, make_batch

    began_s = time.monotonic()
    print("compiling the simulators (once, about 15 s) ...", file=sys.stderr, flush=True)
    for card in cards():
        policy = shipped(card.prior, card)
        batch = make_batch(card.name, 1)
        obs = batch.reset([0])
        obs = batch.step(policy.act(obs)).observation
        policy.log_probs(batch.restore(batch.state()))
        # Frames for the window are compiled apart.
        batch.watch()
        batch.step(policy.act(obs))
    print(f"ready after {time.monotonic() - began_s:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
