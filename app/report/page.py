"""The page's part about one session."""

from collections.abc import Sequence
from html import escape

from mereq_teleop.app.report.markup import HOLLOW, card, facts, key, tile, tiles
from mereq_teleop.app.report.numbers import SessionNumbers
from mereq_teleop.app.report.plots import (
    clock,
    heat_plot,
    latency_plot,
    rate_plot,
    return_plot,
    samples_plot,
    strip,
    theta_plot,
)
from mereq_teleop.app.report.svg import COLOURS, DASHES, GREY, LEVEL, SERIES, mixed
from mereq_teleop.app.report.tables import evaluation_card, happenings_table, policies_table, settings_table
from mereq_teleop.app.wording import percent
from mereq_teleop.sessions.records import Authority

__all__ = ["EFFORT", "delta_key", "effort_rows", "feature_key", "heat_legend", "session_part"]

EFFORT = (
    "Effort counts every step by hand, also those that were taken back. A takeover is a run of steps by hand within an "
    "episode; a switch is a change of control between policy and human, either way. Seconds by hand are world seconds: "
    "steps by hand / control rate. Return on human effort is the sum of the task's own rewards / (1 + steps by hand) "
    "(Hoque et al. 2022, arXiv 2206.14349, for one robot and one person); what the person wishes beyond the task's "
    "reward is not in it, and it grows with the session's length: compare sessions of equal length."
)


def session_part(numbers: SessionNumbers) -> str:
    """Everything about one session, as markup."""
    return "".join(
        (
            _head(numbers),
            _tiles(numbers),
            '<div class="cards">',
            card(
                "Who had control",
                strip(numbers) + _control_key(numbers),
                wide=True,
                strip=True,
                caption="Upright lines are ends of rounds, triangles new policies. Rest the pointer for more.",
            ),
            _rate(numbers),
            card(
                "Expert samples",
                samples_plot(numbers),
                "Steps by hand that the learner may use; dots are ends of rounds, dotted lines new policies.",
            ),
            *(_heat(numbers, at) for at in range(len(numbers.maps))),
            _theta(numbers),
            _latencies(numbers),
            _returns(numbers),
            evaluation_card(numbers),
            _effort(numbers),
            "</div>",
            policies_table(numbers),
            happenings_table(numbers),
            settings_table(numbers),
        )
    )


def _control_key(numbers: SessionNumbers) -> str:
    """What is seen in the strip; what a session has none of is left out."""
    entries: list[tuple[str, str, str | None]] = [
        ("policy", COLOURS[Authority.POLICY], None),
        ("by hand", COLOURS[Authority.HUMAN], None),
    ]
    if numbers.effort.safe_steps:
        entries.append(("held safe", COLOURS[Authority.SAFE], None))
    if numbers.effort.retracted_steps:
        entries.append(("taken back", COLOURS[Authority.HUMAN], HOLLOW))
    entries.append(("new policy", SERIES[2], None))
    if any(drive.reason for drive in numbers.drives):
        entries.append(("earlier policy called back", SERIES[1], None))
    return key(entries)


def _head(numbers: SessionNumbers) -> str:
    config = numbers.config
    facts = [numbers.title, f"method {config.method}", f"device {config.device}"]
    facts += [f"preference {numbers.preference}"] if numbers.preference else []
    facts += [f"participant {numbers.participant}"] if numbers.participant else []
    facts += [f"seed {config.seed}", f"started {config.started_utc[:19].replace('T', ' ')} UTC"]
    facts += [f"goes on from {config.parent}"] if config.parent else []
    problems = [numbers.loss] if numbers.loss else []
    problems += ["a simulation broke down: diverged.npz in the session's folder has it"] if numbers.diverged else []
    if numbers.loss.startswith("the recording was cut"):
        problems[0] += " - or the session still goes on, and this is how far it is on the disk"
    return f'<h2 class="name">{escape(numbers.name)}</h2><p class="dim">{escape(", ".join(facts))}</p>' + "".join(
        f'<p class="bad">{escape(problem)}</p>' for problem in problems
    )


