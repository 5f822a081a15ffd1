"""The learner's loop in one thread with its actors, with time that can be pushed forward."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zmq

from mereq_teleop.agents.learner import FROM_NOTHING, LearnerConfig
from mereq_teleop.app.bus.actor_end import ActorEnd
from mereq_teleop.app.bus.addresses import BusAddress, private_address
from mereq_teleop.app.bus.learner_end import ACTOR_GONE_S, LearnerEnd
from mereq_teleop.app.bus.seam import Arrived, BusEvent, Refused, Welcomed
from mereq_teleop.app.learning.service import LearnerService
from mereq_teleop.app.learning.store import SegmentStore
from tests.app.bus.samples import make_hello, make_segment
from tests.app.learning.fake_learner import FakeLearner, FakeWorkshop


class Table:
    """A service that keeps each session in a folder of its own, and room for actors."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", folder: Path, address: BusAddress) -> None:
        self.context, self.folder, self.address = context, folder, address
        self.ahead_s = 0.0
        self.lines: list[str] = []
        self.end = LearnerEnd(address, context=context, instance="l", clock=self.clock, log=self.lines.append)
        self.service = LearnerService(self.end, FakeWorkshop(), folder.joinpath, self.lines.append)

    def clock(self) -> float:
        return time.monotonic() + self.ahead_s

    def actor(self, session: str, card: str = "card-of-toy") -> ActorEnd:
        return ActorEnd(
            self.address, make_hello(session=session, card=card), context=self.context, identity=f"actor of {session}"
        )

    def until(self, actor: ActorEnd, kind: type[BusEvent] | None = None) -> None:
        """Turn until such an event came; None waits until all is settled."""
        end = time.monotonic() + 10
        while True:
            self.service.turn()
            events = actor.poll(self.clock())
            if actor.settled() if kind is None else any(isinstance(event, kind) for event in events):
                return
            assert time.monotonic() < end, self.lines


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    with zmq.Context() as context, private_address() as address:
        table = Table(context, tmp_path, BusAddress.parse(address))
        with closing(table.end), closing(table.service):
            yield table


def test_one_session_after_another_each_in_its_own_folder(table: Table) -> None:
    with closing(table.actor("monday")) as first, closing(table.actor("tuesday")) as second:
        first.offer(make_segment("m"))
        table.until(first)
        table.until(second, Refused)
        table.ahead_s += ACTOR_GONE_S + 1
        second.offer(make_segment("t"))
        table.until(second)
    table.service.close()
    for session, id_ in (("monday", "m"), ("tuesday", "t")):
        with closing(SegmentStore(table.folder / session / "segments.sqlite")) as store:
            assert [entry.key for entry in store.entries()] == [id_]


def test_a_refused_actor_asks_again_and_the_log_says_it_once(table: Table) -> None:
    with closing(table.actor("monday", card="another")) as actor:
        table.until(actor, Refused)
        for _ in range(5):
            table.ahead_s += 10
            actor.poll(table.clock())
            table.service.turn()
            table.service.turn()
    assert len([line for line in table.lines if "refused" in line]) == 1
    with closing(table.actor("tuesday")) as actor:
        table.until(actor, Welcomed)


def test_a_policy_that_was_refined_in_the_background_is_published_and_the_work_is_told(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeLearner, "slices", 3)
    with closing(table.actor("monday")) as actor:
        actor.offer(make_segment("h1"))
        table.until(actor, Arrived)
        table.until(actor, Arrived)
        assert any("policy 2, refined" in line for line in table.lines)


def test_a_learner_from_nothing_sends_its_policy_before_the_first_segment(table: Table) -> None:
    hello = make_hello(session="monday", config=LearnerConfig(task="toy", method="maxent"))
    with closing(ActorEnd(table.address, hello, context=table.context, identity="a")) as actor:
        table.until(actor, Arrived)
    assert {"maxent"} == FROM_NOTHING
