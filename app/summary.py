"""What a session says of itself in lines for a person: each round once, the policy and its evaluation at the end."""

from collections.abc import Callable

from mereq_teleop.app.actor import Actor
from mereq_teleop.app.results import EvaluationResult, Results
from mereq_teleop.app.tally import RoundTally
from mereq_teleop.app.wording import in_words, percent, percents
from mereq_teleop.sessions.folder import default_root

__all__ = ["Summary"]


class Summary:
    """Says the lines of one session."""

    def __init__(self, actor: Actor, say: Callable[[str], None]) -> None:
        self._actor = actor
        self._say = say
        self._told = len(actor.tally.rounds) - 1

    def say_rounds(self) -> None:
        """The rounds that ended since the last call."""
        over = self._actor.tally.rounds[self._told : -1]
        self._told += len(over)
        for done in over:
            self._say(self._of_round(done))

    def say_end(self, results: Results, *, recorded: bool = True) -> None:
        """All that was not said yet: rounds, also one that was cut short, how good the policy is, what it wants.

        `recorded` says whether the recording has a step.
        """
        self.say_rounds()
        actor = self._actor
        if (cut := actor.tally.round).steps:
            self._say(f"{self._of_round(cut)}, not over")
        verdict, version = actor.tally.last_verdict, actor.tally.last_version
        if not actor.config.demonstrations and verdict.rate is not None:
            known = f"{percent(verdict.rate)} ({percents(verdict.interval)})"
            self._say(f"policy {version}'s steps: {known} by hand, {in_words(verdict, actor.config.delta)}")
        driving = actor.shelf.driving.snapshot
        if (weights := driving.maker.weights) is not None:
            theta = zip(weights.feature_names, weights.theta, strict=True)
            self._say(f"policy {driving.version}: " + ", ".join(f"{name} {weight:+.2f}" for name, weight in theta))
        if (evaluation := results.evaluation) is not None:
            for name in ("prior", "policy", "expert"):
                if (of := getattr(evaluation, name)) is not None:
                    self._say(f"{name}: {_of_evaluation(of)}")
        config = actor.config
        usual = config.sessions is None or config.sessions.resolve() == default_root().resolve()
        if not recorded:
            self._say("no step was taken: there is nothing to watch again or to keep")
        elif usual and not (config.headless or config.blind):
            self._say(
                "now: mereq replay last (watch it again), mereq report last, mereq policy save last (keep the policy)"
            )

    def _of_round(self, round_: RoundTally) -> str:
        known = percent(round_.intervention_rate)
        if not self._actor.config.demonstrations:
            known += f", {percents(self._actor.tally.interval(round_))}"
        driving = self._actor.shelf.driving.snapshot.version
        version = driving if round_.policy_version is None else round_.policy_version
        return f"round {round_.round}: {round_.human_steps} of {round_.steps} steps by hand ({known}), policy {version}"


def _of_evaluation(of: EvaluationResult) -> str:
    words = [f"return {of.return_true:.1f}"]
    if of.crash_rate is not None:
        words.append(f"crashes {of.crash_rate:.1%}")
    if of.success_rate is not None:
        words.append(f"success {of.success_rate:.1%}")
    if of.intervention_rate is not None:
        words.append(f"intervention rate {of.intervention_rate:.3f}")
    return ", ".join(words)
