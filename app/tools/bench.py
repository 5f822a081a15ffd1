"""Compare methods."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mereq_teleop.agents.learner import Method, Objective
from mereq_teleop.app.errors import Usage

__all__ = ["Bench"]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Compare methods: tasks x preferences x seeds with the simulated expert; tables and plots."""

    methods: tuple[Method, ...] = ()
    """Methods; all that can serve the tasks by default."""
    tasks: tuple[str, ...] = ("highway",)
    """Tasks, by any key or gymnasium id."""
    preferences: tuple[str, ...] = ()
    """What the simulated expert wants; everything that each task's card has by default."""
    seeds: str = "8"
    """How many seeds from 0 on, or a range such as 100:108."""
    rounds: int = 3
    """Rounds of each cell."""
    steps_per_round: int = 100
    """Control steps of a round."""
    update: Literal["round", "segment"] = "round"
    """When to learn: round (a round's end alone, as in the paper), segment (each human segment's end too)."""
    episodes: int = 1_000
    """Episodes of common seeds that each round's policy, the prior and the expert are driven for."""
    demonstrations: bool = False
    """The expert drives every step instead of taking over."""
    total_features: bool = False
    """Count the expert's steps of all rounds, not of the current one alone."""
    objective: Objective = "likelihood"
    """What mereq-instant finds theta by: features (the gap in them), likelihood (of the human's actions), or both."""
    prior: Path | None = None
    """Policy that every method starts from (.safetensors, a .zip of stable-baselines3's DQN, SAC or PPO, or
    module:attribute), also one that was learned; each task's own by default."""
    activation: Literal["tanh", "relu"] | None = None
    """Of a zip: what bends the hidden units, where its JSON does not say."""
    alpha: float | None = None
    """Of a zip or a Python policy: entropy temperature, in units of reward; derived from it by default."""
    trust_pickle: bool = False
    """Of a zip: learn from its pickle what it says nowhere else. THIS RUNS CODE THAT IS IN THE FILE: only if you trust
    who made it."""
    test_env: str | None = None
    """World in which policies are measured; the task's own by default."""
    out: Path = Path("bench")
    """Folder of the results; what is finished there is not run again."""
    jobs: int | None = None
    """Processes, one thread each; one a core by default."""
    ray: str | None = None
    """Run on a Ray cluster instead: HOST:PORT, ray://HOST:PORT, auto, or local to start one here."""

    def run(self) -> int:
        """Run what is not finished, write bench.csv, table.md and the plots; 1 if a cell failed."""
        from mereq_teleop.app.bench.plan import Settings, make_plan
        from mereq_teleop.app.bench.run import bench

        if self.jobs is not None and self.jobs < 1:
            raise Usage(f"--jobs is {self.jobs}: it must be at least 1")
        settings = Settings(
            rounds=self.rounds,
            steps_per_round=self.steps_per_round,
            update=self.update,
            episodes=self.episodes,
            demonstrations=self.demonstrations,
            total_features=self.total_features,
            objective=self.objective,
            test_env=self.test_env or "",
            prior=self._prior(),
        )
        plan = make_plan(
            settings, methods=self.methods, tasks=self.tasks, preferences=self.preferences, seeds=self.seeds
        )
        return bench(plan, self.out, jobs=self.jobs, ray=self.ray)

    def _prior(self) -> str:
        """The prior's file, empty without one; what is none of ours is converted once, beside the bench's folder."""
        from mereq_teleop.agents.shipped import load_prior
        from mereq_teleop.app.foreign import reading_of
        from mereq_teleop.app.policyfile import facts_of, write_policy
        from mereq_teleop.envs import card
        from mereq_teleop.envs.own.find import is_reference

        reading = reading_of(self.prior, self.activation, self.alpha, trust_pickle=self.trust_pickle)
        if self.prior is None or not self.tasks:
            return ""
        if self.prior.suffix != ".zip" and not is_reference(str(self.prior)):
            return str(self.prior.resolve())
        snapshot = load_prior(self.prior, card(self.tasks[0]), reading).snapshot
        path = self.out.with_name(f"{self.out.name}-prior-{snapshot.hash}.safetensors").resolve()
        write_policy(snapshot, facts_of(snapshot), path)
        return str(path)
