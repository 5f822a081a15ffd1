"""Whether the machine code of a task is there is known from its files."""

from pathlib import Path

import pytest

from mereq_teleop.app.warm import compiled
from mereq_teleop.envs import cards, make_batch
from mereq_teleop.envs.card import TaskCard


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_a_task_that_was_started_is_compiled(card: TaskCard, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_batch(card.name, 1)
    batch.step([card.neutral_action])
    assert compiled(card)
    monkeypatch.setattr(Path, "glob", lambda path, pattern: iter(()))
    assert not compiled(card)
