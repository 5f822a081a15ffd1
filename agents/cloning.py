"""Behaviour cloning from interventions: HG-DAgger (arXiv 1810.02890) and intervention weighted regression (2012.06733).

Both fine-tune the prior's weights by the negative log-likelihood of what was done; there is no reward, and nothing that
knows what follows from an action.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from mereq_teleop.agents.gaussian import EDGE, GaussianPolicy
from mereq_teleop.agents.learner import LearnerConfig, Rest, State
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.records import LearnerReport, PolicyMaker, PolicySnapshot
from mereq_teleop.agents.rounds import Rounds
from mereq_teleop.agents.soft_actor_critic import actor_of
from mereq_teleop.agents.soft_q import SoftQ, SoftQConfig, network_like
from mereq_teleop.sessions.records import AnySegment, Authority

__all__ = [
    "Cloning",
    "CloningConfig",
    "Examples",
    "Memory",
    "Pupil",
    "Steps",
    "continuous_pupil",
    "discrete_pupil",
    "steps_of",
]


@dataclass(frozen=True, kw_only=True)
class CloningConfig:
    """Constants of the fit (docs/methods.md says how they were chosen)."""

    passes: float = 256.0
    """Gradient steps take each of the human's steps so often, on average: few examples must not move the prior far."""
    most_updates: int = 1000
    """At most so many gradient steps an update."""
    batch: int = 64
    """Steps drawn for a gradient step, with replacement."""
    learning_rate: float = 3e-4
    """Adam's step size."""


Steps = tuple[Float32[np.ndarray, "n k"], np.ndarray]
"""Observations and executed actions of n steps."""


@dataclass(frozen=True)
class Examples:
    """Steps to imitate, the human's first, and how often each is drawn."""

    seen: Float32[np.ndarray, "n k"]
    """The flat observation before each step."""
    actions: np.ndarray
    """What was executed: (n,) or (n, axes)."""
    share: Float64[np.ndarray, " n"]
    by_hand: int
    """How many of them are the human's."""

    def observations(self, shape: tuple[int, ...]) -> Float32[np.ndarray, "n ..."]:
        """What was seen before each step, in the task's own shape."""
        return self.seen.reshape(-1, *shape)


class Memory:
    """The steps of a session as arrays: every update imitates all of them, and segments read theirs from a disk."""

    def __init__(self) -> None:
        self._known: dict[str, Steps] = {}

    def examples(self, segments: Sequence[AnySegment], *, let_pass: bool) -> Examples:
        """The human's steps; with `let_pass` those too that the human let pass, both classes of equal mass (IWR)."""
        classes = (Authority.HUMAN, Authority.POLICY) if let_pass else (Authority.HUMAN,)
        wanted = [segment for segment in segments if segment.authority in classes]
        self._known = {segment.id: self._known.get(segment.id) or steps_of(segment) for segment in wanted}
        taken = [[self._known[s.id] for s in wanted if s.authority is authority] for authority in classes]
        counts = [sum(len(actions) for _, actions in steps) for steps in taken]
        present = sum(count > 0 for count in counts)
        share = [np.full(count, 1 / (present * count)) for count in counts if count]
        columns = [np.concatenate(parts) for parts in zip(*(steps for of in taken for steps in of), strict=True)]
        if not columns:
            return Examples(np.empty((0, 0), np.float32), np.empty(0), np.empty(0), 0)
        return Examples(columns[0], columns[1], np.concatenate(share), counts[0])


def steps_of(segment: AnySegment) -> Steps:
    """What was seen and what was executed at each step of a segment."""
    transitions = segment.transitions
    seen = np.array([step.obs for step in transitions], np.float32)
    return seen, np.array([step.decision.executed for step in transitions])


@dataclass(frozen=True)
class Pupil:
    """A policy's network with the prior's weights, and the log-likelihood of rows of the examples."""

    parameters: list[Tensor]
    log_likelihood: Callable[[Tensor], Float32[Tensor, " n"]]
    tensors: Callable[[], dict[str, np.ndarray]]


