from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.sessions.reader import Recording, read_recording
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.sessions.verify import Verification, verify
from tests.sessions.made import FINGERPRINT, HORIZON, ToyPolicy, ToyWorld, drive, record

STEPS = 30
OTHER = msgspec.structs.replace(FINGERPRINT, cpu="other")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    path: Path = tmp_path_factory.mktemp("whole") / "session.mcap"
    mixed = [Authority.POLICY, Authority.POLICY, Authority.HUMAN, Authority.SAFE, Authority.HUMAN]
    return read_recording(record(path, drive(mixed * 6)))


def check(recording: Recording, world: ToyWorld | None = None, here: Any = FINGERPRINT) -> Verification:
    return verify(recording, world or ToyWorld(), ToyPolicy, here)


def changed(recording: Recording, at: int, change: Callable[[Any], Any]) -> Recording:
    """The recording with one transition, counted through the session, changed."""
    episode = recording.episodes[at // HORIZON]
    steps = [*episode.transitions]
    steps[at % HORIZON] = change(steps[at % HORIZON])
    episodes = [*recording.episodes]
    episodes[at // HORIZON] = msgspec.structs.replace(episode, transitions=tuple(steps))
    return replace(recording, episodes=tuple(episodes))


def flip(number: float) -> float:
    """The number with its last bit flipped, as float64."""
    bits = np.float64(number).view(np.uint64) ^ np.uint64(1)
    return float(bits.view(np.float64))


def test_a_true_recording_is_verified_across_swaps(recording: Recording) -> None:
    found = check(recording)
    assert found.ok
    assert str(found) == "verified 30 steps, 5 swaps (bit by bit)"


@given(
    at=st.integers(0, STEPS - 1),
    field=st.sampled_from(["obs", "next_obs", "features", "reward"]),
    index=st.integers(0, 3),
)
def test_a_flipped_bit_is_found_where_it_is(recording: Recording, at: int, field: str, index: int) -> None:
    def change(transition: Any) -> Any:
        value = getattr(transition, field)
        if field == "reward":
            return msgspec.structs.replace(transition, reward=flip(value))
        index_here = index % len(value)
        value = (*value[:index_here], flip(value[index_here]), *value[index_here + 1 :])
        return msgspec.structs.replace(transition, **{field: value})

    found = check(changed(recording, at, change))
    assert found.difference is not None
    assert (found.difference.episode, found.difference.step) == divmod(at, HORIZON)
    assert found.difference.field.startswith(field)
    assert found.steps == at
    assert "differs in episode" in str(found)


def test_another_wish_of_the_policy_is_found(recording: Recording) -> None:
    def change(transition: Any) -> Any:
        decision = transition.decision
        wanted = (decision.policy_action + 1) % 3
        return msgspec.structs.replace(transition, decision=msgspec.structs.replace(decision, policy_action=wanted))

    # Step 2 was the human's: the policy's own wish counts there too.
    found = check(changed(recording, 2, change))
    assert found.difference is not None
    assert found.difference.field == "policy_action"


def test_a_wrong_version_is_found(recording: Recording) -> None:
    found = verify(recording, ToyWorld(), lambda version: ToyPolicy(version + (version == 3)), FINGERPRINT)
    assert found.difference is not None
    assert found.difference.field == "policy_action"
    assert found.steps >= 15


def test_flags_and_sizes_count(recording: Recording) -> None:
    flagged = changed(recording, 29, lambda t: msgspec.structs.replace(t, terminated=True))
    assert "terminated recorded 1.0, recomputed 0.0" in str(check(flagged))
    longer = changed(recording, 4, lambda t: msgspec.structs.replace(t, features=(*t.features, 0.0)))
    assert "features (how many numbers) recorded 3, recomputed 2" in str(check(longer))


class SlightlyOff(ToyWorld):
    """Another machine's libm."""

    off = np.float32(1e-6)

    def step(self, action: Action) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.floating[Any]], float, bool, bool]:
        obs, features, reward, terminated, truncated = super().step(action)
        return obs + self.off, features + float(self.off), reward, terminated, truncated


def test_another_machine_is_allowed_a_tolerance_and_named(recording: Recording) -> None:
    assert not check(recording, SlightlyOff()).ok
    found = check(recording, SlightlyOff(), OTHER)
    assert found.ok
    assert str(found) == "verified 30 steps, 5 swaps (within 0.0001, not bit by bit: cpu c -> other)"


def test_the_tolerance_has_an_end(recording: Recording) -> None:
    class FarOff(SlightlyOff):
        off = np.float32(1e-3)

    found = check(recording, FarOff(), OTHER)
    assert found.difference is not None
    assert found.difference.field.startswith("next_obs")
