"""Loads Box2D, which gymnasium's landers need."""

import warnings
from importlib import import_module

__all__ = ["load_engine"]


def load_engine() -> None:
    """Load Box2D, if it is there; if it is not, gymnasium says what to do."""
    with warnings.catch_warnings():
        # SWIG's types tell no module. Where that warning is an error, it kills the process.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import_module("Box2D")
        except ImportError:
            return
