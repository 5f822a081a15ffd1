"""What the human's actions say of theta: where it probably is, and how sure one can be of each weight."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from mereq_teleop.agents.densities import ActionDensity, Columns
from mereq_teleop.agents.irl import bounds
from mereq_teleop.sessions.records import AnySegment, Authority

__all__ = ["ActionLikelihood", "LikelihoodConfig", "Posterior"]


LONGEST_STEP, SHORTEST_STEP = 0.3, 1e-3
"""Of the search, in features' reach."""
ROWS = 8192
"""Steps times thetas that are looked at together: what an update takes in memory does not grow with the session."""


@dataclass(frozen=True, kw_only=True)
class LikelihoodConfig:
    """What is assumed of the human before anything was seen (docs/decisions/0006-instant-learner.md)."""

    slip: float = 0.05
    """Chance that an action of the human says nothing: nobody's hand is perfect."""
    tempering: float = 0.3
    """Power of the likelihood: the steps of one correction are not independent, and nobody is quite the soft-optimal
    driver that the likelihood takes the human for."""
    spread: float = 0.5
    """Standard deviation of each weight before any action was seen, in its feature's reach."""
    cloud: int = 256
    """Thetas at which the search may start."""
    newton_steps: int = 12
    """At most so many steps from a start."""
    most_steps: int = 2048
    """The human's steps that the search looks at. Of more, the later half are the last ones, and the earlier half are
    spread evenly over all before those and count for them: an update takes no longer in a long session."""


@dataclass(frozen=True)
class Posterior:
    """A Gaussian (Laplace's approximation) around the most probable theta."""

    mode: Float64[np.ndarray, " f"]
    precision: Float64[np.ndarray, "f f"]
    """Inverse of the covariance."""
    height: float
    """Log density at the mode, up to a constant."""

    def state(self) -> dict[str, np.ndarray]:
        """As arrays; `of` is the way back."""
        return {"mode": self.mode, "precision": self.precision, "height": np.array(self.height)}

    @classmethod
    def of(cls, state: Mapping[str, np.ndarray]) -> "Posterior":
        """From what `state` gave."""
        return cls(np.array(state["mode"]), np.array(state["precision"]), float(state["height"]))

    @property
    def deviation(self) -> Float64[np.ndarray, " f"]:
        """Standard deviation of each weight, whatever the others are."""
        sigma: Float64[np.ndarray, " f"] = np.sqrt(np.diag(np.linalg.inv(self.precision)))
        return sigma


@dataclass(frozen=True)
class _Evidence:
    """n steps of the human."""

    columns: Columns
    """Of n rows."""
    at_cloud: Float32[Tensor, " c"]
    """Their log-likelihood at each theta of the cloud."""


