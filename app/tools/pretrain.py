"""Train priors, experts and instant learners."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mereq_teleop.app.errors import Usage
from mereq_teleop.app.tools.evaluate import Evaluate

__all__ = ["Pretrain"]

Flag = tyro.conf.arg


@dataclass(frozen=True, kw_only=True)
class Pretrain:
    """Train a prior or an expert from nothing, from another policy, or on top of one."""

    env: Annotated[str, Flag(aliases=["-e"])] = "highway"
    """World whose reward is learned, by any key or gymnasium id."""
    algorithm: Annotated[
        Literal["dqn", "dqn_me", "dqn_residual", "sac", "sac_residual", "sac_conditioned"] | None, Flag(aliases=["-a"])
    ] = None
    """For named actions dqn_me (max-ent DQN), dqn, dqn_residual; for continuous ones sac, sac_residual, sac_conditioned
    (what mereq-instant answers by). The residual ones learn theta on top of a prior."""
    engine: Literal["own", "sb3"] | None = None
    """Who trains sac: own (many worlds side by side; the default) or sb3 (stable-baselines3, one world). dqn is
    stable-baselines3's, the others are ours."""
    preference: str | None = None
    """Train an expert: add this preference's residual reward (`mereq envs` lists them); the task's first one for the
    residual algorithms."""
    theta: tuple[float, ...] | None = None
    """The same by its weights, one for each feature."""
    steps: Annotated[int | None, Flag(aliases=["-n"])] = None
    """Control steps of experience; the recipe's own by default."""
    seed: int = 0
    """Seed of traffic, exploration and the network's first weights."""
    start: Path | None = None
    """Policy that gives the first weights (.safetensors, or a .zip of stable-baselines3's DQN, SAC or PPO)."""
    prior: Path | None = None
    """Policy that a residual algorithm learns on top of, of the same kinds; the task's own by default."""
    activation: Literal["tanh", "relu"] | None = None
    """Of a zip: what bends the hidden units, where its JSON does not say."""
    alpha: float | None = None
    """Of a zip: entropy temperature, in units of reward; derived from the policy by default."""
    trust_pickle: bool = False
    """Of a zip: learn from its pickle what it says nowhere else. THIS RUNS CODE THAT IS IN THE FILE: only if you trust
    who made it."""
    gamma: float | None = None
    """Discount a control step; the recipe's own by default."""
    learning_rate: float | None = None
    """Adam's first step size, for dqn_me and stable-baselines3; the recipe's own by default."""
    episodes: int | None = None
    """Episodes of common seeds that the policy is measured on at the end; 1,000 by default."""
    checkpoint_every: int | None = None
    """Control steps between two checkpoints; a tenth of all by default."""
    out: Path = Path("policy.safetensors")
    """Where the policy goes: .safetensors, or .zip for stable-baselines3; its card goes beside it as .json, curves for
    TensorBoard and checkpoints to a folder of the same name, .training."""
    resume: Path | None = None
    """Go on with the training whose .training folder this is; everything else is as it was there."""
    train: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-tr"])] = False
    """Train; what is done anyway, unless --test stands alone."""
    test: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-te"])] = False
    """Measure: after --train, or without it instead of training, as `mereq evaluate` does."""
    model: Annotated[Path | None, Flag(aliases=["-m"])] = None
    """With --test alone: the policy; the task's own prior by default."""
    gif: Annotated[tuple[Path, ...] | None, Flag(aliases=["-g"])] = None
    """With --test: one episode as an animated GIF, to this file or <env>.gif."""
    random: Annotated[bool, tyro.conf.FlagCreatePairsOff, Flag(aliases=["-r"])] = False
    """With --test alone: random actions."""

    def run(self) -> int:
        """Train, measure, write the policy and its card."""
        if self.resume is not None:
            return self._go_on(self.resume)
        if self.test and not self.train:
            return self._evaluate(self.model, random=self.random)
        if self.model is not None or self.random:
            flag = "model" if self.model is not None else "random"
            raise Usage(f"--{flag} is for --test without --train; --start FILE trains on from a policy")
        if self.gif is not None and not self.test:
            raise Usage("--gif shows the policy that was trained: add --test")
        code = self._train()
        if code == 0 and self.gif is not None:
            return self._evaluate(self.out, random=False)
        return code

    def _train(self) -> int:
        from mereq_teleop.app.foreign import reading_of
        from mereq_teleop.app.training.pretrain import Asked, pretrain

        flag = "prior" if self.prior else "start"
        reading = reading_of(
            self.prior or self.start, self.activation, self.alpha, trust_pickle=self.trust_pickle, flag=flag
        )
        names = {field.name for field in dataclasses.fields(Asked)} - {"reading"}
        return pretrain(Asked(**{name: getattr(self, name) for name in names}, reading=reading), self.out)

    def _go_on(self, folder: Path) -> int:
        from mereq_teleop.app.training.pretrain import go_on

        for field in dataclasses.fields(self):
            if field.name not in ("resume", "train") and getattr(self, field.name) != field.default:
                name = field.name.replace("_", "-")
                raise Usage(f"--{name} is as it was with --resume: leave it out, or train anew without --resume")
        return go_on(folder)

    def _evaluate(self, model: Path | None, *, random: bool) -> int:
        return Evaluate(
            env=self.env,
            model=model,
            activation=self.activation,
            alpha=self.alpha,
            trust_pickle=self.trust_pickle,
            **({} if self.episodes is None else {"episodes": self.episodes}),
            preference=self.preference,
            gif=self.gif,
            seed=self.seed,
            random=random,
        ).run()
