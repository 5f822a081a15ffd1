"""One session from its configuration to its results: puts the parts together and takes them apart again."""

import gc
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import zmq

from mereq_teleop.app.actor import Actor
from mereq_teleop.app.bus.actor_end import ActorEnd
from mereq_teleop.app.bus.addresses import BusAddress, private_address
from mereq_teleop.app.bus.door import Secure, calling, open_to_all
from mereq_teleop.app.bus.keys import KeyPair, KeyRing, default_keys
from mereq_teleop.app.bus.messages import Hello, LearnerState
from mereq_teleop.app.cast import make_device, make_expert, resolve
from mereq_teleop.app.clock import Clock, SystemClock
from mereq_teleop.app.config import HANDS, WITH_BUTTONS, OperateConfig
from mereq_teleop.app.curves import ChartedRecorder
from mereq_teleop.app.errors import AppError
from mereq_teleop.app.learning.process import learner_command
from mereq_teleop.app.learning.supervisor import LearnerElsewhere, LearnerSupervisor, spawn_learner
from mereq_teleop.app.loops import Unseen, run_lockstep, run_realtime
from mereq_teleop.app.origin import Origin, greeting, origin_of
from mereq_teleop.app.results import evaluate_all, summarise
from mereq_teleop.app.settings import settings_of
from mereq_teleop.app.shelf import PolicyShelf
from mereq_teleop.app.summary import Summary
from mereq_teleop.app.warm import COMPILING, compiled, rehearse
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs import env_id, make_batch
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.config import SessionConfig, SessionHeader
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.folder import SessionFolder, default_root, has_step
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.takeover import Mode

if TYPE_CHECKING:
    from mereq_teleop.app.operator_view import OperatorView

__all__ = ["INTERRUPTED", "operate"]

INTERRUPTED = 130
NO_LABELS: Mapping[str, object] = MappingProxyType({})
PERSONS = (*HANDS, *WITH_BUTTONS)
LAST_ACKS_S = 2.0
"""How long a session that ends waits for the learner to have stored all of it."""
LAST_UPDATE_S = 30.0
"""How long one that has driven all its rounds waits for the last round's policy."""


def operate(config: OperateConfig, command_line: Sequence[str], labels: Mapping[str, object] = NO_LABELS) -> int:
    """Run one session; returns the exit code.

    Args:
        config: What was asked for.
        command_line: What was typed, or what comes to the same.
        labels: What else to keep among the session's settings: whose it is, and what it is for.

    Raises:
        AppError, BadPolicy, FolderError, TeleopError: a part is missing or not right, in one line.
    """
    card = card_of(config.env)
    if not compiled(card):
        say(f"the first start compiles the simulator (once: {COMPILING})")
    origin = origin_of(config, card)
    keys = _keys(config)
    keyboard = Keyboard(card, Mode(config.takeover))
    with ExitStack() as stack:
        view = None if config.headless else _open_view(stack, config, card, keyboard)
        asked, config = config, resolve(config, windowed=view is not None)
        expert = make_expert(config, card, origin.prior) if config.device == "simulated" else None
        device = make_device(config, card, keyboard, expert, partial(_complain, view))
        device.open()
        stack.callback(device.close)
        folder = SessionFolder.create(config.sessions or default_root(), card.name, datetime.now(UTC))
        hello, resumption = greeting(origin, folder, config, card)
        say(f"session {folder.path}{origin.words}{_stand_in(asked, config)}")
        session = _session_config(config, card, command_line, origin, labels)
        folder.write_config(session)
        header = SessionHeader(config=session, fingerprint=take_fingerprint())
        recorder = stack.enter_context(ChartedRecorder.create(folder.recording, header))
        recorder.chart(folder.tensorboard, time.time())
        shelf = PolicyShelf(origin.driving, card, folder)
        stack.callback(shelf.close)
        bus, supervisor = _start_learner(stack, config, hello, folder, keys)
        if resumption is not None:
            resumption.teach(bus)
        stopped = stack.enter_context(_stop_on_signals())
        batch = make_batch(config.env, 1)
        if view is not None:
            batch.watch()
            # Else the window would stand still for the first step.
            rehearse(batch, origin.driving)
        actor = Actor(
            config,
            card,
            batch=batch,
            shelf=shelf,
            device=device,
            bus=bus,
            recorder=recorder,
            session=folder.name,
            start=origin.start(by_hand=view is not None and config.device in PERSONS),
            resumption=resumption,
        )
        # What the imports left behind is for ever: the collector need not look at it again in the middle of a frame.
        gc.collect()
        gc.freeze()
        summary = Summary(actor, say)
        _drive(actor, supervisor, view, stopped.is_set, SystemClock(), summary)
    results = summarise(actor, folder.name, expert)
    for fault in filter(None, (recorder.fault, shelf.fault)):
        say(fault)
    if view is None and config.evaluation and not stopped.is_set():
        results = msgspec.structs.replace(results, evaluation=evaluate_all(actor, origin.prior, expert))
    summary.say_end(results, recorded=has_step(folder))
    if config.json:
        print(msgspec.json.encode(results).decode(), flush=True)
    folder.write_results(msgspec.json.format(msgspec.json.encode(results)))
    return INTERRUPTED if stopped.is_set() else int(bool(recorder.fault or shelf.fault))


