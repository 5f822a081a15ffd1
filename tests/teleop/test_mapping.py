from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.envs.card import Axis, TaskCard
from mereq_teleop.envs.fanuc.eraser.card import CARD as ERASER
from mereq_teleop.envs.fanuc.gripper.card import CARD as GRIPPER
from mereq_teleop.envs.fanuc.pusher.card import CARD as PUSHER
from mereq_teleop.envs.highway.card import CARD as HIGHWAY
from mereq_teleop.envs.mountain_car.card import CARD as MOUNTAIN_CAR
from mereq_teleop.teleop.errors import BadMapping
from mereq_teleop.teleop.mapping import DeviceMapping, Pull, mapping_path, pulls_of, read_mapping, to_toml
from mereq_teleop.teleop.shaping import Shape
from tests.teleop.test_shaping import shapes

CARDS = (HIGHWAY, MOUNTAIN_CAR, PUSHER, ERASER, GRIPPER)
PAD = ("leftx", "lefty", "rightx", "righty", "lefttrigger", "righttrigger", "dpadx", "dpady")
STICK = ("axis0", "axis1", "axis2", "axis3", "hat0x", "hat0y")
MOUSE = ("x", "y", "z", "roll", "pitch", "yaw")
FILE = Path("joystick.toml")

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
mappings = st.builds(
    DeviceMapping,
    name=names,
    engage=st.lists(names, max_size=2).map(tuple),
    release=st.lists(names, max_size=2).map(tuple),
    pedals=st.lists(names, max_size=2).map(tuple),
    axes=st.dictionaries(names, shapes, max_size=3),
    tasks=st.dictionaries(
        names,
        st.dictionaries(
            names,
            st.lists(st.builds(Pull, axis=names, sign=st.sampled_from([-1, 1])), max_size=2).map(tuple),
            max_size=2,
        ),
        max_size=2,
    ),
)


def complaint(path: Path) -> str:
    with pytest.raises(BadMapping) as caught:
        read_mapping(path, HIGHWAY)
    line = str(caught.value)
    assert str(path) in line
    assert "\n" not in line
    return line


