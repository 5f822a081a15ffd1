"""Laws of what learning makes: bytes round-trip, hashes tell tensors apart, nothing that is not finite gets in."""

import json
import math
from collections.abc import Mapping
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import save

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.records import LearnerReport, PolicyKind, PolicyMaker, PolicySnapshot, RewardWeights, lineage
from tests.agents.made import CARD, MAKER, snapshot

WEIGHTS = RewardWeights(theta=(0.0, 0.5, -1.25), feature_names=CARD.feature_names, round=2)
BAD = [math.nan, math.inf, -math.inf]
EVERY = ("input.shift", "input.scale", "prior.0.weight", "prior.0.bias", "residual.0.weight")

finite = st.floats(allow_nan=False, allow_infinity=False)
tensor = arrays(np.float32, array_shapes(max_dims=3, max_side=3), elements=st.floats(-10, 10, width=32))
makers = st.builds(
    PolicyMaker,
    task=st.text(max_size=5),
    method=st.text(max_size=5),
    gamma=finite,
    alpha=finite,
    round=st.integers(0, 9),
    segments=st.lists(st.text(max_size=4), max_size=3).map(tuple),
    alpha_hat=st.none() | finite,
    weights=st.none() | st.just(WEIGHTS),
)


@settings(max_examples=60)
@given(
    version=st.integers(0, 2**40),
    kind=st.sampled_from(["dqn", "residual-dqn"]),
    maker=makers,
    tensors=st.fixed_dictionaries(dict.fromkeys(EVERY, tensor)),
)
def test_a_snapshot_comes_back_from_its_bytes(
    version: int, kind: PolicyKind, maker: PolicyMaker, tensors: dict[str, np.ndarray]
) -> None:
    sent = PolicySnapshot(version, kind, maker, tensors)
    came = PolicySnapshot.from_bytes(sent.to_bytes())
    assert (came.version, came.kind, came.maker, came.hash) == (version, kind, maker, sent.hash)
    assert came.tensors.keys() == tensors.keys()
    for name in tensors:
        assert came.tensors[name].shape == tensors[name].shape
        assert came.tensors[name].tobytes() == tensors[name].tobytes()


def test_a_policy_names_few_segments_and_tells_many_apart() -> None:
    def made(ids: list[str]) -> PolicySnapshot:
        maker = PolicyMaker(task="t", method="m", gamma=0.9, alpha=0.1, **lineage(ids))
        return PolicySnapshot(1, "dqn", maker, {name: np.zeros(3, np.float32) for name in EVERY})

    few, many = [f"e{i}-s{i}" for i in range(1000)], [f"e{i}-s{i}" for i in range(100_000)]
    assert (made(few).maker.segments, made(few).maker.segments_digest) == (tuple(few), "")
    long = made(many)
    assert long.maker.learned_from == len(many)
    assert long.maker.segments == tuple(many[-1000:])
    assert len(long.to_bytes()) < len(made(few).to_bytes()) + 5000
    others = ([*many[1:], "e"], ["e", *many[1:]], many[:-1])
    assert len({made(ids).maker.segments_digest for ids in (many, *others)}) == 4


def test_a_policy_of_an_older_version_is_read() -> None:
    old = {"task": "t", "method": "m", "gamma": 0.9, "alpha": 0.1, "segments": ["e0-s1", "e0-s2"]}
    tensors = {name: np.zeros(3, np.float32) for name in EVERY}
    came = PolicySnapshot.from_bytes(save(tensors, {"version": "3", "kind": "dqn", "maker": json.dumps(old)}))
    assert (came.maker.segments, came.maker.learned_from) == (("e0-s1", "e0-s2"), 2)


