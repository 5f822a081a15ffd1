"""What ships with the package is what its cards say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.evaluate import COMMON_SEED, evaluate
from mereq_teleop.agents.policy import Policy
from mereq_teleop.agents.shipped import FOLDER, load_policy, load_prior, shipped
from mereq_teleop.envs import card, cards, env_id
from tests.agents.made import CARD, observations, prior, snapshot

NAMES = list(dict.fromkeys([CARD.prior, *(preference.expert for preference in CARD.preferences)]))
INSTANT = {card.instant for card in cards() if card.instant}
EVERY = INSTANT | {
    name for card in cards() for name in (card.prior, *(preference.expert for preference in card.preferences))
}
KEYS = ["algorithm", "seeds_tried", "steps", "cpu_seconds", "return", "crash_rate", "features", "episodes"]


def card_of(name: str) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return card


def test_nothing_else_ships() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.safetensors")) == sorted(EVERY)
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(EVERY)


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_is_small_drives_and_is_the_one_of_its_card(name: str) -> None:
    assert (FOLDER / f"{name}.safetensors").stat().st_size < 1_000_000
    policy, written = shipped(name, CARD), card_of(name)
    assert [key for key in KEYS if key not in written] == []
    assert written["hash"] == policy.snapshot.hash
    assert written["seed"] in written["seeds_tried"]
    maker = policy.snapshot.maker
    assert (written["gamma"], written["alpha"]) == (maker.gamma, maker.alpha)
    assert list(written["features"]) == list(CARD.feature_names)
    assert card(written["env"]) is CARD
    assert policy.act(observations()).max() < len(CARD.actions)


@pytest.mark.parametrize("name", NAMES)
def test_fifty_episodes_are_near_the_cards_numbers(name: str) -> None:
    policy, written = shipped(name, CARD), card_of(name)
    found = evaluate(policy, written["env"], written.get("theta", (0.0, 0.0, 0.0)), 50)
    assert found.return_true == pytest.approx(written["return"], rel=0.05)
    for feature, mean in written["features"].items():
        assert found.features[feature] == pytest.approx(mean, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_episodes_are_the_cards_numbers(name: str) -> None:
    policy, written = shipped(name, CARD), card_of(name)
    theta = written.get("theta", (0.0, 0.0, 0.0))
    found = evaluate(policy, written["env"], theta, written["episodes"], COMMON_SEED)
    assert written["episodes"] == 1000
    assert round(found.return_true, 2) == written["return"]
    assert round(found.crash_rate or 0.0, 3) == written["crash_rate"]
    assert {feature: round(mean, 4) for feature, mean in found.features.items()} == written["features"]


def test_the_prior_drives() -> None:
    found = evaluate(prior(), env_id("highway"), (0.0, 0.0, 0.0), 100)
    assert found.crash_rate is not None
    assert found.crash_rate < 0.08
    # Faster than the 25 m/s that it starts with, so it does not crawl to be safe.
    assert found.features["high_speed"] > 0.5


def test_the_expert_is_the_better_one_under_its_own_preference() -> None:
    theta = CARD.preferences[0].theta
    returns = [evaluate(shipped(name, CARD), "highway", theta, 50).return_true for name in NAMES]
    assert returns[1] > returns[0]


def test_a_policy_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(snapshot().to_bytes())
    loaded = load_policy(path, CARD)
    assert loaded.snapshot.hash == snapshot().hash
    assert np.array_equal(loaded.act(observations()), Policy(snapshot(), CARD).act(observations()))


def test_a_missing_or_broken_file_is_refused_by_its_path_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    for wanted in ("No such file", "not a policy", "needs the tensor"):
        with pytest.raises(BadPolicy, match=wanted) as caught:
            load_policy(path, CARD)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        data = snapshot().to_bytes()
        path.write_bytes(data[:-1] if wanted.startswith("No") else data.replace(b"prior.1.bias", b"prior.1.bios"))
    with pytest.raises(BadPolicy):
        load_policy(tmp_path, CARD)


def test_a_learned_policy_is_read_as_a_prior_that_drives_as_it_does(tmp_path: Path) -> None:
    path = tmp_path / "learned.safetensors"
    path.write_bytes(snapshot(residual=True).to_bytes())
    learned, start = load_policy(path, CARD), load_prior(path, CARD)
    assert (learned.snapshot.kind, start.snapshot.kind, start.snapshot.version) == ("residual-dqn", "dqn", 0)
    assert np.array_equal(start.act(observations()), learned.act(observations()))