def _tiles(numbers: SessionNumbers) -> str:
    effort, last = numbers.effort, numbers.rounds[-1].share
    by_hand = f"{effort.human_steps / effort.steps:.0%}"
    shown = [
        tile(f"{effort.steps:,}", f"control steps in {clock(effort.duration_s)}"),
        tile(f"{effort.human_steps:,}", f"of them by hand ({by_hand})"),
        tile(f"{effort.takeovers:,}", "takeovers"),
    ]
    if not numbers.demonstrations:
        last_words = f"by hand in the last round [{100 * last.low:.0f} to {100 * last.high:.0f} %]"
        shown.append(tile(percent(last.rate), last_words))
    learned = len({drive.hash for drive in numbers.drives})
    shown.append(tile(str(learned), "different policies drove"))
    if numbers.latencies is not None:
        shown.append(tile(f"{numbers.latencies.median_s:.1f} s", "from a correction to its policy (median)"))
    successes = numbers.terminated - numbers.crashes
    ends = {
        "crash": {"crashes": numbers.crashes},
        "success": {"successes": successes},
        "either": {"crashes": numbers.crashes, "successes": successes},
    }
    for what, many in ends.get(numbers.termination, {"ended early": numbers.terminated}).items():
        shown.append(tile(f"{many}", f"{what} in {numbers.episodes} episodes"))
    return tiles(shown)


def _rate(numbers: SessionNumbers) -> str:
    caption = "Share of the steps under policy or human that were by hand, with its 95 % interval: a bootstrap over "
    caption += "episodes, never narrower than Wilson's interval. A ring is a round that was not over."
    if numbers.demonstrations:
        caption = "A session of demonstrations: the human drove every step."
        return card("Intervention rate by round", rate_plot(numbers), caption)
    return card("Intervention rate by round", rate_plot(numbers) + delta_key(numbers.delta), caption)


def delta_key(delta: float | None) -> str:
    """What the level line in a plot of rates means."""
    return "" if delta is None else key([(f"aligned under {100 * delta:g} %", GREY, LEVEL)])


def _heat(numbers: SessionNumbers, at: int) -> str:
    heat = numbers.maps[at]
    caption = "A dot is where takeovers began, larger for more. Grey: never there."
    return card(f"Where: {heat.title}", heat_plot(heat) + heat_legend(), caption)


def heat_legend() -> str:
    """What a cell's colour means."""
    shades = [("none", 0.0), ("half", 0.5), ("all of its steps by hand", 1.0)]
    return key((name, mixed(share), None) for name, share in shades)


def feature_key(names: Sequence[str]) -> str:
    """What the lines of the features mean."""
    return key(
        (name.replace("_", " "), SERIES[at % len(SERIES)], DASHES[at % len(DASHES)]) for at, name in enumerate(names)
    )


def _theta(numbers: SessionNumbers) -> str:
    if not any(drive.weights for drive in numbers.drives):
        return ""
    caption = "theta of the driving policy. Bands are 1.96 standard deviations, where the method has them."
    if numbers.true_theta is not None:
        caption += " Thick ends at the right: what the simulated expert wants."
    return card("Reward weights", theta_plot(numbers) + feature_key(numbers.feature_names), caption)


def _latencies(numbers: SessionNumbers) -> str:
    found = numbers.latencies
    title = "Waiting for the learner"
    if found is None:
        return card(title, '<p class="dim">No policy answered a correction or a round.</p>')
    caption = (
        f"Wall-clock seconds from the end of a correction or round to its policy at the wheel: {found.count} answers, "
        f"median {found.median_s:.2f} s, nine in ten within {found.p90_s:.2f} s, longest {found.longest_s:.2f} s."
    )
    return card(title, latency_plot(numbers) + key([("median", GREY, LEVEL)]), caption)


def _returns(numbers: SessionNumbers) -> str:
    if not numbers.policies:
        return ""
    episodes = numbers.policies[0].found.episodes
    whose = f"and what the expert {numbers.preference} wants" if numbers.preference else "alone"
    caption = f"Mean over {episodes} episodes of common seeds, by the task's own reward {whose}."
    return card("How good each policy is", return_plot(numbers), caption)


def effort_rows(numbers: SessionNumbers) -> list[tuple[str, str]]:
    """What the session cost, in words and numbers."""
    of = numbers.effort
    return [
        ("takeovers", f"{of.takeovers}"),
        ("median length of a takeover", "-" if of.median_takeover is None else f"{of.median_takeover:g} steps"),
        ("steps by hand", f"{of.human_steps}"),
        ("of them taken back", f"{of.retracted_steps}"),
        ("seconds by hand (world time)", "-" if of.seconds_by_hand is None else f"{of.seconds_by_hand:.1f} s"),
        ("switches of control", f"{of.switches}"),
        ("steps held safe", f"{of.safe_steps}"),
        ("session", clock(of.duration_s)),
        ("of it paused", clock(of.paused_s)),
        ("sum of the task's rewards", f"{of.reward:.1f}"),
        ("return on human effort", f"{of.return_on_effort:.2f}"),
    ]


def _effort(numbers: SessionNumbers) -> str:
    return card("Effort", facts(effort_rows(numbers)), EFFORT, wide=True)
