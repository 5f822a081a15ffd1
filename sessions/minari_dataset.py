"""Sessions as a Minari dataset, for offline learning with other libraries.

Each take of an episode is a Minari episode: n actions, n + 1 observations. As in gymnasium, where `step` returns the
info, row t + 1 of the infos belongs to action t; row 0 is the reset's and says nothing.
"""

import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mereq_teleop.envs import make
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.errors import ExportError, FolderError
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Action, Authority
from mereq_teleop.sessions.steps import RecordedStep, steps_of

__all__ = ["AUTHORITY_CODES", "dataset_path", "write_minari"]

AUTHORITY_CODES: Final = {Authority.POLICY: 0, Authority.HUMAN: 1, Authority.SAFE: 2, Authority.NOBODY: 3}
"""How the info `authority` says who had control; -1 in the reset's row."""
_NOTHING: Final = -1

Steps = Sequence[RecordedStep]


def dataset_path(dataset: str) -> Path:
    """Where Minari keeps a dataset: under MINARI_DATASETS_PATH, or ~/.minari/datasets.

    Raises:
        ExportError: Minari is not installed, or the name is none of Minari's form.
    """
    try:
        from minari.dataset.minari_dataset import parse_dataset_id
        from minari.storage import get_dataset_path
    except ImportError:
        raise ExportError("a Minari dataset needs Minari: pip install 'mereq-teleop[export]'") from None
    try:
        parse_dataset_id(dataset)
    except (ValueError, TypeError):
        # Minari raises TypeError where the version is missing.
        raise ExportError(f"{dataset!r} is no name of a Minari dataset: wanted for instance mereq/highway-v0") from None
    return Path(get_dataset_path(dataset))


def write_minari(
    sessions: Sequence[tuple[str, Recording]], card: TaskCard, dataset: str, *, replace: bool = False
) -> tuple[int, int]:
    """Write the sessions (names and recordings, all of one world) as one dataset; returns its episodes and steps.

    Raises:
        ExportError: Minari is not installed or refuses the name, the dataset exists and shall not be replaced, or
            there is no step to write.
        FolderError: it cannot be written.
    """
    path = dataset_path(dataset)
    if path.exists() and not replace:
        raise ExportError(f"{path} exists: give another name with --output, or --force to replace it")
    buffers = list(_buffers(sessions, card))
    if not buffers:
        raise ExportError(f"there is no step in {', '.join(name for name, _ in sessions)}")
    aside = path.with_name(path.name + ".before")
    try:
        if path.exists():
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
        try:
            _create(sessions, card, dataset, buffers)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            if aside.exists():
                aside.rename(path)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise FolderError(f"cannot write {path}: {error.strerror or error}") from None
    return len(buffers), sum(len(buffer) for buffer in buffers)


def _create(sessions: Sequence[tuple[str, Recording]], card: TaskCard, dataset: str, buffers: list[Any]) -> None:
    import minari

    config = sessions[0][1].config
    env = make(config.env)
    codes = ", ".join(f"{code} {authority}" for authority, code in AUTHORITY_CODES.items())
    with warnings.catch_warnings():
        # Minari asks for an author's address and the like; a recording has none.
        warnings.simplefilter("ignore")
        logging.getLogger("minari").setLevel(logging.ERROR)
        minari.create_dataset_from_buffers(
            dataset,
            buffers,
            env=env,
            algorithm_name=", ".join(sorted({recording.config.method for _, recording in sessions})),
            author="mereq-teleop",
            description=(
                f"{card.title}: recorded with mereq-teleop in {', '.join(name for name, _ in sessions)}. Row t + 1 of "
                "an info belongs to action t. actions: what was executed; infos policy_action and human_action: what "
                f"each side wanted ({'-1' if card.discrete else 'NaN'} where nobody did); authority: {codes}; "
                f"features: {', '.join(card.feature_names)}. An episode that the operator left is truncated at its "
                "last step, with left 1."
            ),
            requirements=[f"mereq-teleop=={config.versions.get('mereq-teleop', '')}".removesuffix("==")],
            jpeg_encoding=False,
        )
    env.close()


def _buffers(sessions: Sequence[tuple[str, Recording]], card: TaskCard) -> Iterator[Any]:
    from minari.data_collector import EpisodeBuffer

    for number, (_, recording) in enumerate(sessions):
        told: set[int] = set()
        for steps in _takes(recording):
            yield EpisodeBuffer(
                seed=recording.episodes[steps[-1].take].seed,
                observations=_observations(steps, card),
                actions=_actions([step.transition.decision.executed for step in steps], card),
                rewards=[step.transition.reward for step in steps],
                terminations=[step.transition.terminated for step in steps],
                truncations=_truncations(steps),
                infos=_infos(steps, card, number, told),
            )
            told.update(step.line for step in steps)


def _takes(recording: Recording) -> Iterator[Steps]:
    """The steps of each take from its reset; what was rewound keeps the steps before it."""
    steps: list[RecordedStep] = []
    for step in steps_of(recording):
        if steps and step.take != steps[-1].take:
            yield tuple(steps)
            steps = steps[: step.transition.step] if step.episode == steps[-1].episode else []
        steps.append(step)
    if steps:
        yield tuple(steps)


def _observations(steps: Steps, card: TaskCard) -> list[Any]:
    rows = [*(step.transition.obs for step in steps), steps[-1].transition.next_obs]
    return list(np.asarray(rows, np.float32).reshape(-1, *card.observation_shape))


def _actions(actions: Sequence[Action | None], card: TaskCard) -> list[Any]:
    if card.discrete:
        return list(np.asarray([_NOTHING if action is None else action for action in actions], np.int64))
    nothing = (float("nan"),) * len(card.axes)
    return list(np.asarray([nothing if action is None else action for action in actions], np.float32))


def _truncations(steps: Steps) -> list[bool]:
    last = steps[-1].transition
    return [*(step.transition.truncated for step in steps[:-1]), last.truncated or not last.terminated]


def _infos(steps: Steps, card: TaskCard, session: int, told: set[int]) -> dict[str, list[Any]]:
    decisions = [step.transition.decision for step in steps]
    last = steps[-1].transition
    left = [*(False for _ in steps[:-1]), not (last.terminated or last.truncated)]
    features = [(0.0,) * len(card.features), *(step.transition.features for step in steps)]

    def after_reset(values: Sequence[Any], reset: Any = 0) -> list[Any]:
        column: npt.NDArray[Any] = np.asarray([reset, *values], np.int64)
        return list(column)

    return {
        "intervention": after_reset([decision.authority is Authority.HUMAN for decision in decisions]),
        "authority": after_reset([AUTHORITY_CODES[decision.authority] for decision in decisions], _NOTHING),
        "policy_action": _actions([None, *(decision.policy_action for decision in decisions)], card),
        "human_action": _actions([None, *(decision.human_action for decision in decisions)], card),
        "policy_version": after_reset([step.transition.policy_version for step in steps], _NOTHING),
        "round": after_reset([_NOTHING if step.mark is None else step.mark.round for step in steps], _NOTHING),
        "retracted": after_reset([step.retracted for step in steps]),
        "repeated": after_reset([step.line in told for step in steps]),
        "left": after_reset(left),
        "session": after_reset([session] * len(steps), session),
        "features": list(np.asarray(features, np.float64)),
    }