def say(line: str) -> None:
    """A line for the operator; standard output is for results."""
    print(line, file=sys.stderr, flush=True)


def _stand_in(asked: OperateConfig, config: OperateConfig) -> str:
    """A line of its own where nobody said whose hands an unattended session has."""
    if not asked.headless or asked.device != "auto":
        return ""
    return f"\nno --device: the simulated expert takes over, who wants {config.preference} (--device simulated)"


def _open_view(stack: ExitStack, config: OperateConfig, card: TaskCard, keyboard: Keyboard) -> "OperatorView | None":
    """The operator's window; None where there is no display and nobody asked for a person's hands."""
    from mereq_teleop.app.operator_view import OperatorView
    from mereq_teleop.app.window.window import WindowError

    try:
        view = OperatorView(card, keyboard, scale=config.scale, blind=config.blind)
        if config.sound and (silence := view.sound()):
            say(silence)
    except WindowError as error:
        if config.device in HANDS:
            raise AppError(f"{error}; --device {config.device} needs a window, --device simulated does not") from None
        say(f"{error}: the simulated expert drives unattended instead (--headless)")
        return None
    stack.callback(view.close)
    return view


def _complain(view: "OperatorView | None", line: str) -> None:
    """A device that came later is of no use: the whole line, and in the window as much of it as one can read there."""
    say(line)
    if view is not None:
        view.warn(f"{line.partition(':')[0]}: the terminal and `mereq doctor` say what to do")


def _session_config(
    config: OperateConfig,
    card: TaskCard,
    command_line: Sequence[str],
    origin: Origin,
    labels: Mapping[str, object],
) -> SessionConfig:
    settings = settings_of(config)
    if card.source:
        from mereq_teleop.envs.own.owned import owned

        settings |= {"task_file": str(owned(env_id(config.env)).file or ""), "task_source": card.source}
    if origin.fork is not None:
        settings["fork"] = str(origin.fork.start.point)
    libraries = ("mereq-teleop", "torch", "numpy", "numba", "highway-env", "mujoco", "gymnasium", "pyzmq", "msgspec")
    return SessionConfig(
        task=card.name,
        env=env_id(config.env),
        method=config.method,
        device=config.device,
        seed=config.seed,
        started_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        command_line=tuple(command_line),
        settings=settings | dict(labels),
        versions={name: version(name) for name in libraries},
        parent=origin.parent_name,
    )


