"""All that the doctor looks at, in the order in which it is told."""

from collections.abc import Callable, Iterator

from mereq_teleop.app.doctor.check import Check, Need
from mereq_teleop.app.doctor.hands import check_hands
from mereq_teleop.app.doctor.latency import check_latency
from mereq_teleop.app.doctor.machine import check_machine
from mereq_teleop.app.doctor.pictures import check_pictures

__all__ = ["examine"]

_PARTS: tuple[Callable[[Need], Iterator[Check]], ...] = (check_hands, check_pictures, check_machine, check_latency)


def examine(need: Need) -> list[Check]:
    """Every check."""
    return [check for part in _PARTS for check in part(need)]