@given(mapping=mappings)
def test_a_mapping_is_written_and_read_back_equal(
    mapping: DeviceMapping, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("mapping") / "joystick.toml"
    path.write_text(to_toml(mapping), encoding="utf-8", newline="")
    assert read_mapping(path, HIGHWAY) == mapping


def test_a_file_that_is_not_there_means_what_is_usual(tmp_path: Path) -> None:
    assert read_mapping(tmp_path / "none.toml", HIGHWAY) == DeviceMapping()


def test_the_file_lies_in_the_users_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert mapping_path("joystick") == tmp_path / "mereq-teleop/devices/joystick.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/absolute")
    assert mapping_path("joystick") == Path.home() / ".config/mereq-teleop/devices/joystick.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 3", ["name is 3, it must be a name in quotes"]),
        ("name = '" + "x" * 999 + "'\nengage = 'a'", ["engage is 'a', it must be a list"]),
        ("engage = ['a', 3]", ["engage is 3, it must be a name in quotes"]),
        ("nmae = 'pad'", ["no field 'nmae'; known: name, engage, release, pedals, axes, tasks", "mean 'name'?"]),
        ("axes = 3", ["axes is 3, it must be a table"]),
        ("[axes]\nleftx = 0.1", ["axis 'leftx' is 0.1, it must be a table"]),
        (
            "[axes.leftx]\ndeadzone = 0.1",
            [
                "axis 'leftx': no field 'deadzone'; known: dead_zone, exponent, scale, inverted; ",
                "did you mean 'dead_zone'?",
            ],
        ),
        ("[axes.leftx]\ndead_zone = 'big'", ["axis 'leftx': dead_zone is 'big', it must be a number"]),
        ("[axes.leftx]\ndead_zone = true", ["axis 'leftx': dead_zone is True, it must be a number"]),
        ("[axes.leftx]\ninverted = 1", ["axis 'leftx': inverted is 1, it must be true or false"]),
        ("[axes.axis0]\ndead_zone = 2.0", ["axis 'axis0': dead_zone is 2.0", "between 0 and 0.9"]),
        ("[axes.axis0]\nscale = nan", ["scale is nan"]),
        ("[tasks]\nhighway = 1", ["task 'highway' is 1, it must be a table"]),
        ("[tasks.highway]\nFASTER = 'axis0'", ["task 'highway', 'FASTER' is 'axis0', it must be a list"]),
        ("[tasks.highway]\nFASTER = ['axis0']", ["task 'highway', 'FASTER' is 'axis0', it must be a table"]),
        ("[tasks.highway]\nFASTER = [{ sign = 1 }]", ["{'sign': 1} names no axis"]),
        (
            "[tasks.highway]\nFASTER = [{ axes = 'axis0' }]",
            ["no field 'axes'; known: axis, sign; did you mean 'axis'?"],
        ),
        ("[tasks.highway]\nFASTER = [{ axis = 'axis0', sign = 1.0 }]", ["sign is 1.0, it must be 1 or -1"]),
        ("[tasks.highway]\nFASTER = [{ axis = 'axis0', sign = '-' }]", ["sign is '-', it must be"]),
        ("[tasks.highway]\nFASTR = []", ["no action of task 'highway' 'FASTR'", "did you mean 'FASTER'?"]),
        ("[tasks.highway]\nFASTER = [{ axis = 'axis0', sign = 2 }]", ["2", "sign"]),
        ("engage = ", ["Invalid value"]),
        ("engage = " + "[" * 5000, ["recursion"]),
        ("# " + "x" * 70_000, ["larger than 65536 bytes"]),
    ],
)
def test_a_bad_file_is_answered_in_one_line(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "joystick.toml"
    path.write_text(text)
    line = complaint(path)
    assert [word for word in words if word not in line] == []


def test_what_is_no_text_or_no_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "joystick.toml"
    path.write_bytes(b"\xff\xfe")
    assert "not text" in complaint(path)
    assert "Is a directory" in complaint(tmp_path)


@pytest.mark.parametrize("card", CARDS, ids=[card.name for card in CARDS])
@pytest.mark.parametrize("axes", [PAD, STICK, MOUSE])
def test_all_of_every_task_is_driven_by_what_is_usual(card: TaskCard, axes: tuple[str, ...]) -> None:
    pulls = pulls_of(DeviceMapping(), card, axes, FILE)
    wanted = {axis.name for axis in card.axes} or set(card.actions) - {card.actions[1]}
    assert set(pulls) == wanted
    assert {pull.axis for ways in pulls.values() for pull in ways} <= set(axes)


def named(*actions: str, neutral: int = 0, **keys: int) -> TaskCard:
    """A task of somebody's own with these actions."""
    return replace(
        HIGHWAY, name="own", ids={"own": "own:Task"}, actions=actions, neutral_action=neutral, keys=keys, source="x"
    )


def moved(*axes: str, **keys: tuple[float, ...]) -> TaskCard:
    """A task of somebody's own whose axes go from -1 to 1."""
    return replace(
        MOUNTAIN_CAR,
        name="own",
        ids={"own": "own:Task"},
        axes=tuple(Axis(name=name, unit="", low=-1.0, high=1.0) for name in axes),
        neutral_action=(0.0,) * len(axes),
        keys=keys,
        source="x",
    )


def asked(card: TaskCard, axes: tuple[str, ...]) -> dict[str, str]:
    pulls = pulls_of(DeviceMapping(), card, axes, FILE)
    return {
        target: " ".join(f"{'+' if pull.sign > 0 else '-'}{pull.axis}" for pull in of) for target, of in pulls.items()
    }


def test_the_stick_does_what_the_arrows_do_in_a_task_of_ones_own() -> None:
    pole = named("left", "right", left=0, right=1)
    assert asked(pole, PAD) == {"left": "-leftx -dpadx", "right": "+leftx +dpadx"}
    assert asked(pole, STICK) == {"left": "-axis0 -hat0x", "right": "+axis0 +hat0x"}
    assert asked(pole, MOUSE) == {"left": "+y", "right": "-y"}
    # What the arrow does counts, not what the action is called.
    assert asked(named("left", "none", neutral=1, right=0, space=1), PAD) == {"left": "+leftx +dpadx"}
    swing = moved("torque", left=(-1.0,), right=(1.0,), space=(0.0,))
    assert [asked(swing, axes)["torque"] for axes in (PAD, STICK, MOUSE)] == ["+leftx +dpadx", "+axis0 +hat0x", "-y"]
    assert asked(moved("torque", left=(1.0,)), PAD) == {"torque": "-leftx -dpadx"}


def test_actions_and_axes_without_such_keys_get_what_is_free_in_their_order() -> None:
    digits = named("wait", "a", "b", "c", "d", "e", **{"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5})
    assert asked(digits, MOUSE) == {"a": "+y", "b": "-y", "c": "+x", "d": "-x", "e": "+yaw"}
    keyed = named("wait", "duck", "jump", up=2, j=1)
    assert asked(keyed, STICK) == {"duck": "-axis0 -hat0x", "jump": "-axis1 -hat0y"}
    four = moved("one", "two", "three", "four", "five")
    assert asked(four, MOUSE) == {"one": "-y", "two": "+x", "three": "+z", "four": "-yaw", "five": "+pitch"}
    assert asked(four, PAD)["five"] == "+righttrigger -lefttrigger"
    # A plain stick of three axes has no more.
    assert list(asked(four, STICK[:3])) == ["one", "two", "three"]


@given(count=st.integers(1, 12), keyed=st.sets(st.sampled_from(["left", "right", "up", "down", "w", "j"])))
@pytest.mark.parametrize("axes", [PAD, STICK, MOUSE])
def test_no_push_asks_for_two_actions(axes: tuple[str, ...], count: int, keyed: set[str]) -> None:
    names = tuple(f"action_{at}" for at in range(count + 1))
    keys = {key: at % count + 1 for at, key in enumerate(sorted(keyed))}
    pulls = [pull for of in pulls_of(DeviceMapping(), named(*names, **keys), axes, FILE).values() for pull in of]
    assert len(set(pulls)) == len(pulls)


@given(count=st.integers(1, 8), keyed=st.permutations(range(8)))
@pytest.mark.parametrize("axes", [PAD, STICK, MOUSE])
def test_no_way_drives_two_axes(axes: tuple[str, ...], count: int, keyed: list[int]) -> None:
    keys = {}
    for key, at in zip(("left", "up", "d", "s"), keyed, strict=False):
        if at < count:
            keys[key] = tuple(float(of == at) for of in range(count))
    card = moved(*(f"axis_{at}" for at in range(count)), **keys)
    used = [{pull.axis for pull in of} for of in pulls_of(DeviceMapping(), card, axes, FILE).values()]
    assert sum(map(len, used)) == len(set().union(*used))


def test_a_file_decides_for_its_tasks_alone() -> None:
    mapping = DeviceMapping(tasks={"highway": {"FASTER": (Pull(axis="axis2"),)}})
    assert pulls_of(mapping, HIGHWAY, STICK, FILE) == {"FASTER": (Pull(axis="axis2"),)}
    assert pulls_of(mapping, PUSHER, STICK, FILE) == pulls_of(DeviceMapping(), PUSHER, STICK, FILE)


@pytest.mark.parametrize(
    "mapping",
    [
        DeviceMapping(tasks={"highway": {"FASTER": (Pull(axis="axis9"),)}}),
        DeviceMapping(pedals=("axis9",)),
        DeviceMapping(axes={"axis9": Shape()}),
    ],
)
def test_an_axis_that_the_device_has_not_is_named(mapping: DeviceMapping) -> None:
    with pytest.raises(
        BadMapping, match=r"joystick\.toml: no axis of the device 'axis9'; known: axis0, .* did you mean"
    ):
        pulls_of(mapping, HIGHWAY, STICK, FILE)


def test_a_device_that_can_drive_nothing_is_told_apart() -> None:
    with pytest.raises(BadMapping, match=r"nothing usual drives force by slider: say what does in joystick\.toml"):
        pulls_of(DeviceMapping(), MOUNTAIN_CAR, ("slider",), FILE)
