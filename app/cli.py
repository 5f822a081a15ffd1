"""The two commands: `mereq-teleop` (the operator's application) and `mereq` (everything around it)."""

import sys
from collections.abc import Callable, Sequence

from mereq_teleop.app.commandline import parse
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.envs.errors import EnvError, unknown

__all__ = ["operate", "tools"]

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def operate() -> int:
    """Entry point of `mereq-teleop`."""
    return guarded(operate_with, sys.argv[1:])


def tools() -> int:
    """Entry point of `mereq`."""
    return guarded(tools_with, sys.argv[1:])


def operate_with(arguments: Sequence[str]) -> int:
    """Run the operator's application."""
    from mereq_teleop.app.config import OperateConfig

    default = None
    if any(argument.partition("=")[0] == "--resume" for argument in arguments):
        from mereq_teleop.app.resume import settings_before

        default = settings_before(arguments)
    config = parse(OperateConfig, "mereq-teleop", arguments, default)
    from mereq_teleop.app.operate import operate

    return operate(config, ["mereq-teleop", *arguments])


def tools_with(arguments: Sequence[str]) -> int:
    """Run one of the tools."""
    from mereq_teleop.app.tools.table import TOOLS

    if not arguments or arguments[0] in ("-h", "--help", "help"):
        width = max(len(name) for name in TOOLS)
        print("usage: mereq COMMAND [--help]\n")
        for name, tool in TOOLS.items():
            print(f"  {name:<{width}}  {(tool.__doc__ or '').splitlines()[0]}")
        return DONE if arguments else WRONG_USAGE
    # A command may have two words: `sessions` lists them, `sessions repair` mends one.
    words = 2 if " ".join(arguments[:2]) in TOOLS else 1
    name, rest = " ".join(arguments[:words]), arguments[words:]
    if name not in TOOLS:
        raise Usage(unknown("command", name, TOOLS))
    return parse(TOOLS[name], f"mereq {name}", rest).run()


def guarded(command: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """The exit code; a user's mistake is one line, never a traceback."""
    # Known late, so that --help needs not import what raises them.
    try:
        return command(arguments)
    except (Usage, EnvError) as error:
        return _complain(error, WRONG_USAGE)
    except AppError as error:
        return _complain(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ValueError as error:
        return _complain(error, _code(error))


def _code(error: ValueError) -> int:
    """Exit code of an error of another room; what is no user's mistake goes on as it is."""
    from mereq_teleop.agents.errors import AgentError
    from mereq_teleop.app.bus.errors import BusError
    from mereq_teleop.app.learning.errors import LearningError
    from mereq_teleop.sessions.errors import LabelError, RemovalError, SessionError, UnknownSession
    from mereq_teleop.teleop.errors import TeleopError

    if isinstance(error, AgentError | BusError | LabelError | RemovalError | TeleopError | UnknownSession):
        return WRONG_USAGE
    if isinstance(error, SessionError | LearningError):
        return FAILED
    raise error


def _complain(error: Exception, code: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    return code
