"""The page of every task, from its card."""

from mereq_teleop.agents.learner import METHODS, why_not
from mereq_teleop.app.reference.keys import caption
from mereq_teleop.app.reference.markdown import cell, code, table
from mereq_teleop.app.window.keys import driving_keys
from mereq_teleop.envs import cards
from mereq_teleop.envs.card import Preference, TaskCard
from mereq_teleop.teleop.takeover import Mode

__all__ = ["body"]


def body() -> str:
    """All cards."""
    rows = [
        (f"[`{card.name}`](#{card.name})", card.title, _actions(card), f"{card.control_rate_hz:g}") for card in cards()
    ]
    told = [
        "`--env` takes any key or gymnasium id of a task; `mereq envs` prints the same. A key that is not the task's "
        "own name is a variant: the same task with another reward or another world. No method sees a world's reward "
        "(`mereq pretrain` alone learns it), so that another one changes no session.",
        table(("task", "is", "actions", "steps a second"), rows),
        *(_section(card) for card in cards()),
    ]
    return "\n\n".join(part.strip() for part in told)


def _actions(card: TaskCard) -> str:
    return f"{len(card.actions)} named" if card.discrete else f"{len(card.axes)} continuous"


def _section(card: TaskCard) -> str:
    ends = {"crash": "a crash", "success": "success", "either": "a crash or success"}[card.termination]
    facts = [
        ("control steps a second", f"{card.control_rate_hz:g}"),
        ("an episode is cut after", f"{card.horizon_steps} steps"),
        ("an episode that ends earlier ends by", ends),
        ("steps of a round", f"{card.round_steps}"),
        ("learns at the end of each", "correction and round" if card.learns_each == "segment" else "round"),
        ("observation", f"float32, shape {card.observation_shape}"),
        ("action with nothing asked", _named(card, card.neutral_action)),
        ("prior", code(card.prior)),
        ("instant learner", code(card.instant) or ("trained for each prior" if card.discrete else "none")),
        ("methods", ", ".join(code(method) for method in METHODS if not why_not(method, card))),
    ]
    ids = [
        (
            code(key),
            code(gym),
            "yes" if key in card.test_keys else "",
            f"`mereq_teleop.envs.make({key!r}, theta=...)` alone" if key in card.needs_theta else "commands",
        )
        for key, gym in card.ids.items()
    ]
    features = [
        (code(one.name), one.unit, one.meaning, "" if one.wanted else "never", f"{one.reach:g}")
        for one in card.features
    ]
    keys = [
        (" ".join(code(caption(name)) for name in names), does)
        for names, does in driving_keys(card, Mode.INSTINCT).items()
    ]
    return "\n\n".join(
        (
            f"## {card.name}",
            f"{card.title}.",
            table(("", "value"), facts).strip(),
            table(("key", "gymnasium id", "to test in", "taken by"), ids).strip(),
            "Features f, in the order of theta. *Wanted: never* says that its weight is never positive; *reach* is how "
            "far its weight is searched for.",
            table(("feature", "unit", "is", "wanted", "reach"), features).strip(),
            "Actions:",
            _action_table(card).strip(),
            "Keys of the operator's window (the others are in [keys.md](keys.md)):",
            table(("keys", "do"), keys).strip(),
            "Preferences of the simulated expert (`--preference`; the first is the default):",
            table(
                ("preference", "residual reward", "expert", "takes over", "gives back", "noise"),
                [_preference(card, one) for one in card.preferences],
            ).strip(),
            "\n".join(f"- `{one.name}`: {cell(one.calibration)}." for one in card.preferences),
        )
    )


def _named(card: TaskCard, action: int | tuple[float, ...]) -> str:
    if isinstance(action, int):
        return code(card.actions[action])
    return ", ".join(
        f"{axis.name} {value:g} {axis.unit}".strip() for axis, value in zip(card.axes, action, strict=True)
    )


def _action_table(card: TaskCard) -> str:
    if card.discrete:
        return table(("number", "action"), [(str(number), code(name)) for number, name in enumerate(card.actions)])
    rows = [(code(axis.name), axis.unit, f"{axis.low:g}", f"{axis.high:g}") for axis in card.axes]
    return table(("axis", "unit", "lowest", "highest"), rows)


def _preference(card: TaskCard, one: Preference) -> tuple[str, ...]:
    weights = (f"{weight:+g} {name}" for name, weight in zip(card.feature_names, one.theta, strict=True) if weight)
    noise = f"overlooks {one.lapse:.0%}, errs in {one.slip:.0%} of its steps" if one.lapse or one.slip else ""
    engage = f"above {one.engage_above:g}, {_steps(one.engage_after)} in a row"
    return (
        code(one.name),
        ", ".join(weights),
        code(one.expert),
        engage,
        f"after {_steps(one.release_after)} in a row",
        noise,
    )


def _steps(count: int) -> str:
    return f"{count} step{'s'[: count > 1]}"