def _keys(config: OperateConfig) -> tuple[KeyPair, str] | None:
    """Our keys and the learner's public one, where the learner is to prove itself."""
    if config.learner_key is None:
        return None
    ring = KeyRing(config.keys or default_keys())
    return ring.own(), ring.public_key(config.learner_key)


def _start_learner(
    stack: ExitStack, config: OperateConfig, hello: Hello, folder: SessionFolder, keys: tuple[KeyPair, str] | None
) -> tuple[ActorEnd, LearnerSupervisor | LearnerElsewhere]:
    """The learner's process, unless it runs elsewhere, and the bus to it."""
    local = config.learner == "local"
    address = stack.enter_context(private_address()) if local else config.learner
    context = stack.enter_context(zmq.Context())
    elsewhere = LearnerElsewhere(config.learner)

    def complain(line: str) -> None:
        say(line)
        elsewhere.turned_away(line)

    secure: Secure = open_to_all
    if keys is not None:
        secure = stack.enter_context(calling(context, *keys, complain))
    where = BusAddress.parse(address, secured=keys is not None)
    bus = ActorEnd(where, hello, context=context, identity=folder.name, log=say, secure=secure)
    stack.callback(bus.close)
    if not local:
        return bus, elsewhere
    start = partial(_spawn, address, folder)
    spare = partial(start, f"{config.env}:{config.method}") if config.standby == "on" else None
    supervisor = LearnerSupervisor(start, say, spawn_standby=spare)
    stack.callback(supervisor.stop)
    return bus, supervisor


def _spawn(address: str, folder: SessionFolder, standby: str = "") -> "subprocess.Popen[bytes]":
    return spawn_learner(learner_command(address, folder.learner, standby=standby), folder.learner / "learner.log")


@contextmanager
def _stop_on_signals() -> Iterator[Event]:
    """Ctrl-C and a polite kill end the session in order: everything is saved."""
    stopped = Event()
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _drive(
    actor: Actor,
    supervisor: LearnerSupervisor | LearnerElsewhere,
    view: "OperatorView | None",
    stopped: Callable[[], bool],
    clock: Clock,
    summary: Summary,
) -> None:
    """Turn the loop that the configuration asks for, then let the learner store what came last."""
    lockstep = actor.config.pace == "lockstep"
    if actor.config.fork is not None:
        waits = ": P goes on, and you have control" if actor.paused else ""
        actor.journal.announce(f"from {Path(actor.config.fork).name}{waits}", clock.monotonic())

    def watch(now_s: float) -> None:
        supervisor.watch(actor.bus, now_s)
        if view is None:
            summary.say_rounds()
        health = actor.bus.health(now_s)
        if (supervisor.gave_up or health.state is LearnerState.REFUSED) and (lockstep or view is None):
            why = [actor.failure or health.detail, supervisor.hint if supervisor.gave_up else ""]
            raise AppError(f"the learner does not serve: {'; '.join(filter(None, why))}")

    def until(over: Callable[[], bool], patience_s: float = float("inf")) -> None:
        deadline_s = clock.monotonic() + patience_s
        while not over() and (now_s := clock.monotonic()) < deadline_s:
            actor.service(now_s)
            watch(now_s)
            clock.sleep(0.002)

    if view is None:
        # Rounds are counted from a learner that is there: nothing waits for its start later.
        until(lambda: stopped() or (actor.opened and actor.bus.health(clock.monotonic()).state is LearnerState.READY))
    if view is None and lockstep:
        run_lockstep(actor, watch, stopped, clock)
    else:
        frames = run_realtime(actor, view or Unseen(), watch, stopped, clock, lockstep=lockstep)
        actor.journal.note(str(frames))
    if actor.done and not actor.aligned and not stopped():
        until(lambda: stopped() or supervisor.gave_up or not actor.waits_for_update, LAST_UPDATE_S)
    actor.finish(clock.monotonic())
    # After an interrupt too: what was taught last is the learner's as well.
    until(lambda: actor.bus.waiting == 0, LAST_ACKS_S)
