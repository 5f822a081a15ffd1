"""The outbox: in order, each acked once, and nothing forgotten."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.bus.outbox import WINDOW, Outbox


@given(st.lists(st.sampled_from(["add", "send", "ack", "rewind"]), max_size=200), st.randoms())
def test_whatever_happens_all_arrive_once_and_in_order(events: list[str], random: Random) -> None:
    outbox, stored, acked = Outbox(), 0, list[str]()
    for event in events:
        if event == "add":
            outbox.add(outbox.next, str(outbox.next), outbox.next.to_bytes(4))
        elif event == "send" and (data := outbox.peek()) is not None:
            outbox.sent()
            # The other end takes what follows on what it has.
            stored += int.from_bytes(data) == stored + 1
        elif event == "ack":
            acked += outbox.ack(random.randint(0, stored))
        elif event == "rewind":
            outbox.rewind()
        assert 0 <= outbox.in_flight <= WINDOW
    outbox.rewind()
    while (data := outbox.peek()) is not None:
        outbox.sent()
        stored += int.from_bytes(data) == stored + 1
        acked += outbox.ack(stored)
    assert acked == [str(number) for number in range(1, outbox.next)]
    assert len(outbox) == 0


def test_numbers_have_no_gaps() -> None:
    with pytest.raises(ValueError, match="number 1, not 2"):
        Outbox().add(2, "b", b"")


def test_an_ack_of_what_was_never_sent_is_harmless() -> None:
    outbox = Outbox()
    outbox.add(1, "a", b"")
    assert outbox.ack(99) == ["a"]
    assert (outbox.acked, outbox.in_flight) == (1, 0)
