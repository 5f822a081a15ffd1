"""A small part of `make fuzz`: the kept corpus, and mutations of what each reader likes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import CORPUS
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 3), st.binary(max_size=8)), max_size=4)


def mutated(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Bytes overwritten, left out or put in at some places, and the rest left out at last."""
    for where, kind, new in edits:
        at = int(where * len(data))
        data = {
            0: data[:at] + new + data[at + len(new) :],
            1: data[:at] + new + data[at:],
            2: data[:at] + data[at + len(new) :],
            3: data[:at],
        }[kind]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_what_a_reader_likes_is_read_and_the_corpus_is_refused_in_words(name: str) -> None:
    kept = [path for path in Path(CORPUS / name).glob("*") if path.is_file()]
    for data in [*seeds(name), *(path.read_bytes() for path in kept)]:
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_mutation_is_read_or_refused_in_words(name: str) -> None:
    good = seeds(name)

    @given(st.sampled_from(good), EDITS)
    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def run(data: bytes, edits: list[tuple[float, int, bytes]]) -> None:
        TARGETS[name](mutated(data, edits))

    run()
