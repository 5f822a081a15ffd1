"""The inverse-RL methods' constants."""

from collections.abc import Mapping

from mereq_teleop.agents.learner import Method, freedom_of
from mereq_teleop.agents.mereq import MereqConfig

__all__ = ["CONSTANTS", "CONTINUOUS"]

_FULL_REWARD = MereqConfig(
    eta=1.0, stride=2.0, freedom=freedom_of("maxent"), updates=100, sweeps=20, warm_up_sweeps=160
)

CONSTANTS: Mapping[Method, MereqConfig] = {
    "mereq": MereqConfig(),
    "mereq-np": MereqConfig(),
    "maxent": _FULL_REWARD,
    "maxent-ft": _FULL_REWARD,
}
"""By method."""

_ARM = MereqConfig(stride=0.15, ample=160, updates=50, sweeps=3, settling=40, warm_up_updates=1500)
CONTINUOUS: Mapping[Method, MereqConfig] = {**CONSTANTS, "mereq": _ARM, "mereq-np": _ARM}
"""The same where actions are continuous: an actor follows its critics with a lag."""