class ActionLikelihood:
    """log p(the human's actions | theta) under the conditioned policy, and the posterior that follows from it.

    p(u|x, theta) = (1 - slip) pi_hat(u|x; theta) + slip times the uniform density, to the power `tempering`, times a
    Gaussian around zero: Bayesian inverse RL (Ramachandran and Amir 2007) on the residual. Thetas are scaled by their
    features' reach inside.
    """

    def __init__(self, density: ActionDensity, config: LikelihoodConfig | None = None) -> None:
        self.config = config or LikelihoodConfig()
        self._density = density
        low, high = bounds(density.card)
        self._reach = torch.tensor([feature.reach for feature in density.card.features], dtype=torch.float32)
        self._low, self._high = (torch.from_numpy(end.astype(np.float32)) / self._reach for end in (low, high))
        drawn = np.random.default_rng(0).normal(0, self.config.spread, (self.config.cloud, len(low)))
        self._cloud = self._boxed(torch.from_numpy(drawn.astype(np.float32)))
        self._seen: dict[str, _Evidence] = {}

    def posterior(self, segments: Sequence[AnySegment], start: Float64[np.ndarray, " f"]) -> Posterior:
        """From all human segments; the search begins at `start` and at the cloud's best, and keeps the better end."""
        human = [segment for segment in segments if segment.authority is Authority.HUMAN]
        self._seen = {segment.id: self._seen.get(segment.id) or self._look(segment) for segment in human}
        seen = list(self._seen.values())
        if not seen:
            zero = torch.zeros_like(self._reach)
            return self._laplace(zero, 0.0, torch.eye(len(zero)) / self.config.spread**2)
        of_cloud = self._log_prior(self._cloud) + self.config.tempering * sum(one.at_cloud for one in seen)
        starts = (torch.from_numpy(start.astype(np.float32)) / self._reach, self._cloud[int(of_cloud.argmax())])
        counted = self._counted(seen)
        return max((self._climb(begin, counted) for begin in starts), key=lambda found: found.height)

    def _counted(self, seen: Sequence[_Evidence]) -> Columns:
        """The steps that the search looks at; the last column says how many each of them counts for."""
        columns = tuple(torch.cat(parts) for parts in zip(*(one.columns for one in seen), strict=True))
        steps, late = len(columns[0]), self.config.most_steps // 2
        if steps <= self.config.most_steps:
            return *columns, torch.ones(steps)
        early = steps - late
        spread = torch.linspace(0, early - 1, self.config.most_steps - late).round().long()
        rows = torch.cat((spread, torch.arange(early, steps)))
        weights = torch.cat((torch.full((len(spread),), early / len(spread)), torch.ones(late)))
        return *(column[rows] for column in columns), weights

    def _look(self, segment: AnySegment) -> _Evidence:
        columns = self._density.look(segment)
        weighed = (*columns, torch.ones(len(columns[0])))
        with torch.no_grad():
            told = [self._log_likelihood(self._cloud, block) for block in _blocks(weighed, len(self._cloud))]
        return _Evidence(columns, torch.stack(told).sum(dim=0))

    def _boxed(self, thetas: Float32[Tensor, "m f"]) -> Float32[Tensor, "m f"]:
        return torch.clamp(thetas, self._low, self._high)

    def _log_prior(self, thetas: Float32[Tensor, "m f"]) -> Float32[Tensor, " m"]:
        return -0.5 * (thetas / self.config.spread).square().sum(dim=1)

    def _log_likelihood(self, thetas: Float32[Tensor, "m f"], columns: Columns) -> Float32[Tensor, " m"]:
        """sum_n w_n log p(u_n|x_n, theta) at each theta; the weights w are the last column."""
        told, slip = self._density.log_prob(thetas * self._reach, columns[:-1]), self.config.slip
        return (columns[-1] * torch.log((1 - slip) * told.exp() + slip * self._density.uniform)).sum(dim=1)

    def _climb(self, theta: Float32[Tensor, " f"], columns: Columns, probe: float = 0.05) -> Posterior:
        """Damped Newton ascent on the log posterior; the Hessian by central differences of the gradient."""
        size = len(theta)

        def parts(thetas: Float32[Tensor, "m f"]) -> Iterator[Float32[Tensor, " m"]]:
            """What adds up to the height: the prior with the first block of steps, then the other blocks."""
            prior = self._log_prior(thetas)
            for block in _blocks(columns, len(thetas)):
                yield prior + self.config.tempering * self._log_likelihood(thetas, block)
                prior = torch.zeros_like(prior)

        offsets = probe * torch.cat([torch.zeros(1, size), torch.eye(size), -torch.eye(size)])
        lengths = torch.tensor([1.0, 0.5, 0.25, 0.1, 0.02])[:, None]
        for left in reversed(range(self.config.newton_steps)):
            around = (theta + offsets).requires_grad_()
            here, gradients = 0.0, torch.zeros_like(around)
            for heights in parts(around):
                # Block by block: what the gradient needs of one is gone before the next.
                gradients = gradients + torch.autograd.grad(heights.sum(), around)[0]
                here += float(heights[0].detach())
            gradient = gradients[0]
            falling = (gradients[1 + size :] - gradients[1 : 1 + size]) / (2 * probe)
            precision = self._at_least_the_prior((falling + falling.T) / 2)
            # A weight at its bound that would leave the box stays; the others move as if it were known.
            free = ~((theta <= self._low) & (gradient < 0) | (theta >= self._high) & (gradient > 0))
            step = torch.zeros(size)
            step[free] = torch.linalg.solve(precision[free][:, free], gradient[free])
            step = step * min(1.0, LONGEST_STEP / max(float(step.norm()), 1e-9))
            ways = self._boxed(theta + lengths * step)
            with torch.no_grad():
                reached = torch.stack(list(parts(ways))).sum(dim=0)
            best = int(reached.argmax())
            if not left or float(reached[best]) <= here or float((ways[best] - theta).norm()) < SHORTEST_STEP:
                break
            theta = ways[best]
        return self._laplace(theta, here, precision)

    def _at_least_the_prior(self, precision: Float32[Tensor, "f f"]) -> Float32[Tensor, "f f"]:
        """The prior alone curves this much: where the likelihood is not concave, it is all that counts."""
        values, vectors = torch.linalg.eigh(precision)
        at_least: Float32[Tensor, "f f"] = vectors @ torch.diag(values.clamp(min=self.config.spread**-2)) @ vectors.T
        return at_least

    def _laplace(self, theta: Float32[Tensor, " f"], height: float, precision: Float32[Tensor, "f f"]) -> Posterior:
        """Back in theta's own units."""
        reach = self._reach.double().numpy()
        return Posterior(theta.double().numpy() * reach, precision.double().numpy() / np.outer(reach, reach), height)


def _blocks(columns: Columns, thetas: int) -> Iterator[Columns]:
    """Rows of the columns, as many at a time as may be looked at with so many thetas."""
    return zip(*(torch.split(column, max(1, ROWS // thetas)) for column in columns), strict=True)
