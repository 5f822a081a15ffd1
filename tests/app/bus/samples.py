"""Messages and records to test with."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from mereq_teleop.agents.learner import METHODS, LearnerConfig
from mereq_teleop.agents.records import LearnerReport, PolicyMaker, PolicySnapshot, RewardWeights
from mereq_teleop.app.bus import messages
from mereq_teleop.sessions.records import Authority, Decision, Segment, Transition


def make_segment(
    id_: str, *, human: bool = True, start: int = 0, steps: int = 2, round_: int = 0, seed: int = 0
) -> Segment:
    """A segment of `steps` steps from `start`."""
    authority = Authority.HUMAN if human else Authority.POLICY
    decision = Decision(policy_action=1, human_action=1 if human else None, authority=authority, executed=1)
    return Segment(
        id=id_,
        round=round_,
        episode=0,
        seed=seed,
        start=start,
        stop=start + steps,
        authority=authority,
        executed_before=(1,) * start,
        transitions=tuple(
            Transition(
                step=step,
                obs=(0.0, 1.0),
                decision=decision,
                next_obs=(1.0, 0.5),
                features=(0.0, 0.5, 1.0),
                reward=1.0,
                terminated=False,
                truncated=False,
                policy_version=0,
            )
            for step in range(start, start + steps)
        ),
    )


def make_policy(version: int = 0, cause: str = "", fill: float = 0.0) -> PolicySnapshot:
    """A small policy."""
    maker = PolicyMaker(task="toy", method="mereq", gamma=0.9, alpha=0.1, cause=cause)
    names = ("input.shift", "input.scale", "prior.0.weight")
    return PolicySnapshot(version, "dqn", maker, {name: np.full(3, fill, np.float32) for name in names})


def make_report(version: int, cause: str = "") -> LearnerReport:
    """A report of nothing."""
    return LearnerReport(
        cause=cause,
        round=0,
        policy_version=version,
        weights=None,
        feature_gap=(),
        loss=0.0,
        inner_steps=0,
        updates=0,
        intervention_rate=0.0,
        seconds=0.0,
    )


def make_hello(**changes: Any) -> messages.Hello:
    """What an actor says first."""
    fields: dict[str, Any] = {
        "card": "card-of-toy",
        "session": "test",
        "config": LearnerConfig(task="toy"),
        "update": "segment",
        "prior": make_policy().to_bytes(),
    }
    return messages.Hello(**fields | changes)


finite = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 2**62)
names = st.text(min_size=1, max_size=20)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """Any segment."""
    authority = draw(st.sampled_from([Authority.HUMAN, Authority.POLICY, Authority.SAFE]))
    start, width = draw(st.integers(0, 5)), draw(st.integers(1, 4))
    actions = st.integers(0, 4) | st.tuples(finite, finite)
    vectors = st.lists(finite, min_size=width, max_size=width).map(tuple)

    def transition(step: int) -> Transition:
        human, wanted, safe = draw(actions), draw(actions), draw(actions)
        executed = {Authority.HUMAN: human, Authority.POLICY: wanted}.get(authority, safe)
        return Transition(
            step=step,
            obs=draw(vectors),
            decision=Decision(policy_action=wanted, human_action=human, authority=authority, executed=executed),
            next_obs=draw(vectors),
            features=draw(vectors),
            reward=draw(finite),
            terminated=draw(st.booleans()),
            truncated=draw(st.booleans()),
            policy_version=draw(counts),
        )

    stop = start + draw(st.integers(1, 4))
    return Segment(
        id=draw(names),
        round=draw(counts),
        episode=draw(counts),
        seed=draw(counts),
        start=start,
        stop=stop,
        authority=authority,
        executed_before=tuple(draw(actions) for _ in range(start)),
        transitions=tuple(transition(step) for step in range(start, stop)),
    )


configs = st.builds(LearnerConfig, task=names, method=st.sampled_from(METHODS), seed=counts)
weights = st.builds(
    lambda theta, round_: RewardWeights(
        theta=tuple(theta), feature_names=tuple(f"f{i}" for i in range(len(theta))), round=round_
    ),
    st.lists(finite, max_size=4),
    counts,
)
reports = st.builds(
    LearnerReport,
    cause=names,
    round=counts,
    policy_version=counts,
    weights=st.none() | weights,
    feature_gap=st.lists(finite, max_size=4).map(tuple),
    loss=finite,
    inner_steps=counts,
    updates=counts,
    intervention_rate=finite,
    seconds=finite,
)
wire = st.one_of(
    st.builds(
        messages.Hello,
        protocol=counts,
        card=names,
        session=ids,
        config=configs,
        update=st.sampled_from(["segment", "round"]),
        prior=st.binary(max_size=50),
        last_version=counts,
        oldest=counts,
    ),
    st.builds(messages.Welcome, instance=names, accepted=st.booleans(), reason=st.text(), stored=counts),
    st.builds(messages.NewSegment, seq=counts, segment=segments()),
    st.builds(messages.Retract, seq=counts, segment_id=names),
    st.builds(messages.RoundEnd, seq=counts, round=counts),
    st.builds(messages.Ack, seq=counts),
    st.builds(messages.SnapshotRequest),
    st.builds(messages.Snapshot, policy=st.binary(max_size=50)),
    st.builds(messages.Report, report=reports),
    st.builds(
        messages.Heartbeat,
        instance=names,
        state=st.sampled_from(messages.LearnerState),
        detail=st.text(max_size=20),
        served=counts,
        version=counts,
    ),
    st.builds(messages.Goodbye),
)
"""Any message of the wire."""
