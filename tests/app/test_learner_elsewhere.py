"""An unattended session whose learner elsewhere does not answer: it ends, and says why."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mereq_teleop.app.bus.addresses import free_port
from mereq_teleop.app.bus.keys import KeyRing
from tests.app.bus.test_door import House

Call = Callable[..., tuple[int, str, str]]
GRACE_S = 1.0


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A learner's door with one friend's key, and sessions with less patience than they have."""
    monkeypatch.setattr("mereq_teleop.app.bus.health.START_GRACE_S", GRACE_S)
    with ExitStack() as stack:
        yield House(tmp_path, stack)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("stranger", "it does not know our key; there: mereq keys allow NAME '{own}'"),
        ("mistaken", "what answers has not the key {learner}: nothing is sent to it"),
        ("alone", "is one running at tcp://127.0.0.1:{port}, with nothing in between that closes its three ports?"),
    ],
)
def test_it_ends_with_one_line_and_exit_code_one(house: House, tmp_path: Path, call: Call, who: str, said: str) -> None:
    own = KeyRing(tmp_path / "own")
    public = own.make().public
    learner = house.ring.own().public
    if who == "mistaken":
        house.ring.allow("robot", public)
        learner = KeyRing(tmp_path / "another").make().public
    own.allow("learner", learner)
    port = free_port() if who == "alone" else house.port
    there = ("--learner", f"tcp://127.0.0.1:{port}", "--learner-key", "learner", "--keys", tmp_path / "own")
    code, out, error = call("mereq-teleop", *there, "--headless", "--device", "simulated", "--sessions", tmp_path / "s")
    assert (code, out) == (1, "")
    why = said.format(own=public, learner=learner, port=port)
    assert error.splitlines()[-1] == f"error: the learner does not serve: silent for {GRACE_S} s; {why}"
