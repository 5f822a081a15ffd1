"""What TensorBoard shows of a session: points drawn from the very events that are recorded."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mereq_teleop.agents.records import LearnerReport
from mereq_teleop.app.eventfile import EventFile
from mereq_teleop.sessions.events import EpisodeStart, Retraction, RoundEnd, SegmentMark, Swap
from mereq_teleop.sessions.recorder import Recorder
from mereq_teleop.sessions.records import Authority, Record, Transition

__all__ = ["ChartedRecorder", "Curves", "Point"]


class Point(NamedTuple):
    """One point of one curve."""

    run: str
    """`actor` or `learner`."""
    tag: str
    value: float
    step: int


class Curves:
    """Turns events into points: the actor's by round, episode and swap, the learner's by policy version."""

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}
        self._episode: int | None = None
        self._steps = self._by_hand = 0
        self._return = 0.0

    def take(self, record: Record, time_ns: int) -> Iterator[Point]:
        """The points that an event adds; most add none."""
        match record:
            case Transition(reward=reward, decision=decision):
                self._steps += 1
                self._return += reward
                self._by_hand += decision.authority is Authority.HUMAN
                if record.terminated or record.truncated:
                    yield from self._end_episode(float(record.terminated))
            case EpisodeStart(index=index):
                self._episode, self._steps, self._by_hand, self._return = index, 0, 0, 0.0
            case SegmentMark(id=id_):
                self._asked[id_] = time_ns
            case Retraction(segment=id_):
                self._asked[f"retract:{id_}"] = time_ns
            case RoundEnd(id=id_):
                self._asked[id_] = time_ns
                yield Point("actor", "round/intervention_rate", record.human_steps / record.steps, record.round)
                yield Point("actor", "round/human_steps", record.human_steps, record.round)
            case Swap(cost_s=cost_s, version=version):
                yield Point("actor", "swap/cost_ms", 1e3 * cost_s, version)
            case LearnerReport():
                yield from self._report(record, time_ns)

    def _end_episode(self, terminated: float) -> Iterator[Point]:
        found = {
            "return": self._return,
            "steps": self._steps,
            "human_steps": self._by_hand,
            "terminated": terminated,
        }
        if self._episode is not None:
            yield from (Point("actor", f"episode/{tag}", value, self._episode) for tag, value in found.items())

    def _report(self, report: LearnerReport, time_ns: int) -> Iterator[Point]:
        found: dict[str, float] = {
            "update/loss": report.loss,
            "update/seconds": report.seconds,
            "update/gradient_steps": report.updates,
            "update/inner_steps": report.inner_steps,
            "update/intervention_rate": report.intervention_rate,
        }
        if (asked := self._asked.get(report.cause)) is not None:
            # Updates are served in order: no report will tell of what came before.
            while (first := next(iter(self._asked))) != report.cause:
                del self._asked[first]
            found["update/seconds_since_asked"] = (time_ns - asked) / 1e9
        if (weights := report.weights) is not None:
            names = weights.feature_names
            of = {"theta": weights.theta, "deviation": weights.deviation, "feature_gap": report.feature_gap}
            for kind, values in of.items():
                # A method that has no deviations or no gap gives none.
                found |= {f"{kind}/{name}": value for name, value in zip(names, values, strict=False)}
        yield from (Point("learner", tag, value, report.policy_version) for tag, value in found.items())


class ChartedRecorder(Recorder):
    """A recorder that draws curves, too, once it is told where; a thread of its own writes them.

    What cannot be written is left out: curves can be drawn again from the recording at any time.
    """

    _points: "queue.SimpleQueue[tuple[Point, float] | None] | None" = None

    def chart(self, folder: Path, time_s: float) -> None:
        """Write curves into a folder, one for each run in it, from now (seconds since the Unix epoch) on."""
        self._curves = Curves()
        self._points = queue.SimpleQueue()
        self._drawing = threading.Thread(target=self._draw, args=(folder, time_s), name="curves", daemon=True)
        self._drawing.start()

    def write(self, topic: str, record: Record, time_ns: int) -> None:
        """As a recorder does."""
        super().write(topic, record, time_ns)
        if self._points is not None:
            for point in self._curves.take(record, time_ns):
                self._points.put((point, time_ns / 1e9))

    def close(self) -> None:
        """Write what waits."""
        super().close()
        if self._points is not None:
            self._points.put(None)
            self._drawing.join(1.0)

    def _draw(self, folder: Path, time_s: float) -> None:
        assert self._points is not None
        runs: dict[str, EventFile] = {}
        fault = False
        while (waiting := self._points.get()) is not None:
            point, at_s = waiting
            try:
                if not fault and point.run not in runs:
                    runs[point.run] = EventFile(folder / point.run, time_s)
                if not fault:
                    runs[point.run].add(point.tag, point.value, point.step, at_s)
            except OSError:
                fault = True
        for file in runs.values():
            file.close()
