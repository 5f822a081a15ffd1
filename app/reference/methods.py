"""The page of the methods: what each starts from, whose steps count, which tasks it serves, its constants."""

from collections.abc import Mapping
from typing import get_args

from mereq_teleop.agents.cloning import CloningConfig
from mereq_teleop.agents.constants import CONSTANTS, CONTINUOUS
from mereq_teleop.agents.learner import FROM_NOTHING, METHODS, LearnerConfig, Method, Objective, why_not
from mereq_teleop.agents.mereq import WITH_PSEUDO_EXPERT, MereqConfig
from mereq_teleop.app.reference.markdown import code, table
from mereq_teleop.app.reference.source import fields_of
from mereq_teleop.envs import cards

__all__ = ["body"]


def body() -> str:
    """All of them."""
    told = [
        "What each computes, the papers and the measurements: [methods](../methods.md); the idea behind them: "
        "[explanation](../explanation.md).",
        table(("`--method`", "starts from", "expert side", *(code(card.name) for card in cards())), map(_row, METHODS)),
        "*Expert side*: whose steps stand for the expert unless `--expert-side` says otherwise: `shared` (those by "
        "hand and those that the person watched and let pass) or `human` (those by hand). A dash: the method does not "
        "serve the task.",
        "## Settings of every method",
        table(("field", "type", "default", "meaning"), _fields(LearnerConfig)),
        f"`objective` is one of {', '.join(code(it) for it in get_args(Objective))}.",
        "## Constants of inverse RL",
        "Of `mereq`, `mereq-np`, `maxent`, `maxent-ft`. theta is measured in its features' reach. An empty cell says "
        "the same as the first column.",
        _constants(),
        "## Constants of cloning",
        table(("field", "type", "default", "meaning"), _fields(CloningConfig)),
    ]
    return "\n\n".join(part.strip() for part in told)


def _row(method: Method) -> list[str]:
    start = "random weights" if method in FROM_NOTHING else "the prior"
    side = "shared" if method in (*WITH_PSEUDO_EXPERT, "iwr-ft") else "human"
    return [code(method), start, side, *("-" if why_not(method, card) else "yes" for card in cards())]


def _fields(owner: type) -> list[tuple[str, ...]]:
    return [(code(one.name), code(one.kind), code(one.default), one.said) for one in fields_of(owner)]


def _constants() -> str:
    columns = {
        "mereq, mereq-np": CONSTANTS["mereq"],
        "the same, continuous actions": CONTINUOUS["mereq"],
        "maxent, maxent-ft": CONSTANTS["maxent"],
    }
    rows = [(code(one.name), *_differing(one.name, columns), one.said) for one in fields_of(MereqConfig)]
    return table(("constant", *columns, "meaning"), rows)


def _differing(name: str, columns: Mapping[str, MereqConfig]) -> list[str]:
    first, *others = (getattr(constants, name) for constants in columns.values())
    return [f"{first:g}", *("" if other == first else f"{other:g}" for other in others)]
