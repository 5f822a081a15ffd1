"""The table, the CSV and the plots of cells whose numbers are known."""

import csv
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.app.bench.plan import Settings
from mereq_teleop.app.bench.plots import COLOURS, draw_all
from mereq_teleop.app.bench.results import CellResult
from mereq_teleop.app.bench.summary import Summary, summarise
from mereq_teleop.app.bench.table import rows, table, write_csv
from tests.app.bench.made import plan, reference, result

FAILED = CellResult(cell=plan("4").cells[-2], failure="ValueError: no road")
RESULTS = [*(result(cell) for cell in plan("3").cells), FAILED]


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarise(RESULTS, [reference()])


def test_a_method_is_summed_up_with_its_failures(summary: Summary) -> None:
    (pair,) = summary.pairs
    mereq, cloning = pair.methods
    assert (mereq.method, mereq.cells, mereq.failed) == ("mereq", 4, 1)
    assert (cloning.method, cloning.cells, cloning.failed) == ("hg-dagger-ft", 3, 0)
    assert mereq.reached == {0.15: 3, 0.10: 3, 0.05: 3}
    # 30, 31, 32 and the failed one, which never got there.
    assert mereq.samples == {0.15: 0.0, 0.10: 20.0, 0.05: 31.5}
    assert mereq.return_true is not None
    assert mereq.return_true.value == pytest.approx(64.1)
    assert mereq.preferred is not None
    # From 0.60 to 0.641 of the expert's 0.65.
    assert mereq.preferred.value == pytest.approx(0.82)
    assert mereq.theta_error is not None
    assert mereq.theta_error.value == pytest.approx(0.1)
    assert mereq.theta["right_lane"].value == pytest.approx(0.4)
    assert (cloning.theta, cloning.theta_error, cloning.update_s) == ({}, None, 0.5)
    assert mereq.curve is not None
    assert [mereq.curve.value[at] for at in (0, 19, 20, 29, 32)] == pytest.approx([0.14, 0.14, 0.08, 0.08, 0.04])


def test_methods_are_compared_from_the_prior_to_the_expert_and_a_failure_scores_nothing(summary: Summary) -> None:
    comparison = summary.comparison
    assert comparison is not None
    assert comparison.runs == {"mereq": 4, "hg-dagger-ft": 3}
    # 0, .8, .82, .84: the middle half.
    assert comparison.iqm["mereq"].value == pytest.approx(0.81)
    assert comparison.iqm["hg-dagger-ft"].value == pytest.approx(0.4)
    assert comparison.better["mereq", "hg-dagger-ft"].value == pytest.approx(0.75)


def test_the_table_says_all_of_it(summary: Summary) -> None:
    lines = table(summary, Settings()).splitlines()
    cells = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]] for line in lines if "|" in line
    }
    widths = {line.count("|") for line in lines if line.startswith("|") and "over" not in line}
    assert cells["prior"][4:7] == ["0.140", "60.00", "–"]
    assert any("3 of 4" in line and "31.5" in line and line.endswith("| 1 |") for line in lines)
    assert any("64.10 [64.00, 64.20]" in line and "0.82 [" in line for line in lines)
    assert len(widths) <= 2


def test_one_round_is_one_round(summary: Summary) -> None:
    assert table(summary, Settings(rounds=1)).startswith("# 1 round of 100 steps, ")


def test_the_csv_is_tidy(tmp_path: Path) -> None:
    write_csv(tmp_path / "bench.csv", RESULTS, [reference()])
    with (tmp_path / "bench.csv").open() as file:
        found = list(csv.DictReader(file))
    assert len(found) == len(list(rows(RESULTS, [reference()]))) == 6 * 3 + 1
    keys = [(row["method"], row["seed"], row["round"]) for row in found]
    assert len(set(keys)) == len(keys)
    assert {row["return_true"] for row in found if row["round"] == "0"} == {"60.0"}
    (failed,) = (row for row in found if row["failure"])
    assert (failed["method"], failed["seed"], failed["return_true"]) == ("mereq", "3", "")
    assert {row["theta.right_lane"] for row in found if row["method"] == "mereq"} == {"", "0.3", "0.4"}


def test_every_plot_is_a_picture(tmp_path: Path, summary: Summary) -> None:
    files = draw_all(tmp_path, summary)
    assert {file.stem for file in files} == {"rate", "return", "termination", "theta", "improvement"}
    assert all(file.read_bytes().startswith(b"\x89PNG") and file.stat().st_size > 5_000 for file in files)
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_what_failed_altogether_still_has_a_table(tmp_path: Path) -> None:
    broken = msgspec.structs.replace(reference(), prior=None, prior_rate=None, expert=None, failure="no checkpoint")
    alone = summarise([FAILED], [broken])
    assert "no checkpoint" in table(alone, Settings())
    assert "0 of 1" in table(alone, Settings())
    assert alone.comparison is None
    assert draw_all(tmp_path, alone)
    assert draw_all(tmp_path, Summary((), None)) == []
