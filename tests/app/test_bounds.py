"""Every reader of what others may have written: 100 MB of it, and 10,000 levels of it, are refused in one line."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
from mcap.writer import CompressionType, Writer
from safetensors.numpy import save

from mereq_teleop.agents.shipped import load_policy
from mereq_teleop.app.bus.errors import BadMessage
from mereq_teleop.app.bus.keys import KeyRing
from mereq_teleop.app.bus.messages import decode
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.learning.checkpoint import Checkpoint
from mereq_teleop.app.replay import TYPES
from mereq_teleop.app.results import read_results
from mereq_teleop.app.study.answers import read_answers
from mereq_teleop.app.study.file import read_study
from mereq_teleop.app.study.log import StudyLog, read_log
from mereq_teleop.envs import card as card_of
from mereq_teleop.sessions.folder import SessionFolder
from mereq_teleop.sessions.labels import read_labels
from mereq_teleop.sessions.listing import list_sessions
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.teleop.mapping import read_mapping
from mereq_teleop.teleop.scripted import read_script
from tests.app.bench.made import plan
from tests.app.bench.test_run import run
from tests.app.study.samples import made
from tests.sessions.made import HEADER

CARD = card_of("highway")
LARGE = 100 * 10**6
DEEP = 10_000
MB = 2**20


def bench(path: Path) -> None:
    run(plan(), path.parent)


def listed(path: Path) -> None:
    (found,) = list_sessions(path.parent.parent)
    if found.problem:
        raise AppError(found.problem)


READERS: Mapping[str, tuple[str, Callable[[Path], object]]] = {
    "mapping": ("device.toml", lambda path: read_mapping(path, CARD)),
    "study": ("study.toml", read_study),
    "answers": ("answers.toml", lambda path: read_answers(path, made(path.parent))),
    "study log": ("study.jsonl", read_log),
    "study log, opened": ("study.jsonl", lambda path: StudyLog(path)),
    "script": ("script.txt", lambda path: read_script(path, CARD)),
    "configuration": ("config.json", lambda path: SessionFolder(path.parent).read_config()),
    "labels": ("labels.json", lambda path: read_labels(SessionFolder(path.parent))),
    "results": ("results.json", lambda path: read_results(SessionFolder(path.parent))),
    "bench": ("bench.json", bench),
    "key": ("own.key_secret", lambda path: KeyRing(path.parent).own()),
    "allowed key": ("allowed/friend.key", lambda path: KeyRing(path.parent.parent).allowed()),
    "policy": ("policy.safetensors", lambda path: load_policy(path, CARD)),
    "zip": ("policy.zip", lambda path: load_policy(path, CARD)),
    "checkpoint": ("checkpoint.safetensors", Checkpoint.read),
    "recording": ("session.mcap", lambda path: read_recording(path, TYPES)),
    "recording, listed": ("one/session.mcap", listed),
}
"""By what they read: the file's name, and how it is read."""


def refusal(path: Path, read: Callable[[Path], object]) -> str:
    """What the reader says of the file, which must be one line of an error of its room."""
    with pytest.raises((ValueError, AppError, Usage)) as refused:
        read(path)
    assert not isinstance(refused.value, UnicodeError)
    words = str(refused.value)
    assert words
    assert "\n" not in words
    return words


@pytest.mark.parametrize("of", READERS)
def test_a_hundred_megabytes_are_refused_without_being_taken_apart(of: str, tmp_path: Path) -> None:
    name, read = READERS[of]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.truncate(LARGE)
    path.chmod(0o600)
    tracemalloc.start()
    refusal(path, read)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A policy, a checkpoint and a zip may be as large; nothing but the file itself is held of them.
    assert most < LARGE + 32 * MB


def json_of(depth: int) -> bytes:
    """A valid object whose one value is nested."""
    return b'{"a": ' + b"[" * depth + b"]" * depth + b"}"


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made_:
        for name, content in {"data": data, "policy.pth": b"", "_stable_baselines3_version": b"2.9.2"}.items():
            made_.writestr(name, content)
    return buffer.getvalue()


