"""The learner's process: `python -m mereq_teleop.app.learning.process learner --address A --folder F`.

Importing this module imports neither torch nor tyro: the sockets are there before torch is.
"""

import argparse
import gc
import os
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import zmq

from mereq_teleop.agents.errors import AgentError
from mereq_teleop.agents.learner import Learner, LearnerConfig
from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.bus.addresses import BusAddress, needs_keys
from mereq_teleop.app.bus.door import Secure, open_to_all, receiving
from mereq_teleop.app.bus.errors import BusError
from mereq_teleop.app.bus.keys import KeyRing, default_keys
from mereq_teleop.app.bus.learner_end import LearnerEnd
from mereq_teleop.app.learning.errors import LearningError
from mereq_teleop.app.learning.service import LearnerService, Workshop
from mereq_teleop.app.learning.session import Try
from mereq_teleop.envs.errors import EnvError

__all__ = ["TorchWorkshop", "learner_command", "main", "run_learner"]

CHILD_NICENESS = 10


class TorchWorkshop:
    """The methods of `mereq_teleop.agents`; making one imports torch."""

    def __init__(self) -> None:
        # The actor drives on the other cores.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from mereq_teleop.agents import methods
        from mereq_teleop.envs import registry

        self._make = methods.make_learner
        self._card = registry.card
        self._rehearsed: set[tuple[str, str]] = set()

    def card_digest(self, task: str) -> str:
        """Digest of the card of a task.

        Raises:
            UnknownEnv: no such task.
        """
        return self._card(task).digest()

    def make_learner(self, config: LearnerConfig, prior: PolicySnapshot, *, afresh: bool = True) -> Learner:
        """A learner, warmed up; one that is not made `afresh` is to be restored from a checkpoint.

        Raises:
            AgentError: the configuration or the prior does not fit.
        """
        what = (self._card(config.task).name, config.method)
        learner = self._make(config, prior, afresh=afresh, rehearsed=what in self._rehearsed)
        self._rehearsed.add(what)
        return learner

    def make_trial(self, config: LearnerConfig, prior: PolicySnapshot) -> Try:
        """What tries new policies beside the prior."""
        from mereq_teleop.app.learning.trials import Trials

        return Trials(config.task, prior).run

    def rehearse(self, config: LearnerConfig) -> None:
        """Do with the task's own prior what takes a process long the first time.

        Raises:
            EnvError, AgentError: no such task or method.
        """
        from mereq_teleop.agents.shipped import shipped

        card = self._card(config.task)
        prior = shipped(card.prior, card).snapshot
        self.make_learner(config, prior, afresh=False)
        self.make_trial(config, prior)


def learner_command(address: str, folder: Path, *, standby: str = "") -> list[str]:
    """The command line of a learner that ends with this process; give it a pipe as its standard input.

    With `standby`, TASK:METHOD, it imports and compiles what these need, and serves once it is called (`CALL`).
    """
    module = "mereq_teleop.app.learning.process"
    command = [sys.executable, "-m", module, "learner", "--address", address, "--folder", str(folder), "--child"]
    return [*command, "--standby", standby] if standby else command


def run_learner(
    address: str,
    folder: Path,
    *,
    child: bool,
    standby: str = "",
    keys: Path | None = None,
    make_workshop: Callable[[], Workshop] = TorchWorkshop,
) -> int:
    """Serve actors at an address until interrupted; returns the exit code.

    Off the loopback, and wherever a folder of `keys` is named, those alone are served whose keys it allows.

    A child keeps its one session in `folder` itself and ends when its standard input does; a learner that was
    started by hand serves one session after another and keeps each in a folder of its own within `folder`. One that
    stands by for TASK:METHOD prepares itself and opens its sockets only when its standard input says so.
    """
    called = threading.Event()
    if child:
        end_with(sys.stdin.fileno(), called)
        # Where cores are few, a late frame is worse than a late policy.
        if hasattr(os, "nice"):
            os.nice(CHILD_NICENESS)
    try:
        if standby:
            make_workshop = stand_by(standby, make_workshop(), called)
        with ExitStack() as stack:
            context = stack.enter_context(zmq.Context())
            secure = None
            if keys is not None or needs_keys(address):
                secure = stack.enter_context(receiving(context, KeyRing(keys or default_keys()), log))
            end = stack.enter_context(closing(open_end(address, context, secure)))
            log(f"learner {end.instance[:8]} (process {os.getpid()}) waits at {address}; its folder is {folder}")
            end.pulse()
            return serve(end, make_workshop, (lambda session: folder) if child else folder.joinpath)
    except (BusError, AgentError, EnvError) as error:
        log(str(error))
        return 2
    except KeyboardInterrupt:
        log("interrupted; everything that was acked is stored")
        return 130


