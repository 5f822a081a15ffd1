"""Who takes part in a session: the policies and the hands that a configuration asks for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mereq_teleop.agents.expert import SimulatedExpert
from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.agents.shipped import load_policy, load_prior, shipped
from mereq_teleop.app.config import WITH_BUTTONS, OperateConfig
from mereq_teleop.envs import card as card_of
from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.teleop.analog import AnalogDevice
from mereq_teleop.teleop.device import Device
from mereq_teleop.teleop.keyboard import Keyboard
from mereq_teleop.teleop.mapping import mapping_path, read_mapping
from mereq_teleop.teleop.scripted import read_script
from mereq_teleop.teleop.simulated import SimulatedDevice
from mereq_teleop.teleop.source import Source
from mereq_teleop.teleop.takeover import Mode
from mereq_teleop.teleop.together import Together

__all__ = ["make_device", "make_expert", "make_prior", "preference_of", "resolve"]

UNATTENDED_ROUNDS = 3


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
    )


def preference_of(config: OperateConfig, card: TaskCard) -> Preference:
    """Whose reward counts: the preference that was asked for, or the first of the task."""
    return card.preferences[0] if config.preference is None else card.preference(config.preference)


def make_prior(config: OperateConfig, card: TaskCard) -> AnyPolicy:
    """The policy to start from.

    Raises:
        BadPolicy: the operator's own can't be read, or is of another task or shape.
    """
    return load_prior(config.prior, card) if config.prior else shipped(card.prior, card)


def make_expert(config: OperateConfig, card: TaskCard) -> SimulatedExpert:
    """Who watches in a person's stead.

    Raises:
        BadPolicy: the operator's own can't be read, or is of another task or shape.
    """
    preference = preference_of(config, card)
    policy = load_policy(config.expert, card) if config.expert else shipped(preference.expert, card)
    random = np.random.default_rng(config.seed)
    return SimulatedExpert(policy, preference, random, demonstrations=config.demonstrations)


def make_device(
    config: OperateConfig,
    card: TaskCard,
    keyboard: Keyboard,
    expert: SimulatedExpert | None,
    complain: Callable[[str], None] = lambda line: None,
) -> Device:
    """The hands that a resolved configuration asks for; `complain` is told of those that come later and are of no use.

    Raises:
        BadScript: the script can't be read.
        BadMapping: the device's mapping file can't be followed.
    """
    if expert is not None:
        return SimulatedDevice(expert)
    if config.device == "keyboard":
        return keyboard
    if config.device in WITH_BUTTONS:
        kinds = (config.device,) if config.device != "auto" else ("joystick", "spacemouse")
        return Together(*(_with_axes(kind, config, card, complain) for kind in kinds), keyboard)
    return read_script(Path(config.device), card)


def _with_axes(kind: str, config: OperateConfig, card: TaskCard, complain: Callable[[str], None]) -> AnalogDevice:
    """The joystick or SpaceMouse; where nobody asked for one, it need not be there yet."""
    mapping, unasked = read_mapping(mapping_path(kind), card), config.device == "auto"
    source: Source
    if kind == "spacemouse":
        from mereq_teleop.teleop.spacemouse import SpaceMouseSource

        source = SpaceMouseSource()
    else:
        from mereq_teleop.teleop.joystick import JoystickSource

        source = JoystickSource(mapping.name, mapping.pedals)
    mode = Mode(config.takeover)
    return AnalogDevice(card, source, name=kind, mapping=mapping, mode=mode, patient=unasked, complain=complain)
