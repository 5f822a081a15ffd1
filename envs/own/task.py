"""What a user writes to bring a task of their own: a subclass of `Task`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mereq_teleop.envs.card import Axis, Feature, Preference

if TYPE_CHECKING:
    import gymnasium

    from mereq_teleop.envs.batch import AnyBatch
    from mereq_teleop.envs.gymnasium_world import Moment

__all__ = ["Task"]


class Task:
    """A task of a user's own: `env`, or `make`, is all that it must say (docs/bring-your-own-task.md).

    Its environment is observed as a Box, takes Discrete or Box actions, and is deterministic: the same seed and the
    same actions always lead to the same observations.
    """

    env: ClassVar[str] = ""
    """Gymnasium id of the environment."""
    title: ClassVar[str] = ""
    """What there is to do, in a few words; the first line of the class's docstring by default."""
    actions: ClassVar[Sequence[str]] = ()
    """Names of Discrete actions, all of them; action_0, action_1, ... by default."""
    axes: ClassVar[Sequence[str | Axis]] = ()
    """Names of the components of a Box action, or whole axes; axis_0, ... with the space's limits by default."""
    observations: ClassVar[Sequence[str]] = ()
    """Names of the components of an observation, flattened; observation_0, ... by default."""
    features: ClassVar[Sequence[Feature]] = ()
    """What `measure` gives; by default the components of observation and action."""
    keys: ClassVar[Mapping[str, str | int | float | Sequence[float]]] = {}
    """Action of each driving key, by pygame's key names: an action's name or index; a number or a vector. By default
    arrows where names or their count suggest them, else digits."""
    neutral: ClassVar[str | int | float | Sequence[float] | None] = None
    """What is done in control with no key pressed; by default the action that is called none, idle, ..., of three the
    middle one, else the first; of a Box what is nearest to 0."""
    rate_hz: ClassVar[float] = 10.0
    """Control steps a second that a person drives at."""
    horizon: ClassVar[int | None] = None
    """Control steps until truncation; by default the environment's own, or 1000."""
    round_steps: ClassVar[int] = 100
    """Control steps of a round."""
    termination: ClassVar[Literal["crash", "success", "either"]] = "crash"
    """What it means that an episode ends before its horizon; either of them is told by `crash_feature`."""
    crash_feature: ClassVar[str] = ""
    """Name of the feature that is above 0 at an end that is a crash."""
    preferences: ClassVar[Sequence[Preference]] = ()
    """What simulated experts want. One whose `expert` is empty is `expert`'s; else it is a policy's file, beside this
    one."""
    prior: ClassVar[str] = ""
    """Policy to start from: a file beside this one, or module:attribute; without one `--prior` must say it."""
    alpha: ClassVar[float] = 0.05
    """Entropy temperature, in units of reward, of a prior whose file does not say it."""

    def make(self, render_mode: str | None) -> "gymnasium.Env[Any, Any]":
        """The environment; with `rgb_array` one that draws, if it can."""
        from mereq_teleop.envs.gymnasium_world import made

        return made(self.env, render_mode)

    def measure(self, moment: "Moment") -> Sequence[float]:
        """The features after a step, in the order of `features`: of `moment.after`, `moment.action`, `moment.info`."""
        raise NotImplementedError

    def expert(self, obs: Any, preference: str) -> Any:
        """What who has this preference would do: an action, or None where any action will do."""
        raise NotImplementedError

    def batch(self, n: int) -> "AnyBatch | None":
        """A batched simulator of n worlds; None steps n of gymnasium's environments one after the other."""
        return None
