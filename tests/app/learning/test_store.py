"""The store: in order, once, for one session and one learner, and plain about a full disk."""

import resource
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.bus.messages import NewSegment, Retract, RoundEnd, Stream
from mereq_teleop.app.learning.errors import BadStore
from mereq_teleop.app.learning.store import SegmentStore
from tests.app.bus.samples import make_hello, make_segment
from tests.app.driven import whole


@given(st.lists(st.sampled_from(["0", "1", "2", "-0", "-1", "|"]), max_size=20))
def test_a_store_is_the_stream_once_without_what_was_retracted(words: list[str]) -> None:
    kept: dict[str, bool] = {}
    with closing(SegmentStore(None)) as store:
        for seq, word in enumerate(words, start=1):
            message: Stream = NewSegment(seq=seq, segment=make_segment(word))
            if word == "|":
                message = RoundEnd(seq=seq, round=seq)
            elif word.startswith("-"):
                message = Retract(seq=seq, segment_id=word[1:])
                kept.update({word[1:]: False} if word[1:] in kept else {})
            else:
                kept.setdefault(word, True)
            store.commit([message])
        assert [segment.id for segment in store.segments(len(words))] == [id_ for id_, keep in kept.items() if keep]
        assert store.stored == len(words)
        # What is told without its steps is the same, whenever it is asked for.
        for through in (0, len(words) // 2, len(words)):
            assert list(map(whole, store.told(through))) == store.segments(through)


def test_a_store_opens_as_it_was_left(tmp_path: Path) -> None:
    stream: list[Stream] = [
        NewSegment(seq=1, segment=make_segment("a")),
        NewSegment(seq=2, segment=make_segment("b", human=False)),
        Retract(seq=3, segment_id="a"),
        RoundEnd(seq=4, round=0),
    ]
    with closing(SegmentStore(tmp_path / "deep" / "store")) as store:
        store.commit(stream)
        before = store.entries()
    with closing(SegmentStore(tmp_path / "deep" / "store")) as store:
        assert store.stored == 4
        assert store.entries() == before
        assert [entry.seq for entry in store.entries(after=2)] == [3, 4]
        assert [(entry.human, entry.retracted) for entry in before[:2]] == [(True, True), (False, False)]
        assert [segment.id for segment in store.segments(4)] == ["b"]
        assert list(map(whole, store.told(4))) == [make_segment("b", human=False)]
        store.commit([NewSegment(seq=5, segment=make_segment("c", start=3, steps=4, round_=1, seed=7))])
        assert list(map(whole, store.told(5))) == store.segments(5)
        assert store.segments(1) == []


def test_a_second_learner_is_kept_out(tmp_path: Path) -> None:
    with closing(SegmentStore(tmp_path / "store")), pytest.raises(BadStore, match="another learner uses"):
        SegmentStore(tmp_path / "store")


def test_a_store_belongs_to_one_session_and_its_settings(tmp_path: Path) -> None:
    with closing(SegmentStore(tmp_path / "store")) as store:
        store.claim(make_hello())
        store.claim(make_hello(last_version=3, oldest=5, prior=b""))
        with pytest.raises(BadStore, match="belongs to session 'test', not to 'other'"):
            store.claim(make_hello(session="other"))
        with pytest.raises(BadStore, match="another task card or configuration"):
            store.claim(make_hello(update="round"))


@pytest.mark.parametrize("content", [b"garbage " * 1000, None])
def test_what_is_no_store_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "store"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(BadStore, match="learner's store"):
        SegmentStore(path)


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """Files of this process cannot grow over `size` bytes: a full disk without a disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_one_line_and_harms_nothing(tmp_path: Path) -> None:
    with closing(SegmentStore(tmp_path / "store")) as store:
        store.commit([NewSegment(seq=1, segment=make_segment("a"))])
        big: list[Stream] = [NewSegment(seq=2, segment=make_segment("b", steps=2000))]
        with little_room(100_000), pytest.raises(OSError, match=r"cannot write to .*: segments wait in the actor"):
            store.commit(big)
        assert store.stored == 1
        store.commit(big)
        assert [segment.id for segment in store.segments(2)] == ["a", "b"]
