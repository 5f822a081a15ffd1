"""Align a policy by taking over when it does wrong (MEReQ, CoRL 2025, arXiv 2406.16258)."""

from importlib.metadata import version

__version__ = version("mereq-teleop")

__all__ = ["__version__"]
