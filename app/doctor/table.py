"""The doctor's findings as a table for a person, and as one line of JSON for a script."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from mereq_teleop.app.doctor.check import Check, Need, State

__all__ = ["as_json", "as_table", "verdict"]

_STATES = {State.OK: "ok", State.WARNING: "warning", State.MISSING: "MISSING"}
_NARROWEST = 60


def as_table(checks: Sequence[Check], width: int) -> str:
    """A line or more for each check, under its section's name; no line is wider than `width` (characters)."""
    return "\n".join(_lines(checks, max(width, _NARROWEST)))


def verdict(checks: Sequence[Check], need: Need) -> str:
    """Whether the chosen task and device can be had, in one line."""
    asked = f"--env {need.env} --device {need.device}"
    missing = [check.name for check in checks if check.state is State.MISSING]
    if missing:
        return f"not ready for {asked}: {', '.join(missing)}"
    warnings = sum(check.state is State.WARNING for check in checks)
    return f"ready for {asked}" + (f", with {warnings} warning{'s' * (warnings > 1)}" if warnings else "")


def as_json(checks: Sequence[Check], need: Need) -> str:
    """One line: what was asked, whether it is ready, and every check."""
    ready = not any(check.state is State.MISSING for check in checks)
    found = {"env": need.env, "device": need.device, "ready": ready, "checks": list(checks)}
    return msgspec.json.encode(found).decode()


def _lines(checks: Sequence[Check], width: int) -> Iterator[str]:
    names = min(max((len(check.name) for check in checks), default=0), 28)
    before = 2 + 9 + names + 2
    for section, found in groupby(checks, lambda check: check.section):
        yield section
        for check in found:
            first, *more = textwrap.wrap(check.found, width - before, break_long_words=False) or [""]
            yield f"  {_STATES[check.state]:<9}{check.name:<{names}}  {first}".rstrip()
            yield from (" " * before + line for line in more)
            if check.remedy:
                # Not cut where a person would copy it from.
                yield " " * before + f"-> {check.remedy}"