def discrete_pupil(prior: Policy, examples: Examples) -> Pupil:
    """log pi(u|x) = log softmax(Q(x, .) / alpha) at u."""
    layers, alpha = prior.snapshot.layers("prior"), prior.snapshot.maker.alpha
    q_config = SoftQConfig(hidden=(), gamma=prior.snapshot.maker.gamma, alpha=alpha)
    q = SoftQ(q_config, network_like(layers, torch.Generator()))
    q.load(layers)
    inputs = torch.from_numpy(prior.normalised(examples.observations(prior.card.observation_shape)))
    actions = torch.from_numpy(examples.actions)[:, None]

    def log_likelihood(rows: Tensor) -> Tensor:
        return torch.log_softmax(q.net(inputs[rows]) / alpha, dim=1).gather(1, actions[rows])[:, 0]

    return Pupil(list(q.net.parameters()), log_likelihood, lambda: q.tensors("prior"))


def continuous_pupil(prior: GaussianPolicy, examples: Examples) -> Pupil:
    """log density of the normalised action, clipped away from the edge, where it would be infinite."""
    actor = actor_of(prior.snapshot.layers("actor"))
    inputs = torch.from_numpy(prior.normalised(examples.observations(prior.card.observation_shape)))
    inside = np.clip(prior.normalised_action(examples.actions), EDGE - 1, 1 - EDGE)
    z = torch.from_numpy(np.arctanh(inside).astype(np.float32))
    return Pupil(list(actor.parameters()), lambda rows: actor.log_prob(inputs[rows], z[rows]), actor.tensors)


class Cloning:
    """HG-DAgger (`hg-dagger-ft`) and IWR (`iwr-ft`), fine-tuning the prior.

    Every update begins with the prior's weights and imitates all that the session holds, so that what was taken back
    was never learned.
    """

    def __init__(
        self, config: LearnerConfig, prior: Policy | GaussianPolicy, constants: CloningConfig | None = None
    ) -> None:
        self.config = config
        self.constants = constants or CloningConfig()
        self.prior = prior
        self.rounds = Rounds()
        self.updates = 0
        self._memory = Memory()
        self._tensors = dict(prior.snapshot.tensors)

    def learn(
        self, segments: Sequence[AnySegment], *, cause: str, pulse: Callable[[], None] = lambda: None
    ) -> LearnerReport:
        """Imitate the steps of all rounds; without a step of the human's the prior is all there is."""
        began = time.monotonic()
        lesson = self.rounds.lessons(segments, cause)[-1]
        self._tensors = dict(self.prior.snapshot.tensors)
        losses = self._imitate(self._memory.examples(segments, let_pass=self.config.method == "iwr-ft"), pulse)
        self.updates += len(losses)
        return lesson.report(began, weights=None, losses=losses, updates=len(losses))

    def _imitate(self, examples: Examples, pulse: Callable[[], None]) -> list[float]:
        """Fit the prior's weights to the examples; the loss of each gradient step."""
        constants, random = self.constants, np.random.default_rng(self.config.seed)
        if not examples.by_hand:
            return []
        updates = min(constants.most_updates, math.ceil(constants.passes * examples.by_hand / constants.batch))
        if isinstance(self.prior, GaussianPolicy):
            pupil = continuous_pupil(self.prior, examples)
        else:
            pupil = discrete_pupil(self.prior, examples)
        adam = torch.optim.Adam(pupil.parameters, lr=constants.learning_rate, fused=True)
        losses = []
        for update in range(updates):
            rows = random.choice(len(examples.share), constants.batch, p=examples.share)
            loss = -pupil.log_likelihood(torch.from_numpy(rows)).mean()
            adam.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
            losses.append(float(loss.detach()))
            if update % 10 == 9:
                pulse()
        self._tensors |= pupil.tensors()
        return losses

    def rest(self) -> Rest:
        """Nothing to do: an update finishes what it begins."""
        return Rest(busy=False)

    def snapshot(self, version: int) -> PolicySnapshot:
        """The policy as it stands."""
        prior = self.prior.snapshot
        maker = {
            "task": prior.maker.task,
            "gamma": prior.maker.gamma,
            "alpha": prior.maker.alpha,
            "updates": self.updates,
            **self.rounds.maker(self.config.method, None),
        }
        return PolicySnapshot(version, prior.kind, PolicyMaker(**maker), self._tensors)  # type: ignore[arg-type]

    def state(self) -> State:
        """The network and what it was made from."""
        tensors = {f"policy.{name}": array.copy() for name, array in self._tensors.items()}
        return {"updates": np.array(self.updates), **self.rounds.state(), **tensors}

    def restore(self, state: State) -> None:
        """Go on from a state that `state` gave, with the same bits."""
        self.updates = int(state["updates"])
        self.rounds.restore(state)
        self._tensors = {name: state[f"policy.{name}"].copy() for name in self._tensors}
