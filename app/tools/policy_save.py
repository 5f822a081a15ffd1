"""Keep a policy that a session learned."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

__all__ = ["PolicySave"]


@dataclass(frozen=True, kw_only=True)
class PolicySave:
    """Keep a policy of a session as a file of its own, with its card; `--prior` can start from it."""

    session: Annotated[str, tyro.conf.Positional]
    """Folder or name of a session, a piece of its name, or `last`."""
    version: int | None = None
    """Which of its policies; the last one that drove by default."""
    evaluation: bool = False
    """Evaluate it and its prior on 1,000 episodes of common seeds, and write that onto the card."""
    preference: str | None = None
    """Whose reward counts in the evaluation, and whose expert judges; the session's simulated expert by default."""
    out: Path | None = None
    """Where the policy goes (.safetensors, or .zip for stable-baselines3), its card beside it as .json;
    <session>-policy<version>.safetensors by default."""
    json: bool = False
    """Print its card as one JSON line on a terminal too; where the output is none it always is."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""

    def run(self) -> int:
        """Write the policy and its card, and say so."""
        from mereq_teleop.app.policyfile import check_place, facts_of, tell, write_policy
        from mereq_teleop.app.relearn import evaluation_of, kept_policy, read_sources, start_of
        from mereq_teleop.sessions.folder import default_root, find_session

        if self.out is not None:
            check_place(self.out)
        (source,) = read_sources([find_session(self.sessions or default_root(), self.session)])
        policy = kept_policy(source, self.version)
        recorded = source.recording.config
        facts = {**facts_of(policy), "session": source.name, "seed": recorded.seed, "started_utc": recorded.started_utc}
        if self.evaluation:
            facts["evaluation"] = evaluation_of(policy, start_of(source, None), source, self.preference)
        out = self.out or Path(f"{source.name}-policy{policy.version}.safetensors")
        write_policy(policy, facts, out)
        tell({**facts, "file": str(out)}, out, f"policy {policy.version} of session {source.name}", as_json=self.json)
        return 0
