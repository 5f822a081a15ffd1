"""Learn again from recordings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mereq_teleop.agents.learner import ExpertSide, Method, Objective
from mereq_teleop.app.errors import AppError, Usage

__all__ = ["Relearn"]


@dataclass(frozen=True, kw_only=True)
class Relearn:
    """Learn again from what was recorded in one or many sessions, by any method, and keep the policy."""

    session: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or names of sessions, pieces of their names, or `last`; learned from in this order."""
    method: Method | None = None
    """How to learn; as the first session did by default."""
    seed: int | None = None
    """Seed of learning; the first session's by default."""
    update: Literal["segment", "round"] | None = None
    """When to learn: segment (each human segment's end, and a round's), round; as the first session by default."""
    expert_side: ExpertSide | None = None
    """Whose steps stand for the expert: shared (human and let-pass) or human; as the first session by default."""
    total_features: bool | None = None
    """Count the expert's steps of all rounds, not of the current one alone; as the first session by default."""
    objective: Objective | None = None
    """What mereq-instant finds theta by: features, likelihood or both; as the first session by default."""
    prior: Path | None = None
    """Policy to start from (.safetensors, or a .zip of stable-baselines3's DQN, SAC or PPO); the one that the first
    session began with by default."""
    activation: Literal["tanh", "relu"] | None = None
    """Of a zip: what bends the hidden units, where its JSON does not say."""
    alpha: float | None = None
    """Of a zip: entropy temperature, in units of reward; derived from the policy by default."""
    trust_pickle: bool = False
    """Of a zip: learn from its pickle what it says nowhere else. THIS RUNS CODE THAT IS IN THE FILE: only if you trust
    who made it."""
    preference: str | None = None
    """Whose reward counts in the evaluation, and whose expert judges; the simulated expert's of the first session."""
    evaluation: bool = True
    """Evaluate policy, prior and expert on 1,000 episodes of common seeds."""
    out: Path = Path("relearned.safetensors")
    """Where the policy goes (.safetensors, or .zip for stable-baselines3); its card goes beside it as .json."""
    json: bool = False
    """Print its card as one JSON line on a terminal too; where the output is none it always is."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Learn, say each round on standard error, write the policy and its card, and say so."""
        import sys

        import msgspec

        from mereq_teleop.app.foreign import reading_of
        from mereq_teleop.app.policyfile import check_place, facts_of, tell, write_policy
        from mereq_teleop.app.relearn import (
            Lesson,
            evaluation_of,
            learn_again,
            left_over,
            read_sources,
            start_of,
            stream_of,
        )
        from mereq_teleop.app.settings import config_of, learner_config
        from mereq_teleop.sessions.folder import default_root, find_session

        if not self.session:
            raise Usage("mereq relearn: SESSION is missing; see mereq relearn --help")
        check_place(self.out)
        reading = reading_of(self.prior, self.activation, self.alpha, trust_pickle=self.trust_pickle)
        root = self.sessions or default_root()
        sources = read_sources([find_session(root, name) for name in self.session])
        first = sources[0]
        names = ("method", "seed", "update", "expert_side", "total_features", "objective", "preference")
        chosen = {name: value for name in names if (value := getattr(self, name)) is not None}
        config = config_of(first.recording.config, first.name, **chosen)
        for source in sources:
            if source.recording.loss:
                print(f"{source.name}: {source.recording.loss}", file=sys.stderr)
        stream, prior = stream_of(sources), start_of(first, self.prior, reading)
        learner = msgspec.structs.replace(learner_config(config), settle=True, guard=False)
        last: Lesson | None = None
        for last in learn_again(stream, learner, config.learns_each, prior):
            if last.over:
                print(last, file=sys.stderr, flush=True)
        if last is None:
            raise AppError("there is nothing to learn from: no round was over and nobody was corrected")
        if not last.over:
            print(last, file=sys.stderr, flush=True)
        if left := left_over(stream, config.learns_each):
            print(left, file=sys.stderr)
        facts = {
            **facts_of(last.policy),
            "sessions": [source.name for source in sources],
            "seed": learner.seed,
            "update": config.learns_each,
            "objective": learner.objective,
            "expert_side": learner.expert_side,
            "total_features": learner.total_features,
            "prior": prior.hash,
        }
        if self.evaluation:
            facts["evaluation"] = evaluation_of(last.policy, prior, first, self.preference)
        write_policy(last.policy, facts, self.out)
        named = ", ".join(source.name for source in sources)
        tell(facts, self.out, f"{config.method}'s policy {last.policy.version} from {named}", as_json=self.json)
        return 0
