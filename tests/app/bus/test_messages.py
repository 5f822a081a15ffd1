"""The wire: what goes in comes out, and nothing else gets in."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.bus import messages
from mereq_teleop.app.bus.errors import BadMessage
from mereq_teleop.app.bus.messages import BadMessages, decode, encode, protocol_of
from tests.app.bus.samples import make_hello, make_segment, wire


@given(wire)
def test_a_message_survives_the_wire(message: messages.Wire) -> None:
    assert decode(encode(message)) == message


@given(wire, st.data())
def test_a_cut_message_is_no_message(message: messages.Wire, data: st.DataObject) -> None:
    frame = encode(message)
    with pytest.raises(BadMessage):
        decode(frame[: data.draw(st.integers(0, len(frame) - 1))])


@given(st.binary())
def test_garbage_is_a_bad_message_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(data)


@given(wire, st.data())
def test_a_changed_byte_gives_a_message_or_a_bad_message(message: messages.Wire, data: st.DataObject) -> None:
    frame = bytearray(encode(message))
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadMessage):
        decode(bytes(frame))


@given(wire)
def test_an_unknown_field_is_refused(message: messages.Wire) -> None:
    fields = msgspec.msgpack.decode(encode(message)) | {"surprise": 1}
    with pytest.raises(BadMessage, match="surprise"):
        decode(msgspec.msgpack.encode(fields))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(BadMessage):
        decode(b"\x91" * 1_000_000)


def test_each_type_has_a_size_limit() -> None:
    long = msgspec.structs.replace(make_segment("a"), id="x" * 9 * 2**20)
    with pytest.raises(BadMessage, match=r"NewSegment of .* bytes; the limit is"):
        encode(messages.NewSegment(seq=1, segment=long))
    with pytest.raises(BadMessage, match="the limit is"):
        decode(b"\0" * (messages.MAX_BYTES + 1))


def test_a_session_is_a_plain_folder_name() -> None:
    with pytest.raises(BadMessage, match="session"):
        decode(encode(make_hello(session="../../etc")))


def test_a_hello_of_another_protocol_tells_its_number() -> None:
    strange = msgspec.msgpack.encode({"type": "Hello", "protocol": 99, "shape": [1, 2]})
    assert protocol_of(strange) == 99
    assert protocol_of(encode(make_hello())) == messages.PROTOCOL
    assert protocol_of(encode(messages.Ack(seq=1))) is None
    assert protocol_of(b"garbage") is None


def test_bad_messages_are_counted_and_logged_once_a_minute() -> None:
    lines: list[str] = []
    bad = BadMessages(lines.append)
    for second in range(121):
        bad.add("why", float(second))
    assert bad.count == 121
    assert lines == [f"dropped a bad message ({n} so far): why" for n in (1, 61, 121)]