def tensors(name: str, text: str) -> bytes:
    return save({"total": np.zeros(3)}, {"version": "1", "kind": "dqn", name: text})


def recorded(topic: str) -> bytes:
    """A sound file with one message that is nested."""
    buffer = io.BytesIO()
    writer = Writer(buffer, compression=CompressionType.ZSTD)
    writer.start(profile="mereq_teleop")
    writer.add_metadata("session", {"header": msgspec.json.encode(HEADER).decode()})
    channel = writer.register_channel(topic, "json", 0)
    writer.add_message(channel, log_time=0, data=json_of(DEEP), publish_time=0)
    writer.finish()  # type: ignore[no-untyped-call]
    return buffer.getvalue()


DEEP_TOML = (
    b"a = " + b"[" * DEEP + b"]" * DEEP,
    b"a = " + b"{a = " * DEEP + b"1" + b"}" * DEEP,
    b".".join([b"a"] * DEEP) + b" = 1",
    b"[" + b".".join([b"axes"] * DEEP) + b"]\n",
)
DEEP_FILES: Mapping[str, tuple[bytes, ...]] = {
    "mapping": DEEP_TOML,
    "study": DEEP_TOML,
    "answers": DEEP_TOML,
    "study log": (json_of(DEEP) + b"\n", b'{"type": "opened", "content": ' + json_of(DEEP) + b"}\n"),
    "configuration": (json_of(DEEP), b'{"settings": ' + json_of(DEEP) + b"}"),
    "labels": (json_of(DEEP), b'{"tags": ' + json_of(DEEP) + b"}"),
    "results": (json_of(DEEP), b'{"rounds": ' + b"[" * DEEP),
    "bench": (json_of(DEEP), b"[" * DEEP),
    "zip": (zipped(json_of(DEEP)), zipped(json_of(100))),
    "policy": (tensors("maker", json_of(DEEP).decode()), json_of(DEEP)),
    "checkpoint": (tensors("served", json_of(DEEP).decode()), tensors("served", "[" * DEEP)),
    "recording": (recorded("/transition"), recorded("/anything")),
}


@pytest.mark.parametrize("of", DEEP_FILES)
def test_ten_thousand_levels_are_refused_and_not_followed(of: str, tmp_path: Path) -> None:
    name, read = READERS[of]
    path = tmp_path / name
    for data in DEEP_FILES[of]:
        path.write_bytes(data)
        refusal(path, read)


def test_a_deep_message_on_the_wire_is_refused() -> None:
    for data in (
        b"\x91" * DEEP,
        b"\x81\xa4type\xa5Hello" + b"\x91" * DEEP,
        b"\x82\xa4type\xa9Heartbeat\xa1a" + b"\x91" * DEEP,
    ):
        with pytest.raises(BadMessage, match="not a message of ours"):
            decode(data)


def test_a_zip_of_countless_empty_members_is_refused_before_they_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "policy.zip"
    with zipfile.ZipFile(path, "w") as made_:
        for number in range(10_000):
            made_.writestr(str(number), b"")
    assert "too many" in refusal(path, READERS["zip"][1])


def test_a_header_of_tensors_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.safetensors"
    path.write_bytes(tensors("maker", "x" * (9 * MB)))
    assert "a header of 94" in refusal(path, READERS["policy"][1])


def test_a_damaged_cell_of_a_bench_is_refused_however_large_or_deep(tmp_path: Path) -> None:
    run(plan(), tmp_path)
    victim = tmp_path / "cells" / "highway-right-lane-mereq-0.json"
    for data in (b" " * (17 * MB), json_of(DEEP)):
        victim.write_bytes(data)
        assert "remove it, and it is run again" in refusal(victim, lambda _: run(plan(), tmp_path))
