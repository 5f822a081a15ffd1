"""What a cell comes to, and what it is compared with: the records of a bench's folder."""

import msgspec

from mereq_teleop.agents.evaluate import Evaluation
from mereq_teleop.app.bench.plan import Cell, Pair
from mereq_teleop.sessions.records import Record

__all__ = ["CellResult", "Reference", "Stage", "end_rates", "rate_at_start"]


class Stage(Record):
    """One policy that a learner made."""

    round: int
    expert_samples: int
    """Human-controlled steps of the session when the policy was asked for."""
    observed_rate: float | None
    """Human-controlled steps / steps of the round that led to it."""
    rule_rate: float
    """Intervention rate by the rule on 4,000 fresh steps, without letting the expert act."""
    theta: dict[str, float] | None
    """Reward weights by feature; None for methods without a reward."""
    deviation: dict[str, float] | None
    """Standard deviation of each weight; None where the method has none."""
    update_s: float
    """What the update took."""
    updates: int
    """Gradient steps of the update."""
    evaluation: Evaluation | None
    """None for policies that drove for a part of a round only (`--update segment`)."""


class CellResult(Record):
    """One cell, done or failed."""

    cell: Cell
    start_rate: float | None = None
    """Intervention rate by the rule of the policy of the first step; None says the prior's."""
    stages: tuple[Stage, ...] = ()
    failure: str = ""
    """What was raised, in one line; empty for a cell that ran to its end."""
    seconds: dict[str, float] = msgspec.field(default_factory=dict)
    """What starting, driving, learning and evaluating took."""


class Reference(Record):
    """A preference's prior and expert: what every method is compared with."""

    pair: Pair
    termination: str
    """What it means that an episode ends early: crash, success or either."""
    theta: dict[str, float]
    """The true weights."""
    prior: Evaluation | None = None
    prior_rate: float | None = None
    """The prior's intervention rate by the rule on 4,000 fresh steps."""
    expert: Evaluation | None = None
    failure: str = ""


def end_rates(found: Evaluation) -> dict[str, float]:
    """Share of the episodes that ended early, by how: crash, success or both."""
    rates = {"crash": found.crash_rate, "success": found.success_rate}
    return {how: rate for how, rate in rates.items() if rate is not None}


def rate_at_start(result: CellResult, reference: Reference) -> float | None:
    """Intervention rate by the rule before anything was learned."""
    return reference.prior_rate if result.start_rate is None else result.start_rate
