"""What the operator's view remembers from one frame to the next: the last minute, what was said, what is plugged in."""

from enum import StrEnum
from typing import Final

from mereq_teleop.app.actor import Actor
from mereq_teleop.app.journal import Announcement, Subject
from mereq_teleop.app.timeline import Mark, Timeline
from mereq_teleop.app.window.messages import Messages
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.guide import Guide, guides_of

__all__ = ["Cue", "Onlooker"]

_MARKS: Final = {
    Subject.SWAP: Mark.SWAP,
    Subject.RETRACTED: Mark.RETRACTED,
    Subject.REWOUND: Mark.REWOUND,
    Subject.CRASHED: Mark.CRASHED,
}

_TELLING: Final = (Subject.SWAP, Subject.LEARNING)
"""What a blind window keeps to itself."""
_BETWEEN: Final = " + "
_GONE: Final = "(gone)"
"""How devices are described: with this between them, and this at the end of one that was unplugged."""

_UNFIT: Final = ("(refused)", "(its mapping does not fit)")


class Cue(StrEnum):
    """What can be told by a sound."""

    TAKEOVER = "takeover"
    GIVEN_BACK = "given back"
    SWAP = "swap"
    LOST = "lost"


class Onlooker:
    """Looks at an actor once a frame; what that costs does not depend on how long the session lasts."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.messages = Messages()
        self.guides: tuple[Guide, ...] = ()
        """What the hands on the devices do that are there now."""
        self._authority: Authority | None = None
        self._round: int | None = None
        self._device: str | None = None
        self._heard: Announcement | None = None

    def look(self, actor: Actor, now_s: float) -> tuple[Cue, ...]:
        """Take note of what is new; what of it can be told by a sound."""
        authority, cues, marks = actor.arbiter.authority, list[Cue](), list[Mark]()
        if authority is not self._authority:
            cues += _cues(self._authority, authority)
            if authority is Authority.SAFE:
                marks.append(Mark.LOST)
            self._authority = authority
        for said in self._unheard(actor):
            if actor.config.blind and said.subject in _TELLING:
                continue
            self.messages.tell(said.text, warning=said.warning)
            if (mark := _MARKS.get(said.subject)) is not None:
                marks.append(mark)
            if said.subject is Subject.SWAP:
                cues.append(Cue.SWAP)
        round_ = actor.tally.round.round
        # The round with which a session begins, any number in a fork, is none that came.
        marks += [Mark.ROUND] * (self._round not in (None, round_))
        self._round = round_
        self._look_at_devices(actor)
        self.timeline.add(authority, now_s, marks)
        return tuple(cues)

    def _unheard(self, actor: Actor) -> list[Announcement]:
        """The announcements since the last look, oldest first."""
        news = []
        for said in reversed(actor.journal.announcements):
            if said is self._heard:
                break
            news.append(said)
        if news:
            self._heard = news[0]
        return news[::-1]

    def _look_at_devices(self, actor: Actor) -> None:
        """Say what was plugged in or went."""
        device = actor.device.describe()
        if device == self._device:
            return
        before, self._device = self._device, device
        self.guides = guides_of(actor.device)
        if before is not None:
            self._tell_of_devices(before.split(_BETWEEN), device.split(_BETWEEN))

    def _tell_of_devices(self, before: list[str], after: list[str]) -> None:
        vanished = [name for name in before if name and name not in after]
        for name in after:
            # Of one that cannot be used, it is announced why.
            if not name or name in before or name.endswith(_UNFIT):
                continue
            if name.endswith(_GONE):
                self.messages.tell(f"{vanished[0] if vanished else name} was unplugged", warning=True)
            else:
                self.messages.tell(f"{name} is plugged in")


def _cues(before: Authority | None, after: Authority) -> list[Cue]:
    """What a change of authority sounds like; nothing at the start."""
    if before is None:
        return []
    if after is Authority.SAFE:
        return [Cue.LOST]
    if after is Authority.HUMAN:
        return [Cue.TAKEOVER]
    return [Cue.GIVEN_BACK] if before is Authority.HUMAN else []
