"""A real cell, as small as it can be."""

from pathlib import Path

import msgspec
import pytest

from mereq_teleop.agents.learner import LearnerConfig
from mereq_teleop.app.bench import cell as module
from mereq_teleop.app.bench.cell import run_cell, run_reference
from mereq_teleop.app.bench.plan import Cell, Settings
from mereq_teleop.app.bench.results import CellResult
from tests.agents.made import snapshot
from tests.app.bench.made import PAIR, TRUTH

SETTINGS = Settings(rounds=2, steps_per_round=30, episodes=20)
CELL = Cell(task="highway", preference="right-lane", method="mereq", seed=0)


@pytest.fixture(scope="module")
def done() -> CellResult:
    return run_cell(CELL, SETTINGS)


def same(one: CellResult, other: CellResult) -> bool:
    return [(s.expert_samples, s.rule_rate, s.theta, s.evaluation) for s in one.stages] == [
        (s.expert_samples, s.rule_rate, s.theta, s.evaluation) for s in other.stages
    ]


def test_a_cell_has_a_stage_for_each_round(done: CellResult) -> None:
    assert done.failure == ""
    assert [stage.round for stage in done.stages] == [1, 2]
    samples = [stage.expert_samples for stage in done.stages]
    assert 0 < samples[0] <= samples[1] <= 60
    for stage in done.stages:
        assert stage.evaluation is not None
        assert stage.evaluation.episodes == 20
        assert stage.theta is not None
        assert set(stage.theta) == set(TRUTH)
    assert done.stages[0].observed_rate == samples[0] / 30
    assert set(done.seconds) == {"starting", "driving", "learning", "evaluating"}


def test_it_is_the_same_again_and_another_of_another_seed(done: CellResult) -> None:
    assert same(run_cell(CELL, SETTINGS), done)
    other = Cell(task="highway", preference="right-lane", method="mereq", seed=1)
    assert not same(run_cell(other, SETTINGS), done)


def test_an_expert_who_demonstrates_drives_every_step() -> None:
    settings = Settings(rounds=1, steps_per_round=20, episodes=5, demonstrations=True)
    (stage,) = run_cell(CELL, settings).stages
    assert (stage.expert_samples, stage.observed_rate) == (20, 1.0)


def test_another_world_to_measure_in_changes_what_is_measured_alone(done: CellResult) -> None:
    dense = msgspec.structs.replace(SETTINGS, test_env="highwayDense")
    found = run_cell(CELL, dense)
    assert found.failure == ""
    for there, here in zip(found.stages, done.stages, strict=True):
        assert (there.expert_samples, there.observed_rate, there.theta) == (
            here.expert_samples,
            here.observed_rate,
            here.theta,
        )
        assert there.rule_rate != here.rule_rate
        assert there.evaluation != here.evaluation
    usual, shifted = run_reference(PAIR, SETTINGS), run_reference(PAIR, dense)
    assert shifted.failure == ""
    assert (shifted.prior_rate, shifted.prior, shifted.expert) != (usual.prior_rate, usual.prior, usual.expert)
    assert shifted.prior is not None
    assert usual.prior is not None
    assert shifted.prior.return_true < usual.prior.return_true


def test_the_objective_reaches_the_session_and_the_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def note(config: LearnerConfig, prior: object) -> None:
        asked.append(config.objective)
        raise ValueError("enough")

    monkeypatch.setattr(module, "make_learner", note)
    for settings in (SETTINGS, msgspec.structs.replace(SETTINGS, objective="both")):
        run_cell(CELL, settings)
        asked.append(module._config(PAIR, settings).objective)
    assert asked == ["likelihood", "likelihood", "both", "both"]


def test_what_is_raised_is_the_cells_failure_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise ValueError("no\nroad")

    monkeypatch.setattr(module, "make_learner", refuse)
    failed = run_cell(CELL, SETTINGS)
    assert (failed.stages, failed.failure) == ((), "ValueError: no road")
    monkeypatch.setattr(module, "make_expert", refuse)
    assert run_reference(PAIR, SETTINGS).failure == "ValueError: no road"


def test_the_reference_is_the_priors_and_the_experts_own() -> None:
    found = run_reference(PAIR, SETTINGS)
    assert found.failure == ""
    assert found.theta == TRUTH
    assert found.prior is not None
    assert found.expert is not None
    assert found.expert.return_true > found.prior.return_true - 5
    assert found.prior_rate is not None
    assert 0.05 < found.prior_rate < 0.3


def test_a_cell_starts_from_the_prior_that_was_named(done: CellResult, tmp_path: Path) -> None:
    path = tmp_path / "learned.safetensors"
    path.write_bytes(snapshot(residual=True).to_bytes())
    found = run_cell(CELL, msgspec.structs.replace(SETTINGS, prior=str(path)))
    assert found.failure == ""
    assert not same(found, done)
