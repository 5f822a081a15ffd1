"""Running: nothing twice, nothing lost, nothing mixed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import msgspec
import pytest

from mereq_teleop.app import cli
from mereq_teleop.app.bench.folder import BenchFolder
from mereq_teleop.app.bench.plan import Plan, Settings
from mereq_teleop.app.bench.pool import on_ray
from mereq_teleop.app.bench.run import Perform, run_cells
from mereq_teleop.app.errors import AppError, Usage
from tests.app.bench.made import die, perform, perform_badly, plan

ROOT = Path(__file__).parents[3]


def run(of: Plan, folder: Path, how: Perform = perform, jobs: int = 1) -> list[str]:
    return run_cells(of, BenchFolder(folder, of), how, jobs=jobs)


def test_finished_cells_are_not_run_again_and_more_seeds_are_added(tmp_path: Path) -> None:
    assert run(plan("2"), tmp_path) == []
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cells").iterdir()}
    assert len(before) == 4
    run(plan("2"), tmp_path, die)
    run(plan("1:3"), tmp_path)
    found = {path: path.stat().st_mtime_ns for path in (tmp_path / "cells").iterdir()}
    assert len(found) == 6
    assert found.items() > before.items()


def test_a_failure_is_counted_and_told_and_tried_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failures = run(plan(), tmp_path, perform_badly)
    assert failures == ["failed: highway-right-lane-mereq-1: ValueError: no road"]
    told = capsys.readouterr().err
    assert told.startswith("0 of 5 runs: 4 cells, 1 x prior and expert\n")
    assert "5 of 5 runs" in told
    folder = BenchFolder(tmp_path, plan())
    assert [bool(done.failure) for done in folder.results()].count(True) == 1
    assert run(plan(), tmp_path) == []
    assert not any(done.failure for done in folder.results())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 0}, "schema 0, this is 1"),
        ({"versions": {"torch": "1.0"}}, "torch 1.0, not "),
        ({"tasks": {"highway": "moved"}}, "highway moved, not "),
    ],
)
def test_another_versions_folder_is_left_as_it_is(tmp_path: Path, change: dict[str, object], words: str) -> None:
    run(plan(), tmp_path)
    header = json.loads((tmp_path / "bench.json").read_text()) | change
    (tmp_path / "bench.json").write_text(json.dumps(header))
    with pytest.raises(Usage, match=words):
        run(plan(), tmp_path)
    assert json.loads((tmp_path / "bench.json").read_text()) == header


def test_other_settings_do_not_mix(tmp_path: Path) -> None:
    run(plan(), tmp_path)
    with pytest.raises(Usage, match="rounds 3, not 2"):
        run(plan(rounds=2), tmp_path)
    elsewhere = msgspec.structs.replace(plan(), settings=Settings(test_env="highwayDense", objective="both"))
    with pytest.raises(Usage, match="objective likelihood, not both; test_env none, not highwayDense"):
        run(elsewhere, tmp_path)


def test_a_folder_from_before_a_setting_was_there_has_its_default(tmp_path: Path) -> None:
    run(plan(), tmp_path)
    header = json.loads((tmp_path / "bench.json").read_text())
    for name in ("objective", "test_env"):
        del header["settings"][name]
    (tmp_path / "bench.json").write_text(json.dumps(header))
    assert run(plan(), tmp_path, die) == []


def test_a_folder_of_something_else_is_refused_and_a_damaged_cell_named(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text("[]")
    with pytest.raises(Usage, match="no bench's"):
        run(plan(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]
    (tmp_path / "bench.json").unlink()
    run(plan(), tmp_path)
    victim = tmp_path / "cells" / "highway-right-lane-mereq-0.json"
    victim.write_bytes(victim.read_bytes()[:100])
    with pytest.raises(AppError, match=r"mereq-0\.json.*remove it"):
        run(plan(), tmp_path)


def test_a_worker_that_dies_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="a worker was killed"):
        run(plan(), tmp_path, die, jobs=2)


def children(of: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(of)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that waits for its parent is dead.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGKILL, -9), pytest.param(signal.SIGINT, 1, marks=pytest.mark.slow)]
)
def test_a_kill_costs_the_open_cells_alone_and_leaves_no_process(
    tmp_path: Path, how: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-m", "tests.app.bench.made", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as bench:
        cells, deadline = tmp_path / "cells", time.monotonic() + 60
        while not (cells.exists() and len(list(cells.glob("*.json"))) >= 2):
            assert time.monotonic() < deadline
            assert bench.poll() is None
            time.sleep(0.02)
        workers = children(bench.pid)
        bench.send_signal(how)
        bench.wait(30)
    assert bench.returncode in (code, -how)
    kept = {path: path.read_bytes() for path in cells.glob("*.json")}
    while any(alive(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert run(plan("3"), tmp_path) == []
    assert len(list(cells.glob("*.json"))) == 6
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_ray_cluster_that_does_not_answer_is_told_soon() -> None:
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}", "nonsense"):
        with pytest.raises(Usage, match="no Ray cluster at"):
            on_ray(str, [1], address)
    assert time.monotonic() - began < 10


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_ray_cluster_gives_the_same_results(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    of = plan()
    found = list(on_ray(partial(perform, settings=of.settings), of.cells, "local"))
    assert found == [perform(cell, of.settings) for cell in of.cells]


def test_the_command_line_is_checked_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for flag, value, words in (
        ("--methods", "mereqq", "mereq-np"),
        ("--jobs", "0", "at least 1"),
        ("--seeds", "x", "8"),
        ("--test-env", "mountain-car", "highwayDense"),
        ("--objective", "feature", "likelihood"),
    ):
        monkeypatch.setattr(sys, "argv", ["mereq", "bench", flag, value, "--out", str(tmp_path / "out")])
        assert cli.tools() == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert words in line
    assert not (tmp_path / "out").exists()


def test_help_imports_nothing_heavy() -> None:
    heavy = {"torch", "matplotlib", "joblib", "rliable", "scipy", "numba"}
    script = "import sys; from mereq_teleop.app import cli; sys.argv = ['mereq', 'bench', '--help']\ntry: cli.tools()\n"
    script += f"except SystemExit: pass\nprint({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")
