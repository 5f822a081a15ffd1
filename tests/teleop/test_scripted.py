from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.teleop.errors import BadScript
from mereq_teleop.teleop.scripted import ScriptedDevice, parse_script, read_script
from tests.teleop.made import CARD, sight

SCRIPT = """
# A correction to the right.
2  LANE_RIGHT   # takes over
2  engage
3  faster
5  lost
7  release
"""


def test_events_come_when_they_are_due() -> None:
    device = ScriptedDevice(parse_script(SCRIPT, CARD), "demo")
    said = {
        step: [(c.action, c.engaged, bool(c.lost), c.time_s) for c in device.poll(sight(step))] for step in range(9)
    }
    assert {step: commands for step, commands in said.items() if commands} == {
        2: [(2, True, False, 2.0), (None, True, False, 2.0)],
        3: [(3, True, False, 3.0)],
        5: [(None, False, True, 5.0)],
        7: [(None, False, False, 7.0)],
    }


def test_steps_that_were_skipped_are_caught_up_in_order() -> None:
    device = ScriptedDevice(parse_script(SCRIPT, CARD))
    assert [command.action for command in device.poll(sight(4))] == [2, None, 3]
    device.close()
    assert device.poll(sight(9)) == []


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from([*CARD.actions, "engage", "release"]))))
def test_what_is_written_is_what_is_read(lines: list[tuple[int, str]]) -> None:
    lines.sort(key=lambda line: line[0])
    events = parse_script("\n".join(f"{step} {word}" for step, word in lines), CARD)
    words = [
        "release" if not event.engaged else CARD.actions[event.action] if isinstance(event.action, int) else "engage"
        for event in events
    ]
    assert list(zip([event.step for event in events], words, strict=True)) == lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 FASTER\n2 LANE_RIHGT", r"script, line 2: no action 'LANE_RIHGT'; known: .*did you mean 'LANE_RIGHT'\?$"),
        ("1 relase", r"line 1: .*did you mean 'release'\?$"),
        ("1 xyzzyq", r"line 1: no action 'xyzzyq'; known: LANE_LEFT, .*, lost$"),
        ("one FASTER", "line 1: a step is a number from 0, got 'one'"),
        ("-1 FASTER", "line 1: a step is a number"),
        ("²  FASTER", "line 1: a step is a number"),
        ("9" * 5000 + " FASTER", "line 1: a step is a number"),
        ("4 FASTER\n\n3 SLOWER", "line 3: step 3 comes after step 4"),
        ("4", "line 1: wanted `<step> <action|engage|release|lost>`, got '4'"),
        ("4 FASTER now", "line 1: wanted"),
    ],
)
def test_a_bad_line_is_named(text: str, said: str) -> None:
    with pytest.raises(BadScript, match=said) as caught:
        parse_script(text, CARD)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_script_or_one_line_of_what_is_wrong(text: str) -> None:
    try:
        parse_script(text, CARD)
    except BadScript as error:
        said = str(error)
        assert len(said.splitlines()) == 1


def test_files_are_read_with_bounds(tmp_path: Path) -> None:
    path = tmp_path / "demo.txt"
    path.write_text(SCRIPT)
    assert read_script(path, CARD).describe() == "script demo.txt (5 events)"
    with pytest.raises(BadScript, match=r"cannot read the device script .*: No such file"):
        read_script(tmp_path / "none", CARD)
    with pytest.raises(BadScript, match="Is a directory"):
        read_script(tmp_path, CARD)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadScript, match="is not text"):
        read_script(path, CARD)
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(BadScript, match="is larger than"):
        read_script(path, CARD)
    path.write_text("1 nothing")
    with pytest.raises(BadScript, match=r"demo\.txt, line 1: no action 'nothing'"):
        read_script(path, CARD)
