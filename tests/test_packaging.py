"""What is installed is what is here: the packages, the data, and a wheel that works without the source tree."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

import mereq_teleop
from mereq_teleop.envs import cards

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "app", "envs", "sessions", "teleop")
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "runs", "*.egg-info", "tests", "benchmarks")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def on_disk() -> dict[str, str]:
    """Folder of every package."""
    inner = [path.parent.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("__init__.py")]
    return {"mereq_teleop": "src/mereq_teleop"} | {f"mereq_teleop.{'.'.join(p.parts)}": p.as_posix() for p in inner}


def test_what_the_docs_commands_write_is_ignored_and_nothing_that_is_kept() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git repository")

    def asked(*arguments: str) -> list[str]:
        return subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    written = ["mine.safetensors", "mine.json", "policy.training/tb/x", "report.html", "experiments/a/rounds.csv"]
    written += ["statistics/steps.csv", "highway.gif", "film.mp4", "mine.zip"]
    assert asked("check-ignore", "--no-index", *written) == written
    assert asked("ls-files", "--cached", "--ignored", "--exclude-standard") == []


def test_the_packages_listed_are_those_on_disk(project: dict[str, Any]) -> None:
    listed = project["tool"]["setuptools"]
    assert listed["packages"] == sorted(on_disk())
    assert listed["package-dir"] == on_disk()


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_the_links_lead_to_the_rooms() -> None:
    source = ROOT / "src" / "mereq_teleop"
    assert {path.name: path.readlink().as_posix() for path in source.iterdir() if path.is_symlink()} == {
        room: f"../../{room}" for room in ROOMS
    }
    assert {path.name for path in source.iterdir() if path.is_file()} == {"__init__.py", "py.typed"}


def test_one_version_is_told_everywhere(project: dict[str, Any]) -> None:
    version = project["project"]["version"]
    assert mereq_teleop.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_citation_names_both_papers() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert set(re.findall(r"arxiv\.org/abs/(\S+)", citation)) == {"2406.16258", "2306.09526"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the source tree; without the net."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", symlinks=True, ignore=LEFT_OUT)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    built = subprocess.run([*command, str(folder / "source")], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def empty_home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh venv with the wheel; the libraries are borrowed, our editable install is not."""
    home = tmp_path_factory.mktemp("home") / "venv"
    venv.create(home, symlinks=True)
    site = next((home / "lib").glob("python*/site-packages"))
    # A path file adds the folder alone: path files within it, such as the editable install's, are not read.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-index", "--no-deps", "--ignore-installed", str(wheel)],
        check=True,
        capture_output=True,
    )
    return home


def test_the_wheel_holds_the_packages_and_their_data_and_no_more(wheel: Path, project: dict[str, Any]) -> None:
    names = set(ZipFile(wheel).namelist())
    of_cards = {card.prior for card in cards()} | {p.expert for card in cards() for p in card.preferences}
    assert {f"mereq_teleop/agents/checkpoints/{name}.safetensors" for name in of_cards} <= names
    assert {"mereq_teleop/sessions/FORMAT.md", "mereq_teleop/py.typed"} <= names
    modules = {f"{name.replace('.', '/')}/__init__.py" for name in project["tool"]["setuptools"]["packages"]}
    assert modules <= names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"mereq_teleop"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_works_without_the_source_tree(empty_home: Path, tmp_path: Path) -> None:
    script = "import mereq_teleop.envs as e, mereq_teleop.agents.shipped as s; print(e.__file__); print(s.FOLDER)"
    python = empty_home / "bin" / "python"
    found = subprocess.run([python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert all(Path(line).is_relative_to(empty_home) for line in found.splitlines())
    listed = subprocess.run([empty_home / "bin" / "mereq", "envs"], cwd=tmp_path, capture_output=True, text=True)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "highway-basic-v0" in listed.stdout
    for command in ("mereq", "mereq-teleop"):
        subprocess.run([empty_home / "bin" / command, "--help"], cwd=tmp_path, capture_output=True, check=True)
