import csv
from pathlib import Path

from mereq_teleop.envs.highway.card import CARD
from mereq_teleop.sessions.tables import TABLES, write_tables
from tests.app.test_actor import acting


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_say_what_the_recording_says(tmp_path: Path) -> None:
    with acting(tmp_path / "session", steps_per_round=20) as rig:
        rig.follow("3 LANE_RIGHT\n6 lost\n8 release\n12 FASTER\n14 release")
        rig.until(30)
        rig.actor.retract(0.0)
        rig.until(45)
    recording = rig.recording()
    out = tmp_path / "out"
    assert write_tables([("one", recording), ("two", recording)], CARD, out) == 90
    assert sorted(path.name for path in out.iterdir()) == sorted(TABLES)

    steps = rows(out / "steps.csv")
    assert [row["session"] for row in steps] == ["one"] * 45 + ["two"] * 45
    written = [transition for episode in recording.episodes for transition in episode.transitions]
    for row, step in zip(steps, written, strict=False):
        decision = step.decision
        assert (int(row["step"]), row["authority"]) == (step.step, decision.authority)
        assert row["policy_action"] == CARD.actions[int(str(decision.policy_action))]
        assert row["human_action"] == (
            "" if decision.human_action is None else CARD.actions[int(str(decision.executed))]
        )
        assert row["executed_action"] == CARD.actions[int(str(decision.executed))]
        assert tuple(float(row[f"feature_{name}"]) for name in CARD.feature_names) == step.features
        assert tuple(float(row[f"observation_{i}"]) for i in range(len(step.obs))) == step.obs
        assert float(row["world_time_s"]) == step.step / CARD.control_rate_hz
        assert int(row["intervention"]) == (decision.authority == "human")
        assert (float(row["reward"]), int(row["policy_version"])) == (step.reward, step.policy_version)
    assert [index for index, row in enumerate(steps[:45]) if row["retracted"] == "1"] == [12, 13]

    segments = rows(out / "segments.csv")
    assert [row["segment"] for row in segments[: len(segments) // 2]] == [one.id for one in recording.segments]
    assert sum(int(row["stop"]) - int(row["start"]) for row in segments) == 90
    rounds = rows(out / "rounds.csv")
    assert [(row["round"], row["steps"]) for row in rounds[: len(rounds) // 2]] == [("1", "20"), ("2", "20")]
    assert float(rounds[0]["intervention_rate"]) == int(rounds[0]["human_steps"]) / 20

    about = rows(out / "columns.csv")
    for table in ("steps.csv", "segments.csv", "rounds.csv"):
        told = [row["column"] for row in about if row["table"] == table]
        assert told == list(rows(out / table)[0])
    assert all(row["meaning"] for row in about)
    units = {row["column"]: row["unit"] for row in about if row["table"] == "steps.csv"}
    assert units["time_s"] == "s"
    assert units["feature_high_speed"] == CARD.features[2].unit