def stand_by(what: str, workshop: Workshop, called: threading.Event) -> Callable[[], Workshop]:
    """Prepare for TASK:METHOD and wait until called; the workshop, as what makes it.

    Raises:
        EnvError, AgentError: no such task or method.
    """
    task, _, method = what.rpartition(":")
    # Read as what comes over the wire: the names are checked.
    workshop.rehearse(msgspec.convert({"task": task, "method": method}, LearnerConfig))
    # What is here now is for ever: the collector need not touch, and so copy or page in, any of it.
    gc.collect()
    gc.freeze()
    log(f"learner (process {os.getpid()}) stands by for {what}")
    called.wait()
    return lambda: workshop


def open_end(address: str, context: "zmq.Context[zmq.Socket[bytes]]", secure: Secure | None = None) -> LearnerEnd:
    """A new learner's end at this address.

    Raises:
        BusError: the address is taken, or cannot be used.
    """
    parsed = BusAddress.parse(address, secured=secure is not None)
    return LearnerEnd(
        parsed,
        context=context,
        instance=uuid.uuid4().hex,
        clock=time.monotonic,
        log=log,
        secure=secure or open_to_all,
    )


def serve(end: LearnerEnd, make_workshop: Callable[[], Workshop], folder_of: Callable[[str], Path]) -> int:
    """Turn the service until it fails, and let the actor know why; returns 1."""
    try:
        with closing(LearnerService(end, make_workshop(), folder_of, log)) as service:
            while True:
                service.turn()
    except (AgentError, LearningError, OSError) as error:
        log(f"failed: {error}")
        end.fail(str(error))
    except Exception as error:
        log(f"failed:\n{traceback.format_exc()}")
        end.fail(f"{type(error).__name__}: {error}")
    return 1


def end_with(parent: int, called: threading.Event) -> None:
    """End this process, whatever it does, when the pipe from its parent (a file descriptor) closes.

    Whatever comes through it before sets `called`.
    """

    def watch() -> None:
        # Not through sys.stdin: its lock, held here, would abort an orderly exit.
        while os.read(parent, 4096):
            called.set()
        # The store and the checkpoint bear a kill at any moment; an orphan is worse.
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def log(line: str) -> None:
    """A line on standard error, with the time in UTC."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None, make_workshop: Callable[[], Workshop] = TorchWorkshop) -> int:
    """The entry point of the child; a user has `mereq learner`."""
    parser = argparse.ArgumentParser(description="Learn from an actor's segments.")
    parser.add_argument("command", choices=["learner"])
    parser.add_argument("--address", required=True, help="ipc://PATH, or tcp://HOST:PORT (that port and the next two)")
    parser.add_argument("--folder", required=True, type=Path, help="where segments and checkpoints are kept")
    parser.add_argument("--child", action="store_true", help="end when standard input does")
    parser.add_argument("--standby", default="", metavar="TASK:METHOD", help="prepare for it, serve when called")
    options = parser.parse_args(arguments)
    return run_learner(
        options.address, options.folder, child=options.child, standby=options.standby, make_workshop=make_workshop
    )


if __name__ == "__main__":
    sys.exit(main())
