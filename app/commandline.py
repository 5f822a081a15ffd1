"""From a command line to a frozen dataclass; a mistake becomes one line and exit code 2."""

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

import tyro
from tyro import _errors as tyro_errors

from mereq_teleop.app.errors import Usage
from mereq_teleop.envs.errors import unknown

__all__ = ["parse"]

Config = TypeVar("Config")


def parse(config: type[Config], program: str, arguments: Sequence[str], default: Config | None = None) -> Config:
    """The config that the arguments ask for; `--help` prints the docstrings and exits 0.

    What the arguments do not say is as in `default`, if there is one.

    Raises:
        Usage: an unknown flag, a missing or unreadable value.
    """
    flags = [f"--{field.name.replace('_', '-')}" for field in dataclasses.fields(config)]  # type: ignore[arg-type]

    # tyro tells of a mistake in a box of ten lines; its hook (private as of 1.0) lets us say it in one.
    def refuse(event: tyro_errors.ParseErrorEvent) -> None:
        if isinstance(event, tyro_errors.UnrecognizedArgs):
            flag = event.tokens[0].split("=")[0]
            kind = "flag" if flag.startswith("-") else "argument"
            raise Usage(f"{program}: {unknown(kind, flag, flags)}")
        if isinstance(event, tyro_errors.InstantiationFailure):
            # Where several types fit, tyro tells on further lines why each of them did not.
            if event.argument is None:
                # What the configuration itself refused, in its own words.
                raise Usage(event.message.splitlines()[0])
            raise Usage(f"{program}: {event.argument.display_name()}: {event.message.splitlines()[0]}")
        if isinstance(event, tyro_errors.MissingArgs):
            missing = ", ".join(argument.arg.display_name() for argument in event.missing_arguments)
            raise Usage(f"{program}: {missing} is missing; see {program} --help")
        if isinstance(event, tyro_errors.InvalidChoice):
            kind = f"value of {event.argument.display_name()}"
            raise Usage(f"{program}: {unknown(kind, event.value, sorted(event.choices))}")
        if isinstance(event, tyro_errors.BadValue):
            raise Usage(f"{program}: {event.argument.display_name()} wants another value; see {program} --help")

    with tyro_errors.on_parse_error(refuse):
        if default is None:
            return tyro.cli(config, prog=program, args=list(arguments))
        return tyro.cli(config, prog=program, args=list(arguments), default=default)
