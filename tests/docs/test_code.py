"""Code in the pages is code that works: commands parse, Python runs, data is read by its own reader."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from mereq_teleop.app.commandline import parse
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.errors import Usage
from mereq_teleop.app.study.answers import read_answers
from mereq_teleop.app.study.file import read_study
from mereq_teleop.app.task_template import TEMPLATE
from mereq_teleop.app.tools.table import TOOLS
from mereq_teleop.envs import card
from mereq_teleop.teleop.mapping import read_mapping
from tests.app.test_actor import acting
from tests.docs.markdown import ROOT, Block, blocks, code_spans, pages

PROGRAMS = ("mereq", "mereq-teleop")
NOT_OURS = ("--constraint", "--logdir", "--reload", "--update", "--rm", "--gpus", "--device-cgroup-rule", "--pictures")
"""Flags of other programs that the text speaks of."""


def lines(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Where and the words of each command of a block, its comment left out, continued lines joined."""
    at = block.line + 1
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"\w+=.*|sudo|nice|xvfb-run|-a", words[0]):
            words.pop(0)
        if words:
            yield f"{block.page}:{at}", words
        at += 1


COMMANDS = [(at, words) for block in blocks("", "sh", "bash", "console") for at, words in lines(block)]
OURS = [(at, words) for at, words in COMMANDS if Path(words[0]).name in PROGRAMS]


@pytest.mark.parametrize(("at", "words"), OURS, ids=[f"{at} {' '.join(words)}"[:80] for at, words in OURS])
def test_every_command_of_ours_parses(
    at: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    program, arguments = Path(words[0]).name, words[1:]
    if program == "mereq":
        name = " ".join(arguments[:2]) if " ".join(arguments[:2]) in TOOLS else arguments[0]
        assert name in TOOLS or arguments == ["--help"], at
        if name in TOOLS:
            parse(TOOLS[name], f"mereq {name}", arguments[len(name.split()) :])
        return
    for script in re.findall(r"--device (\S+\.txt)", " ".join(arguments)):
        (tmp_path / script).write_text("12 LANE_RIGHT\n15 release\n")
    if "mine:Task" in arguments:
        (tmp_path / "mine.py").write_text(TEMPLATE.replace("NAME", "mine"))
    try:
        parse(OperateConfig, program, arguments)
    except Usage as error:
        # Of a fork: that there is such a session is all that is left to wish for.
        if "--fork" not in arguments or "no session" not in str(error):
            raise


def test_there_are_commands_to_look_at() -> None:
    assert len(OURS) > 50


def test_every_module_and_target_that_is_called_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for at, words in COMMANDS:
        if words[0] == "make":
            called = [word for word in words[1:] if "=" not in word and not word.startswith("-")]
            assert set(called) <= targets, at
        if Path(words[0]).name in ("python", "python3") and "-m" in words:
            module = words[words.index("-m") + 1]
            assert module == "venv" or importlib.util.find_spec(module) is not None, f"{at}: {module}"
        if Path(words[0]).name in ("python", "python3") and words[1].endswith(".py"):
            assert (ROOT / words[1]).is_file(), at


def test_every_command_and_flag_that_the_text_names_is_one_of_ours() -> None:
    configs: list[Any] = [OperateConfig, *TOOLS.values()]
    known = {f"--{field.name.replace('_', '-')}" for config in configs for field in fields(config)}
    known |= {f"--no-{flag[2:]}" for flag in known} | {"--help", *NOT_OURS}
    wrong = []
    for page in pages():
        if page in ("CHANGELOG.md", "docs/from-mereq.md") or page.startswith(("docs/decisions/", "docs/reference/")):
            continue
        for line, words in code_spans(page):
            name = re.match(r"mereq ([a-z]+)", words)
            if name and not any(tool.split()[0] == name[1] for tool in TOOLS):
                wrong.append(f"{page}:{line}: {words}")
            if words.startswith(("mereq", "--")):
                wrong += [
                    f"{page}:{line}: {flag}" for flag in re.findall(r"(?<!\S)--[a-z-]+", words) if flag not in known
                ]
    assert wrong == []


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that has a session, unless the block is marked `compile-only`, because it wants a display."""
    code = compile(block.text, str(block), "exec")
    if "compile-only" in block.marks:
        return
    with acting(tmp_path) as rig:
        rig.follow("3 FASTER\n8 release")
        rig.until(12)
    monkeypatch.chdir(tmp_path)
    exec(code, {"__name__": "docs"})


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_is_read_by_its_own_reader(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    path.write_text(block.text)
    if "[[answers]]" in block.text:
        read_answers(path, read_study(ROOT / "examples" / "study.toml"))
    elif "participants" in block.text:
        read_study(path)
    else:
        for task in re.findall(r"^\[tasks\.([\w-]+)\]", block.text, flags=re.MULTILINE):
            read_mapping(path, card(task))


def test_no_block_names_a_language_that_nobody_looks_at() -> None:
    looked_at = {"", "sh", "bash", "console", "python", "toml", "text", "mermaid"}
    others = re.compile(r"^```+(\w+)", flags=re.MULTILINE)
    found = {language for page in pages() for language in others.findall((ROOT / page).read_text())}
    assert found <= looked_at
