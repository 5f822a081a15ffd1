"""The page of what a user's own Python may import."""

import inspect
import types
from collections.abc import Callable, Mapping
from enum import Enum
from importlib import import_module
from typing import Any

from mereq_teleop import envs
from mereq_teleop.app.reference.markdown import code, prose, table
from mereq_teleop.app.reference.source import fields_of, signature_of

__all__ = ["OFFERED", "body"]

OFFERED: Mapping[str, tuple[str, ...]] = {
    "mereq_teleop.envs": tuple(envs.__all__),
    "mereq_teleop.envs.batch": ("Batch", "BatchStep", "Divergence"),
    "mereq_teleop.sessions.folder": ("SessionFolder", "default_root", "find_session", "sessions_in"),
    "mereq_teleop.sessions.reader": ("Logged", "Recording", "read_recording"),
    "mereq_teleop.sessions.records": ("Authority", "Decision", "Episode", "Segment", "Transition"),
    "mereq_teleop.sessions.rates": ("EpisodeCount", "Interval", "Standing", "Verdict", "judge_rate", "rate_interval"),
    "mereq_teleop.agents.learner": ("Learner", "LearnerConfig"),
    "mereq_teleop.agents.methods": ("make_learner",),
    "mereq_teleop.agents.policy": ("AnyPolicy",),
    "mereq_teleop.agents.shipped": ("load_policy", "load_prior", "shipped"),
    "mereq_teleop.agents.evaluate": ("Evaluation", "evaluate"),
    "mereq_teleop.agents.expert": ("SimulatedExpert",),
    "mereq_teleop.agents.records": ("LearnerReport", "PolicySnapshot", "RewardWeights"),
}
"""Names meant for a user's own programs, by the module to import them from; what else a module has may change."""

_EXAMPLE = """\
Drive sixteen worlds by the policy that ships:

```python
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card, make_batch

task = card("highway")
worlds = make_batch("highway", 16)
policy = shipped(task.prior, task)
observations = worlds.reset(range(16))
for _ in range(10):
    step = worlds.step(policy.act(observations))
    observations = step.observation
print(dict(zip(task.feature_names, step.features.mean(axis=0), strict=True)))
```

Read a recorded session, and let another method learn from it:

```python
from pathlib import Path

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.agents.methods import make_learner
from mereq_teleop.agents.shipped import shipped
from mereq_teleop.envs import card
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority

recording = read_recording(Path("session.mcap"))
taught = [part for part in recording.segments if part.id not in recording.retracted]
by_hand = sum(part.stop - part.start for part in taught if part.authority is Authority.HUMAN)
print(recording.config.task, len(recording.episodes), "episodes,", by_hand, "steps by hand")

task = card(recording.config.task)
learner = make_learner(LearnerConfig(task=task.name, method="hg-dagger-ft"), shipped(task.prior, task).snapshot)
print(learner.learn(taught, cause="a program"))
Path("mine.safetensors").write_bytes(learner.snapshot(1).to_bytes())
```"""


def body() -> str:
    """Every offered name, module by module."""
    told = [
        "Names that a program of yours may rely on. What else a module has may change without a word. `envs` and "
        "`sessions` import no torch.",
        _EXAMPLE,
        *(_module(name, names) for name, names in OFFERED.items()),
    ]
    return "\n\n".join(part.strip() for part in told)


def _module(name: str, names: tuple[str, ...]) -> str:
    module = import_module(name)
    sections = (_section(one, getattr(module, one)) for one in names)
    return "\n\n".join((f"## {name}", prose(module.__doc__), *sections))


def _section(name: str, thing: Any) -> str:
    if not inspect.isclass(thing):
        return f"### {name}\n\n{_signature(thing, name)}\n\n{prose(thing.__doc__)}"
    rows = [(code(one.name), code(one.kind), code(one.default), one.said) for one in fields_of(thing)]
    values = ", ".join(code(str(one.value)) for one in thing) if issubclass(thing, Enum) else ""
    methods = [_method(name, function) for name, function in vars(thing).items() if _is_offered(name, function)]
    said = (
        f"### {name}",
        prose(thing.__doc__),
        values and f"One of {values}.",
        table(("field", "type", "default", "meaning"), rows),
        "\n".join(methods),
    )
    return "\n\n".join(part.strip() for part in said if part.strip())


def _signature(function: Callable[..., object], name: str) -> str:
    return f"```text\n{signature_of(function, name)}\n```"


def _is_offered(name: str, member: object) -> bool:
    kinds = (property, classmethod, types.FunctionType)
    return not name.startswith("_") and isinstance(member, kinds)


def _method(name: str, member: Any) -> str:
    """One line: how it is called, and the first paragraph of what it says."""
    if isinstance(member, property):
        return f"- `.{name}`: {_first(member.fget)}"
    function = member.__func__ if isinstance(member, classmethod) else member
    return f"- `.{signature_of(function, name)}`: {_first(function)}"


def _first(function: Any) -> str:
    return " ".join(prose(function.__doc__).split("\n\n")[0].split())
