"""A device's axes and buttons, live in the terminal."""

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from mereq_teleop.app.clock import Clock, RateKeeper
from mereq_teleop.app.doctor.attached import Attached
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.errors import DeviceLost, TeleopError
from mereq_teleop.teleop.mapping import Pull, mapping_path, pulls_of
from mereq_teleop.teleop.shaping import shaped
from mereq_teleop.teleop.source import Reading

__all__ = ["picture", "watch"]

_RATE_HZ, _PLAIN_RATE_HZ = 20.0, 1.0
_RETRY_S = 1.0
_HALF = 12
"""Characters of a bar on either side of its middle."""
_UP, _CLEAR = "\x1b[{}A", "\x1b[K"


def watch(device: Attached, card: TaskCard, seconds: float | None, clock: Clock, out: TextIO | None = None) -> None:
    """Show the device until `seconds` are over or Ctrl-C; one that is unplugged is waited for.

    On a terminal the picture is drawn anew 20 times a second, elsewhere one follows the other each second.

    Raises:
        BadMapping: its mapping does not fit its axes.
    """
    out = out or sys.stdout
    live = out.isatty()
    keeper = RateKeeper(clock, _RATE_HZ if live else _PLAIN_RATE_HZ)
    pulls = pulls_of(device.mapping, card, device.source.read().axes, mapping_path(device.kind))
    end_s, again_s, shown = clock.monotonic() + (seconds or float("inf")), 0.0, 0
    pressed: list[str] = []
    now_s = clock.monotonic()
    try:
        while now_s < end_s:
            try:
                reading = device.source.read()
                pressed = [*pressed, *reading.tapped][-4:]
                lines = picture(device, reading, pulls, pressed)
            except DeviceLost as lost:
                lines = [f"{lost}; waiting for it (Ctrl-C ends)"]
                if now_s >= again_s:
                    again_s = now_s + _RETRY_S
                    _look_again(device)
            if live:
                # What an earlier, longer picture left below is wiped too.
                lines += [""] * max(shown - len(lines), 0)
                print(_UP.format(shown) if shown else "", end="", file=out)
            print("\n".join(line + _CLEAR if live else line for line in lines), file=out, flush=True)
            shown = len(lines)
            now_s = keeper.wait()
    except KeyboardInterrupt:
        print(file=out)


def picture(
    device: Attached, reading: Reading, pulls: Mapping[str, Sequence[Pull]], pressed: Sequence[str]
) -> list[str]:
    """The lines that show one reading: raw and shaped deflection of each axis, what it drives, and the buttons.

    Args:
        device: Whose reading it is.
        reading: The newest.
        pulls: What drives each axis, or asks for each action, of the task.
        pressed: The buttons that were pressed last, in order.
    """
    names = max(len(axis) for axis in reading.axes) + 2
    lines = [device.source.describe(), f"{'axis':<{names}}{'raw':>6}{'':<{2 * _HALF + 5}}{'shaped':>6}  drives"]
    for axis, raw in reading.axes.items():
        meant = shaped(raw, device.mapping.shape(axis))
        ways = ((target, pull.sign) for target, of in pulls.items() for pull in of if pull.axis == axis)
        drives = ", ".join(f"{target} {'-' if sign < 0 else '+'}" for target, sign in ways)
        lines.append(f"{axis:<{names}}{raw:>+6.2f}  {_bar(raw)}  {meant:>+6.2f}  {drives}".rstrip())
    engage, release = device.mapping.engage, device.mapping.release
    roles = {**dict.fromkeys(engage, " (takes over)"), **dict.fromkeys(release, " (gives back)")}
    held = ", ".join(f"{name}{roles.get(name, '')}" for name in sorted(reading.pressed))
    lines.append(f"down: {held or 'no button'}; pressed last: {', '.join(pressed) or 'none'}")
    return lines


def _bar(value: float) -> str:
    """A deflection -1..1 as a bar from the middle."""
    filled = min(round(abs(value) * _HALF), _HALF)
    left = ("#" * filled if value < 0 else "").rjust(_HALF)
    right = ("#" * filled if value > 0 else "").ljust(_HALF)
    return f"[{left}|{right}]"


def _look_again(device: Attached) -> None:
    try:
        device.source.open()
    except TeleopError:
        return
