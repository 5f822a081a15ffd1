from typing import Any

import msgspec
import pytest

from mereq_teleop.sessions.events import TYPES
from mereq_teleop.sessions.records import Authority, Decision, Record
from mereq_teleop.sessions.schema import schema_of
from tests.sessions.made import drive, step_of


def check_as_foxglove_does(schema: dict[str, Any]) -> None:
    """What Foxglove's parser of JSON schemas accepts: no reference, union or untyped field anywhere."""
    assert schema["type"] == "object"
    for field in schema["properties"].values():
        match field["type"]:
            case "object":
                check_as_foxglove_does(field)
            case "array" if field["items"]["type"] == "object":
                check_as_foxglove_does(field["items"])
            case "array":
                assert field["items"]["type"] in {"boolean", "string", "number", "integer"}
            case kind:
                assert kind in {"boolean", "string", "number", "integer"}


class Weights(Record):
    theta: tuple[float, ...]


class Report(Record):
    weights: Weights | None
    spread: dict[str, float]
    names: tuple[str, ...] = ()
    gap: float | None = None


@pytest.mark.parametrize("record", [step_of(0), *(record for _, record, _ in drive([Authority.HUMAN] * 13))])
def test_foxglove_reads_every_topic(record: Record) -> None:
    check_as_foxglove_does(msgspec.json.decode(schema_of(record)))


def test_foxglove_reads_reports_of_other_rooms() -> None:
    for report in (Report(weights=None, spread={}), Report(weights=Weights(theta=(0.5,)), spread={"a": 1.0})):
        schema = msgspec.json.decode(schema_of(report))
        check_as_foxglove_does(schema)
        assert schema["properties"]["weights"]["properties"]["theta"]["items"]["type"] == "number"


@pytest.mark.parametrize(("action", "kind"), [(1, "integer"), ((0.5, -0.5), "array")])
def test_a_union_becomes_what_the_first_record_holds(action: int | tuple[float, ...], kind: str) -> None:
    decision = Decision(
        policy_action=action, human_action=action, authority=Authority.HUMAN, executed=action, reason=""
    )
    schema = msgspec.json.decode(schema_of(decision))
    assert schema["properties"]["human_action"]["type"] == kind


class Asked(Record, kw_only=True, omit_defaults=True):
    action: int | tuple[float, ...] | None = None


def test_what_the_first_record_leaves_out_is_told_by_a_field_of_the_same_union() -> None:
    """The first step of an arm's session is the policy's: the human's action is a vector all the same."""
    for action, kind in ((1, "integer"), ((0.5, -0.5), "array")):
        decision = Decision(policy_action=action, authority=Authority.POLICY, executed=action)
        properties = msgspec.json.decode(schema_of(decision))["properties"]
        assert properties["human_action"]["type"] == kind
        assert "human_action" not in msgspec.json.decode(msgspec.json.encode(decision))


def test_where_nothing_tells_the_schema_leaves_the_field_out() -> None:
    assert msgspec.json.decode(schema_of(Asked()))["properties"] == {}
    assert "action" in msgspec.json.decode(schema_of(Asked(action=1)))["properties"]


def test_every_type_of_a_topic_is_a_record() -> None:
    assert all(issubclass(kind, Record) for kind in TYPES.values())
