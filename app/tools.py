"""The commands of `mereq`: each a frozen dataclass whose docstrings are its help, and a `run` that gives the exit code.

What a command needs is imported when it runs, so that `--help` stays quick.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

import tyro

from mereq_teleop.agents.learner import Method, Objective
from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import cards

if TYPE_CHECKING:
    from mereq_teleop.agents.policy import AnyPolicy
    from mereq_teleop.sessions.listing import SessionSummary

__all__ = ["TOOLS", "Tool"]


class Tool(Protocol):
    """One command."""

    def run(self) -> int:
        """Do it; returns the exit code."""
        ...


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


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """List the recorded sessions."""

    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Print one line a session, oldest first."""
        from mereq_teleop.sessions.folder import default_root
        from mereq_teleop.sessions.listing import list_sessions

        root = self.sessions or default_root()
        found = list_sessions(root)
        if not found:
            print(f"no sessions in {root}")
        for summary in found:
            print(_line(summary))
        return 0


def _line(summary: "SessionSummary") -> str:
    """A session in one line."""
    if summary.problem and not summary.started_utc:
        return f"{summary.name}  {summary.state}: {summary.problem}"
    size = f"{summary.size_bytes / 1e6:.1f} MB"
    return (
        f"{summary.name}  {summary.started_utc[:16]}  {summary.method:<9} {summary.steps:>6} steps "
        f"{summary.human_steps:>5} by hand {summary.duration_s:>6.0f} s {size:>9}  {summary.state}"
        + (f": {summary.problem}" if summary.problem else "")
    )


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Re-simulate a recorded session and compare it bit by bit with its recording."""

    session: Annotated[str, tyro.conf.Positional]
    """Folder or name of a session, a piece of its name, or `last`."""
    verify: bool = False
    """Step the simulator again by the executed actions, ask every policy again, compare."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Print what was verified; 1 if something differs."""
        from mereq_teleop.app.replay import verify_session
        from mereq_teleop.sessions.folder import default_root, find_session

        found = find_session(self.sessions or default_root(), self.session)
        if not self.verify:
            raise Usage("mereq replay has no window yet: add --verify")
        return verify_session(found)


@dataclass(frozen=True, kw_only=True)
class Pretrain:
    """Train a prior or an expert from nothing, or from another policy."""

    env: str = "highway"
    """World whose reward is learned, by any key or gymnasium id."""
    algorithm: Literal["dqn_me", "sac", "sac_residual"] | None = None
    """dqn_me (max-ent DQN) for named actions; sac, or sac_residual (an expert, from the prior) for continuous ones."""
    preference: str | None = None
    """Train an expert: add this preference's residual reward (`mereq envs` lists them)."""
    steps: int | None = None
    """Control steps of experience; the recipe's own by default."""
    seed: int = 0
    """Seed of traffic, exploration and the network's first weights."""
    start: Path | None = None
    """Policy to start from (.safetensors)."""
    gamma: float | None = None
    """Discount a control step; the recipe's own by default."""
    learning_rate: float | None = None
    """Adam's first step size, for discrete tasks; the recipe's own by default."""
    out: Path = Path("policy.safetensors")
    """Where the policy goes; its card goes beside it as .json."""

    def run(self) -> int:
        """Train, evaluate on 1,000 episodes, write the policy and its card."""
        from mereq_teleop.app.pretrain import Training, pretrain

        training = Training(
            env=self.env,
            algorithm=self.algorithm,
            preference=self.preference,
            seed=self.seed,
            start=self.start,
            steps=self.steps,
            gamma=self.gamma,
            learning_rate=self.learning_rate,
        )
        return pretrain(training, self.out)


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure a policy: return, crashes and features over episodes of common seeds; or show it in a GIF."""

    env: str = "highway"
    """World, by any key or gymnasium id."""
    model: Path | None = None
    """Policy (.safetensors); the task's own prior by default."""
    episodes: int = 1_000
    """Episodes to drive."""
    preference: str | None = None
    """Whose reward counts in return_true, and whose expert judges the policy; the task's first by default."""
    gif: Path | None = None
    """Instead of measuring, drive one episode and write it here as an animated GIF."""
    seed: int = 0
    """Seed of the GIF's episode."""

    def run(self) -> int:
        """Print one JSON line, or write the GIF."""
        import msgspec

        from mereq_teleop.agents.evaluate import evaluate
        from mereq_teleop.agents.expert import SimulatedExpert
        from mereq_teleop.agents.shipped import load_policy, shipped

        if self.episodes < 1:
            raise Usage(f"--episodes is {self.episodes}: it must be at least 1")
        card = card_of(self.env)
        preference = card.preferences[0] if self.preference is None else card.preference(self.preference)
        policy = load_policy(self.model, card) if self.model else shipped(card.prior, card)
        if self.gif is not None:
            return self._write(policy, self.gif)
        expert = SimulatedExpert(shipped(preference.expert, card), preference)
        found = evaluate(policy, self.env, preference.theta, self.episodes, expert=expert)
        print(msgspec.json.encode(found).decode())
        return 0

    def _write(self, policy: "AnyPolicy", path: Path) -> int:
        """Drive one episode for a picture."""
        from mereq_teleop.app.gif import write_gif

        if self.seed < 0:
            raise Usage(f"--seed is {self.seed}: it must be at least 0")
        pictures = write_gif(policy, self.env, self.seed, path)
        print(f"{path}: {pictures} pictures of an episode of {self.env}, seed {self.seed}")
        return 0


@dataclass(frozen=True, kw_only=True)
class LearnerTool:
    """Run a learner by hand, for actors that are told its address."""

    address: str
    """ipc://PATH, or tcp://127.0.0.1:PORT (that port and the next two)."""
    folder: Path = Path("learner")
    """Where segments and checkpoints are kept."""

    def run(self) -> int:
        """Serve until interrupted."""
        from mereq_teleop.app.learning.process import run_learner

        return run_learner(self.address, self.folder, child=False)


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
        )
        plan = make_plan(
            settings, methods=self.methods, tasks=self.tasks, preferences=self.preferences, seeds=self.seeds
        )
        return bench(plan, self.out, jobs=self.jobs, ray=self.ray)


TOOLS: Mapping[str, type[Tool]] = {
    "bench": Bench,
    "envs": Envs,
    "evaluate": Evaluate,
    "learner": LearnerTool,
    "pretrain": Pretrain,
    "replay": Replay,
    "sessions": Sessions,
}
"""Every command by its name."""
