from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.authority import NEXT, AuthorityHolder, Event

events = st.lists(st.sampled_from(Event), max_size=30)


@pytest.mark.parametrize(("before", "event"), list(product(Authority, Event)))
def test_every_pair_moves_as_the_table_says_or_not_at_all(before: Authority, event: Event) -> None:
    holder = AuthorityHolder(before)
    change = holder.apply(event, "why")
    if (before, event) not in NEXT:
        assert change is None
        assert holder.authority is before
        return
    assert change is not None
    assert (change.before, change.event, change.after) == (before, event, NEXT[before, event])
    assert holder.authority is change.after
    assert holder.authority is not before


@given(events)
def test_a_reason_is_given_exactly_while_safe(happened: list[Event]) -> None:
    holder = AuthorityHolder()
    for event in happened:
        change = holder.apply(event)
        assert bool(holder.reason) == (holder.authority is Authority.SAFE)
        assert change is None or change.reason == holder.reason


@given(events)
def test_a_person_has_control_only_by_taking_it(happened: list[Event]) -> None:
    holder = AuthorityHolder()
    for event in happened:
        before = holder.authority
        holder.apply(event)
        assert holder.authority is not Authority.HUMAN or before is Authority.HUMAN or event is Event.ENGAGE


@given(events, st.sampled_from([Event.RELEASE, Event.LOST, Event.PAUSE]))
def test_whatever_ends_a_takeover_ends_it_at_once(happened: list[Event], end: Event) -> None:
    holder = AuthorityHolder()
    for event in (*happened, end):
        holder.apply(event)
    assert holder.authority is not Authority.HUMAN


@given(events)
def test_there_is_always_a_way_back_to_the_policy(happened: list[Event]) -> None:
    holder = AuthorityHolder()
    for event in happened:
        holder.apply(event)
    holder.apply(Event.RESUME)
    holder.apply(Event.RELEASE)
    assert holder.authority is Authority.POLICY
