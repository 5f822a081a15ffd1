"""Who takes part in a session: the policies and the hands that a configuration asks for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.policy import AnyPolicy, Driver
from mereq_teleop.agents.shipped import expert_of, load_policy, prior_of
from mereq_teleop.app.config import HANDS, WITH_BUTTONS, OperateConfig
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.device import Device
from mereq_teleop.teleop.errors import BadMapping
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.mapping import mapping_path, read_mapping
from mereq_teleop.teleop.scripted import read_script
from mereq_teleop.teleop.simulated import SimulatedDevice
from mereq_teleop.teleop.source import Source
from mereq_teleop.teleop.takeover import Mode
from mereq_teleop.teleop.together import Together

__all__ = ["make_device", "make_expert", "make_prior", "preference_of", "resolve"]

UNATTENDED_ROUNDS = 3
HANDS_COUNTDOWN_S = 3.0
LONG_ROUND_S = 30.0


def resolve(config: OperateConfig, *, windowed: bool) -> OperateConfig:
    """The configuration with every default that depends on the task or on there being a window."""
    return replace(
        config,
        headless=not windowed,
        # With a window it stays open what is there: a joystick may come and go.
        device="simulated" if config.device == "auto" and not windowed else config.device,
        preference=preference_of(config, card_of(config.env)).name,
        pace=config.pace or ("realtime" if windowed else "lockstep"),
        update=config.learns_each,
        steps_per_round=config.round_steps,
        rounds=config.rounds or (None if windowed else UNATTENDED_ROUNDS),
        countdown=_countdown_s(config, windowed=windowed),
    )


def _countdown_s(config: OperateConfig, *, windowed: bool) -> float:
    """What was asked for, or what is good for a person's hands; none where nobody looks."""
    # The arm's rounds of ten seconds follow each other without a wait.
    long = config.round_steps >= LONG_ROUND_S * card_of(config.env).control_rate_hz
    usual = HANDS_COUNTDOWN_S if long and config.device in ("auto", *HANDS) else 0.0
    return (usual if config.countdown is None else config.countdown) if windowed else 0.0


def preference_of(config: OperateConfig, card: TaskCard) -> Preference:
    """Whose reward counts: the preference that was asked for, or the first of the task."""
    return card.preferences[0] if config.preference is None else card.preference(config.preference)


def make_prior(config: OperateConfig, card: TaskCard) -> AnyPolicy:
    """The policy to start from.

    Raises:
        BadPolicy: the operator's own can't be read, or is of another task or shape.
        NoPolicy: a user's own task has none, and none was asked for.
    """
    return prior_of(card, config.prior, config.reading)


def make_expert(config: OperateConfig, card: TaskCard, prior: Driver | None = None) -> SimulatedExpert:
    """Who watches in a person's stead; `prior` drives in its stead where a user's own rule says nothing.

    Raises:
        BadPolicy: the operator's own can't be read, or is of another task or shape.
        NoPolicy: a user's own task has nobody who has the preference.
    """
    preference = preference_of(config, card)
    policy = load_policy(config.expert, card) if config.expert else expert_of(preference, card, prior)
    random = np.random.default_rng(config.seed)
    return SimulatedExpert(policy, preference, random, demonstrations=config.demonstrations)


def make_device(
    config: OperateConfig,
    card: TaskCard,
    keyboard: Keyboard,
    expert: SimulatedExpert | None,
    complain: Callable[[str], None] = lambda line: None,
) -> Device:
    """The hands that a resolved configuration asks for.

    Args:
        config: What was asked for.
        card: The task's.
        keyboard: The window's.
        expert: Who drives instead of a person, if that was asked for.
        complain: Told in one line of a device that nobody asked for by its kind, and that is of no use.

    Raises:
        BadScript: the script can't be read.
        BadMapping: the mapping file of the device that was asked for can't be followed.
    """
    if expert is not None:
        return SimulatedDevice(expert)
    if config.device == "keyboard":
        return keyboard
    if config.device in WITH_BUTTONS:
        kinds = (config.device,) if config.device != "auto" else ("joystick", "spacemouse")
        devices = [_with_axes(kind, config, card, complain) for kind in kinds]
        return Together(*filter(None, devices), keyboard)
    return read_script(Path(config.device), card)


def _with_axes(
    kind: str, config: OperateConfig, card: TaskCard, complain: Callable[[str], None]
) -> AnalogDevice | None:
    """The joystick or SpaceMouse; where nobody asked for one, it need not be there yet, and a bad mapping is no end."""
    unasked = config.device == "auto"
    try:
        mapping = read_mapping(mapping_path(kind), card)
    except BadMapping as error:
        if not unasked:
            raise
        complain(f"the {kind} is left alone: {error}")
        return None
    source: Source
    if kind == "spacemouse":
        from mereq_teleop.teleop.spacemouse import SpaceMouseSource

        source = SpaceMouseSource()
    else:
        from mereq_teleop.teleop.joystick import JoystickSource

        source = JoystickSource(mapping.name, mapping.pedals)
    return AnalogDevice(
        card,
        source,
        name=kind,
        mapping=mapping,
        mode=Mode(config.takeover),
        patient=unasked,
        demonstrating=config.demonstrations,
        turns=kind == "spacemouse",
        complain=complain,
    )