def refused(data: bytes) -> str:
    with pytest.raises(BadPolicy) as caught:
        PolicySnapshot.from_bytes(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_truncation_is_refused() -> None:
    data = snapshot(hidden=1).to_bytes()
    for length in range(len(data)):
        refused(data[:length])
    refused(data + b"\0")


@given(data=st.binary(max_size=200))
def test_garbage_is_refused(data: bytes) -> None:
    refused(data)


@given(at=st.integers(8, 1100), byte=st.integers(0, 255))
def test_a_header_with_a_wrong_byte_is_refused_or_still_a_policy(at: int, byte: int) -> None:
    data = bytearray(snapshot(hidden=1).to_bytes())
    assert int.from_bytes(data[:8], "little") > 500
    data[min(at, 7 + int.from_bytes(data[:8], "little"))] = byte
    with suppress(BadPolicy):
        # Whatever is accepted must be fit to be sent on.
        assert PolicySnapshot.from_bytes(bytes(data)).to_bytes()


FIELDS = {"version": "3", "kind": "dqn", "maker": msgspec.json.encode(MAKER).decode()}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"version": "three"}, "three"),
        ({"kind": "ppo"}, "dqn, residual-dqn, sac, residual-sac"),
        ({"kind": "sac"}, "a sac policy needs the tensor 'actor.0.weight'"),
        ({"maker": "{}"}, "task"),
        ({"maker": "[1, 2]"}, "object"),
        ({"maker": '{"task": "highway", "surprise": 1}'}, "surprise"),
        ({"kind": None}, "kind"),
    ],
)
def test_a_safetensors_file_with_other_metadata_is_refused(changed: dict[str, str | None], named: str) -> None:
    tensors = dict(snapshot().tensors)
    assert PolicySnapshot.from_bytes(save(tensors, FIELDS)).hash == snapshot().hash
    metadata = {name: value for name, value in (FIELDS | changed).items() if value is not None}
    assert named in refused(save(tensors, metadata))
    assert "metadata" in refused(save(tensors))


def test_tensors_of_another_type_are_refused() -> None:
    for dtype in (np.float64, np.float16, np.int32):
        wrong = {**snapshot().tensors, "prior.0.bias": np.zeros(8, dtype)}
        assert "'prior.0.bias'" in refused(save(wrong, FIELDS))


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", snapshot(residual=True).tensors)
def test_a_tensor_that_is_not_finite_is_refused_by_name(name: str, bad: float) -> None:
    tensors = {name: tensor.copy() for name, tensor in snapshot(residual=True).tensors.items()}
    tensors[name].flat[-1] = bad
    with pytest.raises(BadPolicy, match=name):
        PolicySnapshot(0, "residual-dqn", MAKER, tensors)


@pytest.mark.parametrize("name", ["input.shift", "input.scale", "prior.0.weight", "residual.0.weight"])
def test_a_missing_tensor_is_refused_by_name(name: str) -> None:
    tensors = {other: tensor for other, tensor in snapshot(residual=True).tensors.items() if other != name}
    with pytest.raises(BadPolicy, match=f"needs the tensor '{name}'"):
        PolicySnapshot(0, "residual-dqn", MAKER, tensors)


def test_the_hash_changes_with_every_tensor_and_what_weighs_them_and_with_nothing_else() -> None:
    def hash_of(
        tensors: Mapping[str, np.ndarray] = snapshot(residual=True).tensors,
        maker: PolicyMaker = MAKER,
        version: int = 0,
    ) -> str:
        return PolicySnapshot(version, "residual-dqn", maker, tensors).hash

    first = hash_of()
    hashes = [first, snapshot().hash]
    for name, tensor in snapshot(residual=True).tensors.items():
        nudged = tensor.copy()
        nudged.flat[0] = np.nextafter(nudged.flat[0], np.float32(np.inf))
        hashes.append(hash_of({**snapshot(residual=True).tensors, name: nudged}))
    hashes.append(hash_of(maker=msgspec.structs.replace(MAKER, omega=0.5)))
    hashes.append(hash_of(maker=msgspec.structs.replace(MAKER, alpha=0.5)))
    assert len(set(hashes)) == len(hashes)
    assert hash_of(maker=msgspec.structs.replace(MAKER, cause="e1-s2", round=7), version=9) == first
    assert hash_of(dict(reversed(list(snapshot(residual=True).tensors.items())))) == first


@pytest.mark.parametrize("bad", BAD)
def test_weights_must_be_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        RewardWeights(theta=(0.0, bad), feature_names=("a", "b"), round=0)


def test_every_weight_has_a_name() -> None:
    with pytest.raises(ValueError, match="2 weights for 3 features"):
        RewardWeights(theta=(0.0, 1.0), feature_names=("a", "b", "c"), round=0)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("field", ["feature_gap", "loss", "intervention_rate", "seconds"])
def test_a_reports_numbers_must_be_finite(field: str, bad: float) -> None:
    report = LearnerReport(
        cause="e0-s4",
        round=1,
        policy_version=2,
        weights=WEIGHTS,
        feature_gap=(0.0, 1.0),
        loss=0.5,
        inner_steps=3,
        updates=90,
        intervention_rate=0.25,
        seconds=0.5,
    )
    assert msgspec.json.decode(msgspec.json.encode(report), type=LearnerReport) == report
    with pytest.raises(ValueError, match="finite"):
        msgspec.structs.replace(report, **{field: (0.0, bad) if field == "feature_gap" else bad})
