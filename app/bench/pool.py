"""Work on all cores of this machine, or of a Ray cluster: results come as they are finished."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeVar
from urllib.parse import urlsplit

from mereq_teleop.app.errors import AppError, Usage

__all__ = ["knock", "on_ray", "on_this_machine"]

KNOCK_S = 5.0
"""How long a Ray cluster may take to answer."""
PARENT_S = 1.0
"""How often a worker looks whether its parent lives."""
AT_ONCE = 4
"""Pieces of work a core that a Ray cluster is given at once: its results come back together."""

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def on_this_machine(
    perform: Callable[[Piece], Result], pieces: Sequence[Piece], jobs: int | None
) -> Generator[Result, None, None]:
    """Results in the order in which they come, from so many processes (all cores by default), one thread each.

    Raises:
        Usage: joblib is not installed.
        AppError: a worker was killed, once the results are asked for.
    """
    try:
        import joblib
        from joblib.externals.loky.process_executor import TerminatedWorkerError
    except ImportError:
        raise Usage("mereq bench needs joblib: pip install 'mereq-teleop[bench]'") from None

    def results() -> Generator[Result, None, None]:
        settings = {"inner_max_num_threads": 1, "initializer": _settle, "initargs": (os.getpid(),)}
        with joblib.parallel_config(backend="loky", **settings):
            pool = joblib.Parallel(n_jobs=jobs or -1, return_as="generator_unordered", batch_size=1)
            found = pool(joblib.delayed(perform)(piece) for piece in pieces)
        try:
            with closing(found):
                yield from found
        except TerminatedWorkerError:
            raise AppError(
                "a worker was killed (out of memory?): go on with the same command, and fewer --jobs"
            ) from None

    return results()


def on_ray(perform: Callable[[Piece], Result], pieces: Sequence[Piece], address: str) -> Generator[Result, None, None]:
    """Results from all cores of a Ray cluster, whose machines have this package installed.

    Args:
        perform: What to do.
        pieces: What to do it with.
        address: host:port of the cluster, ray://host:port, `auto` (one that runs here) or `local` (start one).

    Raises:
        Usage: nothing answers, or Ray is not installed.
        AppError: a machine of the cluster fails, once the results are asked for.
    """
    # Before Ray, whose import alone takes seconds.
    knock(address)
    try:
        import joblib
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        raise Usage("--ray needs Ray: pip install 'mereq-teleop[bench,cluster]'") from None
    try:
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise Usage(f"no Ray cluster at {address!r}: {_first_line(error)}") from None
    register_ray()

    def results() -> Generator[Result, None, None]:
        try:
            cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
            # joblib's Ray backend gives results back all at once: some at a time, so that a kill costs little.
            with joblib.parallel_config(backend="ray"), joblib.Parallel(n_jobs=cores, batch_size=1) as pool:
                for at in range(0, len(pieces), AT_ONCE * cores):
                    yield from pool(joblib.delayed(perform)(piece) for piece in pieces[at : at + AT_ONCE * cores])
        except ray.exceptions.RayError as error:
            raise AppError(f"the Ray cluster failed: {_first_line(error)}; go on with the same command") from None
        finally:
            ray.shutdown()

    return results()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def knock(address: str) -> None:
    """Refuse a cluster that is not there; Ray itself waits more than a minute for one.

    Raises:
        Usage: nothing answers.
    """
    if address in ("auto", "local"):
        return
    try:
        where = urlsplit(address if "://" in address else f"//{address}")
        if where.hostname is None or where.port is None:
            raise ValueError("wanted HOST:PORT, ray://HOST:PORT, auto or local")
        socket.create_connection((where.hostname, where.port), timeout=KNOCK_S).close()
    except (OSError, ValueError) as error:
        raise Usage(f"no Ray cluster at {address!r}: {error}") from None


def _settle(parent: int) -> None:
    """Prepare a worker: polite, deaf to Ctrl-C (its parent hears it), and gone when its parent is."""
    os.nice(5)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
