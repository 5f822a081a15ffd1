"""What a study's file may say, and what is said of mistakes."""

from pathlib import Path

import pytest

from mereq_teleop.app.cli import guarded, tools_with
from mereq_teleop.app.commandline import parse
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.study.answers import read_answers
from mereq_teleop.app.study.check import command_of, config_of, mistakes_in, notes_on
from mereq_teleop.app.study.file import canonical, differences, digest, read_study
from mereq_teleop.app.study.plan import Drive, schedule
from tests.app.study.samples import ANSWERS, STUDY, made, written

ROOT = Path(__file__).parents[3]
BLUNT = 'flags = { method = "mereq" }'


def call(*arguments: str | Path) -> int:
    return guarded(tools_with, ["study", *map(str, arguments)])


def test_the_example_and_the_sample_have_no_mistake(tmp_path: Path) -> None:
    for study in (read_study(ROOT / "examples" / "study.toml"), made(tmp_path)):
        assert mistakes_in(study) == ()
        assert notes_on(study) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('["P1", "P2"]', "[]", ["0 participants", "at least 1"]),
        ('["P1", "P2"]', '["P1", "P1"]', ["'P1' is there twice"]),
        ('["P1", "P2"]', '["Jane Doe"]', ["'Jane Doe'", "letters, digits"]),
        ('name = "keen"', 'name = "blunt"', ["condition 'blunt' is there twice"]),
        ("seeds = [5]", "seeds = []", ["seeds is empty"]),
        ("seeds = [5]", "seeds = [5, 5]", ["seed 5 is used twice"]),
        ("seeds = [5]", "seeds = [-1]", ["seed -1 is negative"]),
        ("rounds = 1\n", "", ["condition 'blunt'", "rounds is missing"]),
        ("rounds = 1\n", "rounds = 0\n", ["condition 'blunt'", "--rounds is 0"]),
        (BLUNT, 'flags = { method = "mereqq" }', ["condition 'blunt'", "did you mean 'mereq'?"]),
        (BLUNT, 'flags = { mehtod = "mereq" }', ["no flag 'mehtod'", "did you mean 'method'?"]),
        (BLUNT, 'flags = { env = "highwy" }', ["condition 'blunt'", "no env 'highwy'"]),
        (BLUNT, 'flags = { preference = "rightlane" }', ["did you mean 'right-lane'?"]),
        (BLUNT, "flags = { seed = 3 }", ["flag 'seed' is not for a study's file"]),
        (BLUNT, "flags = { help = true }", ["no flag 'help'", "steps-per-round"]),
        (BLUNT, 'flags = { device = "simulated" }', ["condition 'blunt'", "people drive", "--device simulated"]),
        (BLUNT, "flags = { total_features = true }", ["no flag 'total_features'", "did you mean 'total-features'?"]),
        (BLUNT, 'flags = { prior = "none.safetensors" }', ["--prior none.safetensors", "no such file"]),
        ('text = "I could trust it."', 'text = ""', ["question 'trust'", "1 to 100"]),
        ('text = "I could trust it."', 'text = "T"\npoints = 1', ["question 'trust'", "1 points"]),
        ('choices = ["the first", "the second"]', 'choices = ["a"]', ["question 'liked'", "2 to 7"]),
        ('text = "Hello."', f'text = "{"word " * 500}"', ["page 'Welcome'", "2500 characters", "make two"]),
        ('text = "Hello."', 'text = "Hel\\u0000lo."', ["control character"]),
        ('text = "Hello."', 'text = "Hello."\nbutton = ""', ["page 'Welcome'", "a button 1 to 30"]),
    ],
)
def test_a_mistake_is_one_line_that_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, words: list[str]
) -> None:
    made(tmp_path, (before, after))
    assert call(tmp_path / "small.toml", "--check") == 2
    first, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("error: ")
    assert [word for word in words if word not in first] == []
    # Nothing is begun with such a file.
    assert call(tmp_path / "small.toml", "--headless") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "small-data").exists()


