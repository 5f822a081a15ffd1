"""What is run, and what is refused before anything is."""

from pathlib import Path

import pytest

from mereq_teleop.agents.errors import BadPolicy
from mereq_teleop.agents.learner import METHODS
from mereq_teleop.agents.shipped import load_prior
from mereq_teleop.app.bench.plan import Settings, make_plan, read_seeds
from mereq_teleop.app.errors import Usage
from mereq_teleop.envs import card
from mereq_teleop.envs.errors import UnknownEnv
from tests.agents.made import snapshot


def test_a_plan_is_every_combination_once_and_a_short_one_has_all_methods() -> None:
    plan = make_plan(Settings(), tasks=("highway", "highwayBasic"), seeds="3")
    preferences = len(card("highway").preferences)
    assert len(plan.cells) == len(set(plan.cells)) == 3 * len(METHODS) * preferences
    assert len(plan.pairs) == preferences
    first = plan.cells[: len(METHODS) * preferences]
    assert {cell.seed for cell in first} == {0}
    assert {cell.method for cell in first} == set(METHODS)


@pytest.mark.parametrize(("text", "seeds"), [("8", range(8)), ("100:108", range(100, 108))])
def test_seeds_are_a_count_or_a_range(text: str, seeds: range) -> None:
    assert read_seeds(text) == seeds


@pytest.mark.parametrize("text", ["0", "-3", "5:5", "7:2", "-2:1", "few", "1:2:3", ""])
def test_other_seeds_are_refused(text: str) -> None:
    with pytest.raises(Usage, match="100:108"):
        read_seeds(text)


def test_what_is_unknown_is_named_with_what_there_is() -> None:
    with pytest.raises(UnknownEnv, match="did you mean 'highway'"):
        make_plan(Settings(), tasks=("highwy",))
    with pytest.raises(Usage, match="did you mean 'right-lane'"):
        make_plan(Settings(), tasks=("highway",), preferences=("rightlane",))
    with pytest.raises(Usage, match="nothing to run"):
        make_plan(Settings(), tasks=())
    with pytest.raises(Usage, match="highwayDense is another world of task highway"):
        make_plan(Settings(), tasks=("highwayDense",))
    with pytest.raises(Usage, match="mereq-instant was not trained for"):
        make_plan(Settings(), tasks=("mountain-car",), methods=("mereq-instant",))
    with pytest.raises(Usage, match=r"no --test-env of task 'highway' 'highwayDens'.*did you mean 'highwayDense'\?"):
        make_plan(Settings(test_env="highwayDens"), tasks=("highway",))
    with pytest.raises(Usage, match="no --test-env of task 'mountain-car' 'highwayDense'"):
        make_plan(Settings(test_env="highwayDense"), tasks=("highway", "mountain-car"))
    with pytest.raises(Usage, match="--rounds is 0"):
        Settings(rounds=0)


def test_a_learned_policy_may_be_the_prior_of_all(tmp_path: Path) -> None:
    path = tmp_path / "learned.safetensors"
    path.write_bytes(snapshot(residual=True).to_bytes())
    plans = [make_plan(Settings(prior=of), tasks=("highway",), seeds="1") for of in ("", str(path))]
    assert plans[0].settings.prior_hash == ""
    assert plans[1].settings.prior_hash == load_prior(path, card("highway")).snapshot.hash
    with pytest.raises(BadPolicy, match="for task 'highway', not for 'mountain-car'"):
        make_plan(Settings(prior=str(path)), tasks=("mountain-car",))


def test_without_methods_it_is_those_that_can_serve_every_task() -> None:
    both = make_plan(Settings(), tasks=("highway", "mountain-car"), seeds="1")
    assert {cell.method for cell in both.cells} == set(METHODS) - {"mereq-instant"}
    assert {cell.method for cell in make_plan(Settings(), tasks=("highway",), seeds="1").cells} == set(METHODS)
