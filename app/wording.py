"""Rates and verdicts as one says them, in the window and on standard error alike."""

from mereq_teleop.sessions.rates import Interval, Standing, Verdict

__all__ = ["counted", "in_words", "percent", "percents"]


def percent(rate: float | None) -> str:
    """A rate: "3 %"; a dash for none."""
    return "-" if rate is None else f"{100 * rate:.0f} %"


def percents(interval: Interval) -> str:
    """A range of rates: "0-11 %"."""
    return f"{100 * interval.low:.0f}-{100 * interval.high:.0f} %"


def counted(number: int, thing: str) -> str:
    """So many of them: "1 step", "2 steps"."""
    return f"{number} {thing}{'s' * (number != 1)}"


def in_words(verdict: Verdict, delta: float) -> str:
    """What a verdict means, in a few words."""
    match verdict.standing:
        case Standing.ALIGNED:
            return f"aligned under {100 * delta:g} %"
        case Standing.UNSETTLED if verdict.more_steps is None:
            return "too few steps to tell"
        case Standing.UNSETTLED:
            # Two digits: it is an estimate, and a number that is another one with every step says nothing at a glance.
            steps = counted(round(float(f"{verdict.more_steps:.2g}")), "more step")
            side = "aligned" if (verdict.rate or 0.0) < delta else "not aligned"
            return f"about {steps} to tell that it is {side}"
        case _:
            return str(verdict.standing)
