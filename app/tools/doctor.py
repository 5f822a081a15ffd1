"""Check devices and machine, and set devices up."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from mereq_teleop.app.config import DEVICES
from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import TaskCard

__all__ = ["Doctor"]

MEASURED_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Check devices and machine for a task; watch, measure or configure a joystick or SpaceMouse.

    Raises:
        Usage: flags that do not go together, or a value out of range.
        EnvError: an environment that is not known.
    """

    which: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[DEVICE]")] = ""
    """What to watch, measure or configure: joystick, spacemouse, or a piece of a joystick's name; the first that is
    there by default (to configure, the first joystick and the SpaceMouse)."""
    env: str = "highway"
    """Task for which to check, watch and configure, by any key or gymnasium id."""
    device: Literal["auto", "keyboard", "joystick", "spacemouse", "simulated"] = "auto"
    """Whose hands the task shall be driven with: what they need must be there."""
    watch: bool = False
    """Show the device's axes and buttons live, raw and shaped, until Ctrl-C or for --seconds."""
    measure: bool = False
    """Measure the untouched device for --seconds: its drift, its noise and the dead zone that follows."""
    configure: bool = False
    """Write the device's mapping file: measure its dead zones, ask which axis and button shall mean what."""
    seconds: float | None = None
    """How long to watch (no end by default) or to measure (5 by default)."""
    yes: bool = False
    """With --configure: ask nothing; axes and buttons mean what is usual."""
    force: bool = False
    """With --configure: replace a mapping file that is there; what it was is kept beside it."""
    sessions: Path | None = None
    """Where sessions are kept; ~/.local/share/mereq-teleop/sessions by default."""
    json: bool = False
    """Print one JSON line instead of a table (checks, or what was measured)."""

    def __post_init__(self) -> None:
        card_of(self.env)
        tasks = [name for name in ("watch", "measure", "configure") if getattr(self, name)]
        if len(tasks) > 1:
            raise Usage(f"--{tasks[0]} and --{tasks[1]} are two things: ask for one")
        if self.which and not tasks:
            raise Usage(
                f"{self.which!r} goes with --watch, --measure or --configure; --device says what is checked for "
                f"({', '.join(DEVICES)})"
            )
        if (self.yes or self.force) and not self.configure:
            raise Usage(f"--{'yes' if self.yes else 'force'} goes with --configure")
        if self.seconds is not None and not 0.0 < self.seconds < float("inf"):
            raise Usage(f"--seconds is {self.seconds}: it must be above 0")
        if tasks and self.device in ("keyboard", "simulated"):
            raise Usage(f"--device {self.device} has no axes: leave it out, or take joystick or spacemouse")

    def run(self) -> int:
        """Print the checks (1 if something that is needed is missing), or do what was asked with the device."""
        # pygame greets on standard output, which is for results.
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        card = card_of(self.env)
        if self.watch:
            return self._watch(card)
        if self.measure:
            return self._measure(card)
        return self._configure(card) if self.configure else self._check(card)

    def _check(self, card: TaskCard) -> int:
        from mereq_teleop.app.doctor.check import Need, State
        from mereq_teleop.app.doctor.examine import examine
        from mereq_teleop.app.doctor.table import as_json, as_table, verdict
        from mereq_teleop.sessions.folder import default_root

        need = Need(env=self.env, card=card, device=self.device, sessions=self.sessions or default_root())
        if not self.json:
            print("looking at devices and machine, which takes some seconds ...", file=sys.stderr, flush=True)
        checks = examine(need)
        if self.json:
            print(as_json(checks, need))
        else:
            print(as_table(checks, shutil.get_terminal_size((110, 24)).columns))
            print(verdict(checks, need))
        return int(any(check.state is State.MISSING for check in checks))

    def _watch(self, card: TaskCard) -> int:
        from mereq_teleop.app.clock import SystemClock
        from mereq_teleop.app.doctor.attached import attached
        from mereq_teleop.app.doctor.watch import watch

        with attached(self._wanted, card) as device:
            watch(device, card, self.seconds, SystemClock())
        return 0

    def _measure(self, card: TaskCard) -> int:
        import msgspec

        from mereq_teleop.app.clock import SystemClock
        from mereq_teleop.app.doctor.attached import attached
        from mereq_teleop.app.doctor.rest import measure_rest, rest_lines

        seconds = self.seconds or MEASURED_S
        with attached(self._wanted, card, lenient=True) as device:
            name = device.source.describe()
            print(f"measuring {name} for {seconds:g} s: leave it untouched", file=sys.stderr, flush=True)
            found = measure_rest(device.source, seconds, SystemClock())
        if self.json:
            axes = {axis: {"drift": r.drift, "noise": r.noise, "dead_zone": r.dead_zone} for axis, r in found.items()}
            print(msgspec.json.encode({"device": name, "seconds": seconds, "axes": axes}).decode())
        else:
            print("\n".join(rest_lines(found)))
        return 0

    def _configure(self, card: TaskCard) -> int:
        from mereq_teleop.app.clock import SystemClock
        from mereq_teleop.app.doctor.attached import attached, kinds_there
        from mereq_teleop.app.doctor.configure import configure, may_write

        ask: Callable[[str], str] | None = None if self.yes else input
        if ask is not None and not sys.stdin.isatty():
            raise Usage("--configure asks questions: run it in a terminal, or add --yes to have what is usual")
        # Where nothing can be opened, opening anything says why.
        for wanted in (self._wanted,) if self._wanted else kinds_there(card) or ("",):
            with attached(wanted, card, lenient=True) as device:
                if may_write(device.kind, force=self.force, ask=ask):
                    configure(device, card, self.seconds or MEASURED_S, SystemClock(), ask=ask)
                else:
                    print(f"the mapping file of {device.source.describe()} stays as it is")
        return 0

    @property
    def _wanted(self) -> str:
        """The device to open; anything that is there if empty."""
        return self.which or self.device.replace("auto", "")
