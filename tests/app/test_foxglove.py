"""A recording and the layout that comes with it, as Foxglove reads them."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcap.reader import make_reader

from tests.app.test_actor import acting
from tests.sessions.test_schema import check_as_foxglove_does

LAYOUT = Path(__file__).parents[2] / "docs" / "foxglove" / "mereq.json"
FIELD = re.compile(r"(\w+)(?:\[(\d+)\])?")

Topics = dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> Topics:
    """Schema and messages of every topic of a session in which everything happens."""
    folder = tmp_path_factory.mktemp("session")
    with acting(folder, steps_per_round=20) as rig:
        rig.follow("3 LANE_RIGHT\n6 lost\n8 release\n12 FASTER\n14 release\n30 engage\n32 release")
        rig.until(20)
        rig.actor.retract(0.0)
        rig.until(60)
    found: Topics = {}
    with (folder / "session.mcap").open("rb") as file:
        for schema, channel, message in make_reader(file, validate_crcs=True).iter_messages():
            assert schema is not None
            assert (schema.encoding, channel.message_encoding) == ("jsonschema", "json")
            messages = found.setdefault(channel.topic, (json.loads(schema.data), []))[1]
            messages.append(json.loads(message.data))
    return found


def test_every_topic_is_there_with_a_schema_that_foxglove_reads(topics: Topics) -> None:
    every = {"episode", "command", "authority", "transition", "swap", "segment", "retract", "ack", "round", "report"}
    assert set(topics) == {f"/{name}" for name in (*every, "note")}
    for schema, _ in topics.values():
        jsonschema.Draft202012Validator.check_schema(schema)
        check_as_foxglove_does(schema)


def test_every_message_is_as_its_schema_says_and_has_no_field_that_it_does_not_tell(topics: Topics) -> None:
    for topic, (schema, messages) in topics.items():
        strict = jsonschema.Draft202012Validator({**schema, "additionalProperties": False})
        for message in messages:
            errors = [error.message for error in strict.iter_errors(message)]
            assert not errors, f"{topic}: {errors}"


def paths(layout: dict[str, Any]) -> list[str]:
    panels = layout["configById"].values()
    return [path["value"] for panel in panels for path in panel.get("paths", ())] + [
        panel["topicPath"] for panel in panels if "topicPath" in panel
    ]


def there(message: Any, fields: str) -> bool:
    """Whether a message has what a path names after its topic."""
    for name, index in FIELD.findall(fields):
        message = message.get(name) if isinstance(message, dict) else None
        if index and message is not None:
            message = message[int(index)] if int(index) < len(message) else None
    return message is not None


def test_every_path_of_the_layout_leads_to_something(topics: Topics) -> None:
    layout = json.loads(LAYOUT.read_text())
    named = paths(layout)
    assert len(named) > 10
    for path in named:
        topic, _, fields = path.partition(".")
        assert any(there(message, fields) for message in topics[topic][1]), path


def test_every_panel_has_a_place_and_every_place_a_panel() -> None:
    layout = json.loads(LAYOUT.read_text())

    def places(node: Any) -> list[str]:
        return [node] if isinstance(node, str) else [*places(node["first"]), *places(node["second"])]

    assert sorted(places(layout["layout"])) == sorted(layout["configById"])
