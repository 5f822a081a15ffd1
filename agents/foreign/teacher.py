"""A user's Python policy, asked about observations: what it decides, as a distribution.

What gives actions alone gets a stated spread, since pi0 needs a log everywhere: a named action has probability GREEDY,
the others share the rest; a vector is the mean of a normal distribution whose standard deviation is SPREAD of each
axis's range.
"""

import importlib
import inspect
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32, Float64

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.envs.errors import BadTask
from mereq_teleop.envs.own.find import attribute_of, blamed

__all__ = ["GREEDY", "SPREAD", "Teacher"]

GREEDY: Final = 0.9
SPREAD: Final = 0.05


class Teacher:
    """What `module:attribute` decides: a function of one observation, or an object with stable-baselines3's predict.

    The function gives an action; or, of named actions, the probability of each; or, of a vector, (mean, std).

    Raises:
        BadPolicy: it cannot be imported, or is no such thing.
    """

    def __init__(self, reference: str, card: TaskCard) -> None:
        self.reference = reference
        self.card = card
        try:
            self._policy = attribute_of(reference)
        except BadTask as error:
            raise BadPolicy(str(error)) from error
        self._predicts = hasattr(self._policy, "predict")
        if isinstance(self._policy, type) or not (self._predicts or callable(self._policy)):
            what = "a class" if isinstance(self._policy, type) else f"a {type(self._policy).__name__}"
            raise BadPolicy(f"{reference} is {what}: wanted a function of an observation, or an object with predict")
        self._low = np.array([axis.low for axis in card.axes])
        self._high = np.array([axis.high for axis in card.axes])

    @property
    def source(self) -> bytes:
        """Content of the file that it is imported from."""
        file = inspect.getsourcefile(importlib.import_module(self.reference.partition(":")[0]))
        return Path(file).read_bytes() if file and Path(file).is_file() else b""

    def decide(self, obs: Float32[np.ndarray, "n ..."]) -> Float64[np.ndarray, "n k"]:
        """Probabilities (n, u) of named actions; else means and standard deviations (n, 2 d), in environment units.

        Raises:
            BadPolicy: it raised an error, or gave something that is no decision.
        """
        if self._predicts:
            given = self._asked(lambda: self._policy.predict(obs, deterministic=True)[0])
            rows = list(given) if len(np.shape(given)) else [given]
            if len(rows) != len(obs):
                raise BadPolicy(f"predict of {self.reference} gave {len(rows)} actions for {len(obs)} observations")
        else:
            rows = [self._asked(lambda seen=seen: self._policy(seen.copy())) for seen in obs]
        read = self._probabilities if self.card.discrete else self._gaussian
        return np.array([read(row) for row in rows], np.float64)

    def act(self, obs: Float32[np.ndarray, "n ..."]) -> np.ndarray:
        """Its most probable actions (n,), or its means (n, d).

        Raises:
            BadPolicy: as for `decide`.
        """
        decided = self.decide(obs)
        return decided.argmax(axis=1) if self.card.discrete else decided[:, : len(self.card.axes)]

    def _asked(self, ask: Any) -> Any:
        try:
            return ask()
        except Exception as error:  # A user's own code.
            raise BadPolicy(
                f"{self.reference} failed on an observation of {self.card.name}: {blamed(error)}"
            ) from error

    def _probabilities(self, given: Any) -> Float64[np.ndarray, " u"]:
        count = len(self.card.actions)
        numbers = self._numbers(given)
        if numbers.size == 1 and float(numbers[0]).is_integer() and 0 <= numbers[0] < count:
            spread = np.full(count, (1 - GREEDY) / (count - 1))
            spread[int(numbers[0])] = GREEDY
            return spread
        if numbers.size == count and (numbers >= 0).all() and abs(numbers.sum() - 1) < 1e-3:
            shares: Float64[np.ndarray, " u"] = numbers / numbers.sum()
            return shares
        raise self._rubbish(given, f"an action 0..{count - 1}, or {count} probabilities that add up to 1")

    def _gaussian(self, given: Any) -> Float64[np.ndarray, " k"]:
        axes = len(self.card.axes)
        wanted = f"{axes} numbers, or (mean, std) of {axes} each with std > 0"
        if isinstance(given, tuple) and len(given) == 2 and (axes == 1 or np.ndim(given[0])):
            mean, std = self._numbers(given[0]), self._numbers(given[1])
            if mean.size != axes or std.size != axes or not (std > 0).all():
                raise self._rubbish(given, wanted)
        else:
            mean, std = self._numbers(given), SPREAD * (self._high - self._low)
            if mean.size != axes:
                raise self._rubbish(given, wanted)
        return np.concatenate([np.clip(mean, self._low, self._high), std])

    def _numbers(self, given: Any) -> Float64[np.ndarray, " n"]:
        try:
            numbers = np.asarray(given, np.float64).ravel()
        except (TypeError, ValueError):
            raise self._rubbish(given, "numbers") from None
        if not np.isfinite(numbers).all():
            raise self._rubbish(given, "finite numbers")
        return numbers

    def _rubbish(self, given: Any, wanted: str) -> BadPolicy:
        came = " ".join(repr(given).split())[:80]
        return BadPolicy(f"{self.reference} decides {came} in {self.card.name}: wanted {wanted}")
