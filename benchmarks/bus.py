"""What the bus costs: from a segment's offer to its ack, and from a policy's bytes to arrays. Prints one table.

Run it as `python benchmarks/bus.py`; the learner is the real one, and takes some seconds to start.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import zmq

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.agents.records import PolicyMaker, PolicySnapshot
from mereq_teleop.app.bus.actor_end import ActorEnd
from mereq_teleop.app.bus.addresses import BusAddress, private_address
from mereq_teleop.app.bus.messages import Hello, LearnerState, Snapshot, decode, encode
from mereq_teleop.app.bus.seam import Acked, BusEvent
from mereq_teleop.app.learning.process import learner_command
from mereq_teleop.app.learning.supervisor import LearnerSupervisor, spawn_learner
from mereq_teleop.envs.registry import card, make_batch
from mereq_teleop.sessions.records import Authority, Decision, Segment, Transition

SEGMENTS = 300
STEPS = 10
TASK = "highway"


def make_policy(stems: tuple[str, ...] = ("prior",)) -> PolicySnapshot:
    """A policy of the usual size with random weights."""
    random = np.random.default_rng(0)
    sizes = (51, 256, 256, len(card(TASK).actions))
    tensors = {"input.shift": np.zeros(51, np.float32), "input.scale": np.ones(51, np.float32)}
    for stem in stems:
        for i, (inputs, outputs) in enumerate(pairwise(sizes)):
            weight = random.standard_normal((inputs, outputs)) / np.sqrt(inputs)
            tensors[f"{stem}.{i}.weight"] = weight.astype(np.float32)
            tensors[f"{stem}.{i}.bias"] = np.zeros(outputs, np.float32)
    maker = PolicyMaker(task=TASK, method="none", gamma=0.9, alpha=0.1)
    return PolicySnapshot(1, "residual-dqn" if len(stems) > 1 else "dqn", maker, tensors)


def make_segment(episode: int, authority: Authority) -> Segment:
    """The first steps of an episode at random."""
    random = np.random.default_rng(episode)
    world = make_batch(TASK, 1)
    obs = world.reset(np.array([episode]))
    transitions: list[Transition] = []
    while len(transitions) < STEPS and not (transitions and transitions[-1].terminated):
        action = int(random.integers(len(card(TASK).actions)))
        next_obs, features, reward, terminated, truncated = world.step(np.array([action]))
        transitions.append(
            Transition(
                step=len(transitions),
                obs=tuple(obs.ravel().tolist()),
                decision=Decision(policy_action=action, human_action=action, authority=authority, executed=action),
                next_obs=tuple(next_obs.ravel().tolist()),
                features=tuple(features[0].tolist()),
                reward=float(reward[0]),
                terminated=bool(terminated[0]),
                truncated=bool(truncated[0]),
                policy_version=0,
            )
        )
        obs = next_obs
    return Segment(
        id=f"{episode}",
        round=0,
        episode=episode,
        seed=episode,
        start=0,
        stop=len(transitions),
        authority=authority,
        executed_before=(),
        transitions=tuple(transitions),
    )


class Loop:
    """An actor's loop that does nothing but poll."""

    def __init__(self, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(private_address())
        context: zmq.Context[zmq.Socket[bytes]] = stack.enter_context(zmq.Context())
        self.supervisor = LearnerSupervisor(
            lambda: spawn_learner(learner_command(address, folder), folder / "learner.log")
        )
        stack.callback(self.supervisor.stop)
        prior = make_policy().to_bytes()
        hello = Hello(
            card=card(TASK).digest(), session="bench", config=LearnerConfig(task=TASK), update="segment", prior=prior
        )
        self.actor = stack.enter_context(
            closing(ActorEnd(BusAddress.parse(address), hello, context=context, identity="bench"))
        )

    def until(self, done: Callable[[list[BusEvent]], bool]) -> float:
        """Poll until it is so; returns the seconds that took."""
        began = time.perf_counter()
        while True:
            now = time.monotonic()
            self.supervisor.watch(self.actor, now)
            if done(self.actor.poll(now)):
                return time.perf_counter() - began
            time.sleep(0.0001)

    def ack_ms(self, segments: list[Segment]) -> list[float]:
        """Milliseconds from each segment's offer to its ack."""
        times = []
        for segment in segments:
            self.actor.offer(segment)
            times.append(1000 * self.until(lambda events: any(isinstance(event, Acked) for event in events)))
        return times

    def wait_for(self, state: LearnerState) -> None:
        """Poll until the learner is in this state."""
        self.until(lambda events: self.actor.health(time.monotonic()).state is state)


def swap_us(policy: PolicySnapshot, repeats: int = 200) -> tuple[list[float], list[float]]:
    """Microseconds from a received frame to a checked policy, and for one SHA-256 of it."""
    frame = encode(Snapshot(policy=policy.to_bytes()))
    decoding, hashing = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        message = decode(frame)
        assert isinstance(message, Snapshot)
        PolicySnapshot.from_bytes(message.policy)
        decoded = time.perf_counter()
        hashlib.sha256(message.policy).hexdigest()
        decoding.append(1e6 * (decoded - began))
        hashing.append(1e6 * (time.perf_counter() - decoded))
    return decoding, hashing


def row(name: str, times: list[float], unit: str) -> None:
    """One line of the table."""
    median, slow = np.percentile(times, [50, 99])
    print(f"| {name:<46} | {median:9.2f} | {slow:9.2f} | {unit} |")


def main() -> None:
    """Print the table."""
    policies = [make_segment(i, Authority.POLICY) for i in range(SEGMENTS)]
    later = [make_segment(SEGMENTS + i, Authority.POLICY) for i in range(20)]
    first, human = (make_segment(2 * SEGMENTS + i, Authority.HUMAN) for i in range(2))
    with ExitStack() as stack:
        loop = Loop(stack)
        # The first update of all may compile: it is not measured.
        loop.actor.offer(first)
        loop.until(lambda events: loop.actor.settled())
        print(f"| {'what':<46} |       p50 |       p99 |    |\n|{'-' * 48}|{'-' * 11}|{'-' * 11}|----|")
        row("offer to ack, learner idle", loop.ack_ms(policies), "ms")
        loop.actor.offer(human)
        loop.wait_for(LearnerState.LEARNING)
        row("offer to ack, learner learning", loop.ack_ms(later), "ms")
        idle = []
        for _ in range(2000):
            began = time.perf_counter()
            loop.actor.poll(time.monotonic())
            idle.append(1e6 * (time.perf_counter() - began))
        row("poll with nothing to do", idle, "us")
    decoding, hashing = swap_us(make_policy(("prior", "residual")))
    row("swap: frame to checked arrays (2 x 51-256-256)", decoding, "us")
    row("swap: sha256 of them", hashing, "us")


if __name__ == "__main__":
    main()