def test_every_mistake_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, ('["P1", "P2"]', "[]"), ("seeds = [5]", "seeds = [-1]"), ('"mereq-np"', '"mereq-no"'))
    assert call(tmp_path / "small.toml", "--check") == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert call(tmp_path / "small.toml", "--status") == 2
    assert "(and 2 more: --check lists them)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe", "not text"),
        (b"title = ", "cannot be followed"),
        (b'title = "t"', "missing required field"),
        (STUDY.encode() + b"\nmood = 3", "unknown field `mood`"),
        (b"#" * (1 << 18) + b"#", "larger than 262144 bytes"),
    ],
)
def test_what_is_no_study_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes, words: str
) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(text)
    assert call(path, "--check") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.toml"], "cannot read the study none.toml"),
        (["small.toml"], "--participant is missing"),
        (["small.toml", "--participant", "P3"], "no participant 'P3'; known: P1, P2"),
        (["small.toml", "--participant", "P1", "--answers", "a.toml"], "add --headless"),
        (["small.toml", "--drives", "0"], "--drives is 0"),
        (["small.toml", "--plan", "--check"], "one at a time"),
    ],
)
def test_a_wrong_call_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_the_plan_is_printed_with_what_is_uneven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, ('["P1", "P2"]', '["P1", "P2", "P3"]'))
    assert call(tmp_path / "small.toml", "--plan") == 0
    *lines, note = capsys.readouterr().out.splitlines()
    assert lines == ["P1  blunt, keen", "P2  keen, blunt", "P3  blunt, keen"]
    assert note == "3 participants share 2 orders unevenly: 4 would be balanced"


def test_only_what_a_file_says_counts_for_its_digest(tmp_path: Path) -> None:
    study, noted = made(tmp_path), made(tmp_path, ("seeds = [5]", "# a note\nseeds = [ 5 ]"))
    assert digest(study) == digest(noted)
    other = made(tmp_path, ("seeds = [5]", "seeds = [6]"), ('"mereq-np"', '"maxent"'))
    assert digest(study) != digest(other)
    assert differences(canonical(study), canonical(other)) == (
        "conditions[keen].flags.method mereq-np -> maxent",
        "seeds[0] 5 -> 6",
    )
    assert differences(canonical(study), canonical(noted)) == ()


def test_a_drive_has_the_flags_of_the_file_and_a_command_line_that_asks_for_the_same(tmp_path: Path) -> None:
    study = made(tmp_path, ("[flags]", "[practice]\nrounds = 2\nflags = { total-features = true }\n\n[flags]"))
    drives = [step for step in schedule(study, 1) if isinstance(step, Drive)]
    configs = [config_of(study, drive) for drive in drives]
    assert [config.method for config in configs] == ["mereq", "mereq-np", "mereq"]
    assert [config.rounds for config in configs] == [2, 1, 1]
    assert [config.total_features for config in configs] == [True, False, False]
    assert [config.seed for config in configs] == [1_000_000, 5, 5]
    for config in configs:
        assert parse(OperateConfig, "x", command_of(config)[1:]) == config


def test_scripted_answers_are_those_of_the_last_table_that_fits(tmp_path: Path) -> None:
    study = made(tmp_path)
    answers = read_answers(written(tmp_path, ANSWERS, "a.toml"), study)
    asked = {step.id: step for step in schedule(study, 1) if step.id.startswith("questions")}
    assert answers.to("P2", asked["questions-keen"])["trust"] == 2  # type: ignore[arg-type]
    assert answers.to("P2", asked["questions-blunt"])["trust"] == 5  # type: ignore[arg-type]
    assert answers.to("P2", asked["questions"]) == {"liked": "the second"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("trust = 5\n", "", "have none to 'trust'"),
        ("trust = 5", "trust = 8", "8 to 'trust' is none of 1, 2, 3, 4, 5, 6, 7"),
        ('"tlx.mental" = 40', '"tlx.mental" = 42', "42 to 'tlx.mental'"),
        ('participant = "P2"', 'participant = "P9"', "no participant 'P9'"),
        ('condition = "keen"', 'condition = "kean"', "did you mean 'keen'?"),
    ],
)
def test_answers_that_do_not_fit_are_refused_before_anything_is_driven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, words: str
) -> None:
    assert before in ANSWERS
    path = written(tmp_path, ANSWERS.replace(before, after), "a.toml")
    assert call(written(tmp_path), "--headless", "--device", "simulated", "--answers", path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not (tmp_path / "small-data").exists()
