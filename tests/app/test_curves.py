"""TensorBoard's own reader finds in tb/ what the recording says."""

from pathlib import Path
from typing import Any

import pytest

from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.curves import ChartedRecorder, Curves
from mereq_teleop.app.eventfile import EventFile
from mereq_teleop.sessions.config import SessionHeader
from mereq_teleop.sessions.events import Topic
from mereq_teleop.sessions.fingerprint import take_fingerprint
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Episode
from tests.app.test_actor import acting, made_config


def scalars(folder: Path) -> dict[str, Any]:
    """Every curve of a run, as TensorBoard reads it: (step, value) by tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found: Any = EventAccumulator(str(folder)).Reload()
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def session(folder: Path) -> Recording:
    with acting(folder / "session", crashes=True, steps_per_round=20) as rig:
        rig.follow("3 LANE_RIGHT\n6 release\n25 LANE_RIGHT\n29 release")
        rig.until(70)
    return rig.recording()


def over(recording: Recording) -> list[Episode]:
    """The episodes that ended by themselves."""
    begun = [episode for episode in recording.episodes if episode.transitions]
    return [e for e in begun if e.transitions[-1].terminated or e.transitions[-1].truncated]


def drawn(folder: Path, recording: Recording) -> Path:
    header = SessionHeader(config=made_config(OperateConfig()), fingerprint=take_fingerprint())
    with ChartedRecorder.create(folder / "again.mcap", header) as recorder:
        recorder.chart(folder / "tb", 1_900_000_000.0)
        for time_ns, topic, record in recording.timeline:
            recorder.write(topic, record, time_ns)
    return folder / "tb"


def test_tensorboard_reads_what_the_session_did(tmp_path: Path) -> None:
    recording = session(tmp_path)
    tb = drawn(tmp_path, recording)
    actor, learner = scalars(tb / "actor"), scalars(tb / "learner")
    rates = [(end.round, pytest.approx(end.human_steps / end.steps)) for end in recording.rounds]
    assert actor["round/intervention_rate"] == rates
    assert len(rates) == 3
    ended = [
        e for e in recording.episodes if e.transitions and (e.transitions[-1].terminated or e.transitions[-1].truncated)
    ]
    assert actor["episode/return"] == [(e.index, pytest.approx(sum(t.reward for t in e.transitions))) for e in ended]
    assert [step for step, _ in actor["swap/cost_ms"]] == [swap.version for swap in recording.swaps]
    reports = recording.reports
    assert learner["update/loss"] == [(r.policy_version, pytest.approx(r.loss)) for r in reports]
    for at, name in enumerate(reports[0].weights.feature_names):
        assert learner[f"theta/{name}"] == [(r.policy_version, pytest.approx(r.weights.theta[at])) for r in reports]
    assert all(seconds >= 0 for _, seconds in learner["update/seconds_since_asked"])


def test_a_cut_file_of_curves_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    file = EventFile(tmp_path / "run", 1_900_000_000.0)
    for step in (1, 300, 70_000):
        file.add("some/tag", step / 7, step, 1_900_000_000.0 + step)
    file.close()
    (path,) = (tmp_path / "run").iterdir()
    assert scalars(tmp_path / "run")["some/tag"] == [(s, pytest.approx(s / 7)) for s in (1, 300, 70_000)]
    path.write_bytes(path.read_bytes()[:-3])
    assert [step for step, _ in scalars(tmp_path / "run")["some/tag"]] == [1, 300]


def test_where_curves_cannot_be_written_the_recording_goes_on(tmp_path: Path) -> None:
    recording = session(tmp_path)
    (tmp_path / "tb").write_text("a file where the folder should be")
    drawn(tmp_path, recording)
    assert (tmp_path / "tb").read_text().startswith("a file")
    assert (tmp_path / "again.mcap").stat().st_size > 1000


def test_most_steps_draw_nothing(tmp_path: Path) -> None:
    recording = session(tmp_path)
    curves = Curves()
    points = [(topic, len(list(curves.take(record, time_ns)))) for time_ns, topic, record in recording.timeline]
    ends = sum(count > 0 for topic, count in points if topic == Topic.TRANSITION)
    assert ends == len(over(recording))
