"""What the window remembers of a real actor: the last minute, what was said, which cues sound."""

from pathlib import Path

import numpy as np

from mereq_teleop.app.journal import Subject
from mereq_teleop.app.onlooker import Cue, Onlooker
from mereq_teleop.app.operator_view import scene_of
from mereq_teleop.app.timeline import Mark
from mereq_teleop.sessions.records import Authority
from mereq_teleop.teleop.command import Command
from mereq_teleop.teleop.device import Sight
from tests.app.test_actor import Rig, Teacher, acting


class Plug:
    """A device whose description changes as hardware comes and goes."""

    def __init__(self) -> None:
        self.words = "keyboard"

    def open(self) -> None: ...

    def close(self) -> None: ...

    def describe(self) -> str:
        return self.words

    def turns(self) -> bool:
        return False

    def poll(self, sight: Sight) -> list[Command]:
        return []


class Watch:
    """An onlooker, once a step of a rig; a step takes a second."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.onlooker = Onlooker()
        self.now_s = 0.0
        self.cues: list[Cue] = []
        self.marks: list[Mark] = []
        self.look()

    def look(self) -> None:
        self.cues += self.onlooker.look(self.rig.actor, self.now_s)
        moments = self.onlooker.timeline.last_minute(self.now_s).moments
        self.marks += [moment.mark for moment in moments if moment.ago_s == 0.0]
        self.now_s += 1.0

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.rig.until(self.rig.made + 1)
            self.look()


def test_a_takeover_is_seen_and_heard(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("3 LANE_RIGHT\n6 release")
        watch = Watch(rig)
        watch.steps(10)
        spans = watch.onlooker.timeline.last_minute(watch.now_s).spans
        assert [span.authority for span in spans] == [Authority.POLICY, Authority.HUMAN, Authority.POLICY]
        assert spans[1].start_s - spans[1].stop_s == 3.0
        # What was learned from it drives at once.
        assert watch.cues == [Cue.TAKEOVER, Cue.GIVEN_BACK, Cue.SWAP]
        assert watch.marks == [Mark.SWAP]


def test_a_swap_a_round_and_a_correction_taken_back_leave_marks(tmp_path: Path) -> None:
    with acting(tmp_path, Teacher(), steps_per_round=8) as rig:
        rig.follow("2 FASTER\n3 release")
        watch = Watch(rig)
        watch.steps(6)
        assert watch.marks == [Mark.SWAP]
        assert watch.cues == [Cue.TAKEOVER, Cue.GIVEN_BACK, Cue.SWAP]
        rig.actor.retract(watch.now_s)
        watch.look()
        assert watch.marks == [Mark.SWAP, Mark.RETRACTED]
        watch.steps(4)
        assert Mark.ROUND in watch.marks
        rig.actor.journal.announce("five seconds back", watch.now_s, subject=Subject.REWOUND)
        watch.look()
        assert watch.marks[-1] is Mark.REWOUND


def test_a_lost_device_is_marked_heard_and_warned_of(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        rig.follow("2 FASTER\n4 lost\n8 release")
        watch = Watch(rig)
        watch.steps(12)
        assert watch.marks[0] is Mark.LOST
        assert watch.cues[:2] == [Cue.TAKEOVER, Cue.LOST]
        spans = watch.onlooker.timeline.last_minute(watch.now_s).spans
        assert Authority.SAFE in [span.authority for span in spans]


def test_what_is_said_shows_once(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        watch = Watch(rig)
        for text in ("one", "two"):
            rig.actor.journal.announce(text, 0.0)
        watch.look()
        scene = scene_of(rig.actor, watch.now_s, 1.0, onlooker=watch.onlooker)
        assert [toast.text for toast in scene.toasts] == ["one", "two"]
        for _ in range(20):
            watch.look()
            watch.onlooker.messages.shown(watch.now_s)
        assert scene_of(rig.actor, watch.now_s, 1.0, onlooker=watch.onlooker).toasts == ()


def test_a_device_that_comes_and_goes_is_named(tmp_path: Path) -> None:
    with acting(tmp_path) as rig:
        plug = Plug()
        rig.actor.device = plug
        watch = Watch(rig)
        told = []
        for words in ("Pad + keyboard", "joystick (gone) + keyboard", "Pad + keyboard", "keyboard"):
            plug.words = words
            watch.look()
            told += [(toast.text, toast.warning) for toast in watch.onlooker.messages.shown(watch.now_s)]
            watch.now_s += 10.0
        assert told == [("Pad is plugged in", False), ("Pad was unplugged", True), ("Pad is plugged in", False)]


def test_looking_costs_the_same_after_an_hour(tmp_path: Path) -> None:
    """Counted in what is kept, which bounds what is looked at."""
    with acting(tmp_path) as rig:
        onlooker = Onlooker()
        for tick in np.arange(0.0, 3600.0, 0.05).tolist():
            if round(20 * tick) % 7 == 0:
                rig.actor.journal.announcements.clear()
                rig.actor.pause(tick)
            onlooker.look(rig.actor, tick)
        assert len(onlooker.timeline.last_minute(3600.0).spans) <= 256
        assert len(onlooker.messages.shown(3600.0)) <= 5
