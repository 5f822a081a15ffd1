import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.arbiter import SAFE_S, Arbiter
from mereq_teleop.teleop.authority import Event
from mereq_teleop.teleop.command import Command
from tests.teleop.made import CARD

POLICY_WANTS = 3


def command(action: int | None = None, *, engaged: bool = True, lost: str = "", time_s: float = 0.0) -> Command:
    return Command(device="test", action=action, engaged=engaged, time_s=time_s, lost=lost)


class ArbiterLaws(RuleBasedStateMachine):
    """Whatever devices, pauses and steps do, in any order."""

    @initialize()
    def start(self) -> None:
        self.arbiter = Arbiter(CARD)

    @rule(action=st.none() | st.integers(0, 4))
    def engage(self, action: int | None) -> None:
        before, pending = self.arbiter.authority, self.arbiter.pending
        self.arbiter.on_command(command(action))
        if before is Authority.NOBODY:
            assert self.arbiter.authority is Authority.NOBODY
            return
        assert self.arbiter.authority is Authority.HUMAN
        assert self.arbiter.pending == (pending if action is None else action)

    @rule()
    def release(self) -> None:
        self.arbiter.on_command(command(engaged=False))
        assert self.arbiter.authority in (Authority.POLICY, Authority.NOBODY)

    @rule()
    def lose(self) -> None:
        before = self.arbiter.authority
        self.arbiter.on_command(command(engaged=False, lost="unplugged"))
        assert self.arbiter.authority is (Authority.SAFE if before is Authority.HUMAN else before)

    @rule(event=st.sampled_from([Event.PAUSE, Event.RESUME, Event.EXPIRE]))
    def other(self, event: Event) -> None:
        self.arbiter.apply(event)

    @rule()
    def decide(self) -> None:
        authority, pending = self.arbiter.authority, self.arbiter.pending
        if authority is Authority.NOBODY:
            with pytest.raises(ValueError, match="nobody has control"):
                self.arbiter.decide(POLICY_WANTS)
            return
        decision = self.arbiter.decide(POLICY_WANTS)
        assert decision.authority is authority
        assert decision.policy_action == POLICY_WANTS
        wanted = CARD.neutral_action if pending is None else pending
        assert decision.human_action == (wanted if authority is Authority.HUMAN else None)
        executed = {Authority.POLICY: POLICY_WANTS, Authority.HUMAN: wanted}.get(authority, CARD.neutral_action)
        assert decision.executed == executed
        assert bool(decision.reason) == (authority is Authority.SAFE)
        assert self.arbiter.pending is None

    @invariant()
    def only_a_human_has_something_pending(self) -> None:
        assert self.arbiter.pending is None or self.arbiter.authority is Authority.HUMAN


TestArbiterLaws = ArbiterLaws.TestCase


def test_the_last_press_before_the_decision_counts() -> None:
    arbiter = Arbiter(CARD)
    change = arbiter.on_command(command(0))
    assert change is not None
    assert (change.before, change.after, change.event) == ("policy", "human", "engage")
    assert arbiter.on_command(command(2)) is None
    assert arbiter.decide(POLICY_WANTS).executed == 2
    assert arbiter.decide(POLICY_WANTS).executed == CARD.neutral_action


def test_a_pause_forgets_the_pending_press() -> None:
    arbiter = Arbiter(CARD)
    arbiter.on_command(command(0))
    arbiter.apply(Event.PAUSE)
    arbiter.apply(Event.RESUME)
    assert arbiter.decide(POLICY_WANTS).executed == POLICY_WANTS


def test_a_lost_device_is_named_in_the_decision() -> None:
    arbiter = Arbiter(CARD)
    arbiter.on_command(command(0))
    arbiter.on_command(command(engaged=False, lost="the joystick was unplugged"))
    decision = arbiter.decide(POLICY_WANTS)
    assert (decision.executed, decision.reason) == (CARD.neutral_action, "the joystick was unplugged")


def test_what_was_lost_is_waited_for_so_long_from_its_first_loss_and_no_longer() -> None:
    arbiter = Arbiter(CARD)
    arbiter.on_command(command(0))
    assert arbiter.safe_left_s(9.0) is None
    arbiter.on_command(command(engaged=False, lost="unplugged", time_s=10.0))
    arbiter.on_command(command(engaged=False, lost="unplugged", time_s=11.0))
    assert arbiter.safe_left_s(10.5) == pytest.approx(SAFE_S - 0.5)
    assert arbiter.expire(10.0 + 0.99 * SAFE_S) is None
    change = arbiter.expire(10.0 + SAFE_S)
    assert change is not None
    assert (change.before, change.after, change.event) == ("safe", "policy", "expire")
    assert arbiter.expire(20.0) is None


def test_in_demonstrations_it_is_waited_for_without_end() -> None:
    arbiter = Arbiter(CARD, demonstrating=True)
    arbiter.on_command(command(0))
    arbiter.on_command(command(engaged=False, lost="unplugged"))
    assert arbiter.safe_left_s(1e6) is None
    assert arbiter.expire(1e6) is None
    assert arbiter.authority is Authority.SAFE


def test_an_action_that_the_task_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r"test asks for action 5, wanted 0\.\.4"):
        Arbiter(CARD).on_command(command(5))


def test_a_lost_device_asks_for_nothing() -> None:
    with pytest.raises(ValueError, match="yet it asks for control"):
        command(lost="unplugged")
