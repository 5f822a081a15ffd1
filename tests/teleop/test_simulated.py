import numpy as np
import numpy.typing as npt

from mereq_teleop.sessions.records import Action
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Device
from mereq_teleop.teleop.simulated import SimulatedDevice
from tests.teleop.made import CARD, sight


class Impatient:
    """Drives left during steps 2 and 3, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, Action]] = []
        self.forgotten = 0

    def watch(self, obs: npt.NDArray[np.float32], policy_action: Action) -> Action | None:
        self.asked.append((float(obs[0, 0]), policy_action))
        return 0 if obs[0, 0] in (2, 3) else None

    def forget(self) -> None:
        self.forgotten += 1


def said(commands: list[Command]) -> list[tuple[Action | None, bool]]:
    return [(command.action, command.engaged) for command in commands]


def test_it_speaks_as_a_person_would_and_only_once_a_step() -> None:
    judge = Impatient()
    device: Device = SimulatedDevice(judge)
    device.open()
    heard = {step: [said(device.poll(sight(step))) for _ in range(3)] for step in range(6)}
    assert heard == {
        0: [[], [], []],
        1: [[], [], []],
        2: [[(0, True)], [], []],
        3: [[(0, True)], [], []],
        4: [[(None, False)], [], []],
        5: [[], [], []],
    }
    assert judge.asked == [(float(step), 3) for step in range(6)]
    device.close()


def test_a_new_episode_is_a_new_beginning_for_the_judge() -> None:
    judge = Impatient()
    device = SimulatedDevice(judge)
    for step in range(6):
        device.poll(sight(step, episode=step // 3))
    assert judge.forgotten == 2


def test_actions_are_the_tasks_own() -> None:
    [command] = SimulatedDevice(Impatient(), "expert").poll(sight(2))
    assert command.device == "expert"
    assert command.action in range(len(CARD.actions))
