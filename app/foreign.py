"""The flags that say how to read a policy of another tool, as the readers take them."""

import sys
from pathlib import Path

from mereq_teleop.agents.foreign.options import Activation, Reading
from mereq_teleop.app.errors import Usage
from mereq_teleop.envs.own.find import is_reference

__all__ = ["reading_of"]


def reading_of(
    policy: Path | None, activation: Activation | None, alpha: float | None, *, trust_pickle: bool, flag: str = "prior"
) -> Reading:
    """How to read `policy`, the value of `--flag`; what is taken for granted is told on standard error.

    Raises:
        Usage: there is something to say of a zip, but none.
        BadPolicy: the temperature is none.
    """
    given = [name for name, value in (("activation", activation), ("alpha", alpha)) if value is not None]
    given += ["trust-pickle"] if trust_pickle else []
    foreign = policy is not None and (policy.suffix == ".zip" or (given == ["alpha"] and is_reference(str(policy))))
    if given and not foreign:
        raise Usage(f"--{given[0]} says how to read a stable-baselines3 zip: add --{flag} FILE.zip, or leave it out")

    def tell(line: str) -> None:
        print(f"{policy}: {line}" if policy else line, file=sys.stderr, flush=True)

    return Reading(activation=activation, alpha=alpha, trust_pickle=trust_pickle, tell=tell)
