"""A session's settings as its folder keeps them, and back into the configuration that they were."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.app.config import DEVICES, OperateConfig
from mereq_teleop.envs.errors import EnvError
from mereq_teleop.sessions.config import SessionConfig
from mereq_teleop.sessions.errors import RecordingError

__all__ = ["config_of", "learner_config", "settings_of"]


def settings_of(config: OperateConfig) -> dict[str, Any]:
    """Every setting by name, as JSON has it."""
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(config).items()}


def config_of(session: SessionConfig, name: str, **changes: Any) -> OperateConfig:
    """The configuration of a session called `name`, with changes; what this version does not know of it is left out.

    A script that is gone since is no hindrance: its hands become the simulated expert's.

    Raises:
        RecordingError: a setting has a value that it cannot have.
        Usage, EnvError: the settings make no sense here.
    """

    def convert(kind: type, value: Any) -> Any:
        if issubclass(kind, Path):
            return Path(value)
        raise NotImplementedError(kind)

    settings = {"env": session.env, "method": session.method, "seed": session.seed, **session.settings}
    if (device := str(settings.get("device", "auto"))) not in DEVICES and not Path(device).is_file():
        settings["device"] = "simulated"
    try:
        before = msgspec.convert(settings, OperateConfig, dec_hook=convert)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, EnvError):
            raise error.__cause__ from None
        raise RecordingError(f"session {name} has a setting that is none of this version's: {error}") from None
    return replace(before, **changes)


def learner_config(config: OperateConfig) -> LearnerConfig:
    """How the learner of a session shall learn."""
    return LearnerConfig(
        task=config.env,
        method=config.method,
        seed=config.seed,
        expert_side=config.expert_side,
        total_features=config.total_features,
        objective=config.objective,
        guard=config.guarded,
        settle=config.pace == "lockstep",
    )
