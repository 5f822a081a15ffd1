from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.errors import ExportError
from mereq_teleop.sessions.minari_dataset import AUTHORITY_CODES, dataset_path, write_minari
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Authority
from tests.app.test_actor import acting

minari = pytest.importorskip("minari")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

NAME = "mereq/made-v0"
SCRIPT = "1 FASTER\n2 lost\n4 release\n50 FASTER\n52 release"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    with acting(tmp_path / "session", crashes=True) as rig:
        rig.follow(SCRIPT)
        rig.until(55)
        rig.actor.retract(0.0)
        rig.until(57)
    return rig.recording()


def loaded() -> list[Any]:
    return list(minari.load_dataset(NAME))


def test_what_was_recorded_loads_back_number_by_number(recording: Recording) -> None:
    made = [episode for episode in recording.episodes if episode.transitions]
    assert write_minari([("one", recording)], CARD, NAME) == (len(made), 57)
    episodes = loaded()
    assert len(episodes) == len(made)
    for stored, episode in zip(episodes, made, strict=True):
        steps = episode.transitions
        observations = np.array(episode.observations, np.float32).reshape(-1, *CARD.observation_shape)
        assert stored.observations.dtype == np.float32
        np.testing.assert_array_equal(stored.observations, observations)
        assert len(stored.observations) == len(stored.actions) + 1
        assert stored.actions.tolist() == [step.decision.executed for step in steps]
        assert stored.rewards.tolist() == [step.reward for step in steps]
        assert stored.terminations.tolist() == [step.terminated for step in steps]
        assert stored.truncations[:-1].tolist() == [step.truncated for step in steps[:-1]]
        # Offline learning takes an episode's last step for its end, so one that was left is truncated.
        assert stored.truncations[-1] == (not steps[-1].terminated)
        infos = {name: values.tolist() for name, values in stored.infos.items()}
        assert infos["left"] == [0] * len(steps) + [int(not (steps[-1].terminated or steps[-1].truncated))]
        assert infos["policy_action"][1:] == [step.decision.policy_action for step in steps]
        human = [step.decision.human_action for step in steps]
        assert infos["human_action"][1:] == [-1 if action is None else action for action in human]
        assert infos["policy_version"][1:] == [step.policy_version for step in steps]
        assert infos["features"][1:] == [list(step.features) for step in steps]
        codes = [AUTHORITY_CODES[step.decision.authority] for step in steps]
        assert infos["authority"] == [-1, *codes]
        assert infos["intervention"][1:] == [int(step.decision.authority is Authority.HUMAN) for step in steps]
    flags = [flag for episode in episodes for flag in episode.infos["retracted"][1:].tolist()]
    assert [index for index, flag in enumerate(flags) if flag] == [50, 51]
    assert {AUTHORITY_CODES[authority] for authority in (Authority.POLICY, Authority.HUMAN, Authority.SAFE)} == {
        code for episode in episodes for code in episode.infos["authority"][1:].tolist()
    }


def test_the_dataset_knows_its_spaces_and_its_seeds(recording: Recording) -> None:
    write_minari([("one", recording)], CARD, NAME)
    dataset = minari.load_dataset(NAME)
    assert dataset.action_space.n == len(CARD.actions)
    assert dataset.observation_space.shape == CARD.observation_shape
    assert dataset.env_spec.id == "highway-basic-v0"
    seeds = [data["seed"] for data in dataset.storage.get_episode_metadata(range(dataset.total_episodes))]
    assert seeds == [episode.seed for episode in recording.episodes if episode.transitions]


def test_several_sessions_make_one_dataset(recording: Recording) -> None:
    episodes, steps = write_minari([("one", recording), ("two", recording)], CARD, NAME)
    assert steps == 2 * 57
    sessions = [episode.infos["session"][0] for episode in loaded()]
    assert sessions == [0] * (episodes // 2) + [1] * (episodes // 2)


def test_a_dataset_that_exists_is_replaced_only_when_asked_and_as_a_whole(recording: Recording) -> None:
    write_minari([("one", recording)], CARD, NAME)
    before = loaded()
    with pytest.raises(ExportError, match=r"made-v0 exists: .* --force"):
        write_minari([("one", recording), ("two", recording)], CARD, NAME)
    assert len(loaded()) == len(before)
    write_minari([("one", recording), ("two", recording)], CARD, NAME, replace=True)
    assert len(loaded()) == 2 * len(before)
    assert [path.name for path in dataset_path(NAME).parent.iterdir() if path.name.startswith("made")] == ["made-v0"]


@pytest.mark.parametrize("name", ["no version", "made", "a b-v0", "../up-v0", ""])
def test_a_name_that_minari_does_not_take_is_one_line(name: str) -> None:
    with pytest.raises(ExportError, match="is no name of a Minari dataset: wanted for instance"):
        dataset_path(name)


def test_without_minari_the_extra_is_named(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "minari.storage", None)
    with pytest.raises(ExportError, match=r"pip install 'mereq-teleop\[export\]'"):
        write_minari([("one", recording)], CARD, NAME)
