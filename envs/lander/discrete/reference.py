"""The reference environment is gymnasium's own, registered by gymnasium itself."""

from mereq_teleop.envs.lander.engine import load_engine

__all__: list[str] = []

load_engine()
