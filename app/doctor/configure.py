"""Writes a device's mapping file: its dead zones as measured, and what its axes and buttons shall stand for."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from mereq_teleop.app.clock import Clock
from mereq_teleop.app.doctor.attached import Attached
from mereq_teleop.app.doctor.questions import Answers, ask_all
from mereq_teleop.app.doctor.rest import Rest, measure_rest, rest_lines
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.teleop.errors import BadMapping
from mereq_teleop.teleop.mapping import DeviceMapping, Pull, mapping_path, pulls_of, read_mapping, to_toml
from mereq_teleop.teleop.shaping import Shape

__all__ = ["configure", "made", "may_write", "write_mapping"]


def configure(
    device: Attached,
    card: TaskCard,
    seconds: float,
    clock: Clock,
    *,
    ask: Callable[[str], str] | None,
    say: Callable[[str], None] = print,
) -> Path:
    """Measure the untouched device, ask what its axes shall mean, and write its mapping file, which is returned.

    Args:
        device: Open.
        card: The task for whose axes or actions is asked.
        seconds: How long the device is measured.
        clock: Time.
        ask: Asks the person; None asks nothing and takes what is usual.
        say: Tells the person.

    Raises:
        DeviceLost: it was unplugged.
        AppError: it was touched while it was measured, or the file cannot be written.
        BadMapping: what came out does not fit the device.
    """
    path = mapping_path(device.kind)
    if ask is not None:
        ask("Let go of the device and press Enter.")
    say(f"measuring {device.source.describe()} for {seconds:g} s: leave it untouched")
    rest = measure_rest(device.source, seconds, clock)
    for line in rest_lines(rest):
        say(line)
    answers = Answers({}, {}) if ask is None else ask_all(device.source, card, rest, say, clock)
    mapping = made(_before(path, card, device), device, card, rest, answers)
    pulls_of(mapping, card, rest, path)
    backup = write_mapping(path, mapping)
    say(f"{path} is written{f'; what it was is kept as {backup.name}' if backup else ''}")
    return path


def may_write(kind: str, *, force: bool, ask: Callable[[str], str] | None) -> bool:
    """Whether the mapping file may be written: it is not there, or the person says so; False if they do not.

    Raises:
        Usage: it is there, and nobody can be asked.
    """
    path = mapping_path(kind)
    if force or not path.exists():
        return True
    if ask is None:
        raise Usage(f"{path} is there already: add --force to replace it (what it was is kept beside it)")
    answer = ask(f"{path} is there already; replace it (what it was is kept beside it)? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def made(
    before: DeviceMapping, device: Attached, card: TaskCard, rest: Mapping[str, Rest], answers: Answers
) -> DeviceMapping:
    """The mapping of a device: what it was, with the dead zones that were measured and what was answered."""
    usual = Shape()
    axes = {
        axis: msgspec.structs.replace(before.axes.get(axis, usual), dead_zone=found.dead_zone)
        for axis, found in rest.items()
    }
    tasks = dict(before.tasks)
    if answers.pulls:
        tasks[card.name] = {
            **pulls_of(before, card, rest, mapping_path(device.kind)),
            **{target: (_meant(pull, axes[pull.axis]),) for target, pull in answers.pulls.items()},
        }
    buttons = {role: (button,) for role, button in answers.buttons.items()}
    return msgspec.structs.replace(before, name=device.hardware, axes=axes, tasks=tasks, **buttons)


def _meant(pull: Pull, shape: Shape) -> Pull:
    """The same way of the hardware, on an axis that may be inverted."""
    return msgspec.structs.replace(pull, sign=-pull.sign) if shape.inverted else pull


def write_mapping(path: Path, mapping: DeviceMapping) -> Path | None:
    """Write the file, whole or not at all; where one was there, it is kept beside it under the name returned.

    Raises:
        AppError: the folder cannot be written.
    """
    backup, new = None, path.with_suffix(".toml.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            numbers = (path.with_suffix(f".toml.{number}.bak") for number in range(1, 10_000))
            backup = next(name for name in numbers if not name.exists())
            shutil.copy2(path, backup)
        new.write_text(to_toml(mapping), encoding="utf-8", newline="\n")
        new.replace(path)
    except OSError as error:
        raise AppError(f"cannot write the device mapping {path}: {error.strerror}") from None
    return backup


def _before(path: Path, card: TaskCard, device: Attached) -> DeviceMapping:
    """What the file said, as far as it is of the same hardware; what is usual otherwise."""
    try:
        before = read_mapping(path, card)
    except BadMapping:
        return DeviceMapping()
    if before.name.lower() not in device.hardware.lower():
        return DeviceMapping()
    try:
        pulls_of(before, card, device.source.read().axes, path)
    except BadMapping:
        return DeviceMapping()
    return before
