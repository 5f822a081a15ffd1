"""Whether the machine code of a task is there is known from its files, and it is made without a trace in the world."""

from pathlib import Path

import numpy as np
import pytest

from mereq_teleop.agents.shipped import shipped
from mereq_teleop.app.warm import compiled, rehearse
from mereq_teleop.envs import cards, make_batch
from mereq_teleop.envs.card import TaskCard


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_a_task_that_was_started_is_compiled(card: TaskCard, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = make_batch(card.name, 1)
    batch.step([card.neutral_action])
    assert compiled(card)
    monkeypatch.setattr(Path, "glob", lambda path, pattern: iter(()))
    assert not compiled(card)


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_a_world_that_was_rehearsed_is_the_same_world(card: TaskCard) -> None:
    policy = shipped(card.prior, card)
    worlds = []
    for rehearsed in (False, True):
        batch = make_batch(card.name, 1)
        batch.watch()
        if rehearsed:
            rehearse(batch, policy)
        seen = [batch.reset([7])]
        for _ in range(5):
            seen.append(batch.step(policy.act(seen[-1])).observation.copy())
        worlds.append(np.concatenate(seen))
    assert worlds[0].tobytes() == worlds[1].tobytes()
