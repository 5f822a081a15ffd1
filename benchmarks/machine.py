"""The machine's load, printed above every table: a number without it says little."""

import os

__all__ = ["load"]


def load() -> str:
    """Cores, and the load average of the last minute."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
