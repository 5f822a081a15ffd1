"""The original's unattended experiment."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card, cards

__all__ = ["Train"]

Flag = tyro.conf.arg


@dataclass(frozen=True, kw_only=True)
class Train:
    """The original's unattended experiment: -eco (mereq), nothing (mereq-np), -rp (maxent) or -cl -rp (maxent-ft)."""

    experiment: Annotated[str, Flag(aliases=["-e"])] = "experiment"
    """Name of the experiment: of its folder, and the world too where it is a key and no other is named."""
    env: str | None = None
    """World, by any key or gymnasium id; highway by default."""
    pseudo_expert: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-eco"])] = False
    """Steps that the expert watches and lets pass count as the expert's (MEReQ)."""
    random_policy: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-rp"])] = False
    """Learn the whole reward, from a random policy, instead of a residual on the prior."""
    continual: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-cl"])] = False
    """With -rp: start from the prior's weights instead of random ones (fine-tuning)."""
    demonstrations: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-dm"])] = False
    """The expert drives every step, instead of taking over."""
    total_features: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-tf"])] = False
    """Count the expert's steps of all rounds, not of the current one alone."""
    preference: str | None = None
    """What the simulated expert wants; the first that the task's card lists by default."""
    prior: Path | None = None
    """Policy to start from (.safetensors or .zip); the task's own by default."""
    rounds: int = 3
    """Rounds."""
    steps_per_round: int | None = None
    """Control steps of a round; the task's own by default."""
    seed: int = 0
    """Seed of traffic, policy sampling and learning."""
    evaluation: bool = True
    """Evaluate policy, prior and expert on 1,000 episodes of common seeds at the end."""
    out: Path = Path("experiments")
    """Folder of the experiments."""

    def run(self) -> int:
        """Run the session, then write rounds.csv and the policy of each round."""
        from mereq_teleop.app.experiment import Switches, experiment, method_of

        method = method_of(
            Switches(random_policy=self.random_policy, continual=self.continual, pseudo_expert=self.pseudo_expert)
        )
        if not re.fullmatch(r"[\w.-]+", self.experiment) or self.experiment.startswith("."):
            raise Usage(f"--experiment is {self.experiment!r}: wanted a name for a folder, of letters, digits, - and _")
        env = self.env or (self.experiment if self.experiment in _names() else "highway")
        arguments = ["--env", env, "--method", method, "--device", "simulated", "--headless", "--json"]
        # The paper's protocol: one update a round, every policy drives.
        arguments += ["--update", "round", "--guard", "off", "--pace", "lockstep", "--seed", str(self.seed)]
        arguments += ["--rounds", str(self.rounds)]
        given = {"preference": self.preference, "prior": self.prior, "steps-per-round": self.steps_per_round}
        for flag, value in given.items():
            arguments += [] if value is None else [f"--{flag}", str(value)]
        arguments += ["--demonstrations"] * self.demonstrations + ["--total-features"] * self.total_features
        arguments += [] if self.evaluation else ["--no-evaluation"]
        return experiment(self.out / self.experiment, arguments, _rewarded(env, self.preference))


def _names() -> set[str]:
    return {name for known in cards() for pair in known.ids.items() for name in pair}


def _rewarded(env: str, preference: str | None) -> str:
    """What another reward of the task's own world means for an experiment; empty where it has the task's own."""
    from mereq_teleop.app.results import world_of

    of = card(env)
    if world_of(env) == env or not of.preferences:
        return ""
    wanted = preference or of.preferences[0].name
    return (
        f"{env} is the world of {of.name} with another reward, which no method sees: what a policy is aligned to is "
        f"the preference {wanted} (--preference)"
    )
