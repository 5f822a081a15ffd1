"""The operator's window: the world, and a HUD that says who drives, what is learned and what is recorded."""

import os

# pygame greets on standard output when it is first imported, where an unattended run prints its results.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
