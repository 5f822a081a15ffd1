"""The JSON schema of a topic, in the subset that Foxglove reads.

Foxglove wants `"type": "object"` at the top and one plain type for each property. msgspec's schemas have
references, unions and untyped enumerations, so those are resolved here: a union to the alternative that the
topic's first record holds, which stays the same in a session (actions are all indices or all vectors).
"""

from typing import Any

import msgspec

__all__ = ["schema_of"]

Schema = dict[str, Any]
KINDS: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
    "array": (list, tuple),
    "object": dict,
}


def schema_of(record: msgspec.Struct) -> bytes:
    """JSON schema of the record's type, as Foxglove reads it."""
    schema = msgspec.json.schema(type(record))
    plain = _plain(schema, schema.get("$defs", {}), msgspec.to_builtins(record))
    return msgspec.json.encode(plain)


def _plain(schema: Schema, definitions: dict[str, Schema], value: Any) -> Schema:
    if "$ref" in schema:
        return _plain(definitions[schema["$ref"].rpartition("/")[2]], definitions, value)
    if "anyOf" in schema:
        return _plain(_alternative(schema["anyOf"], definitions, value), definitions, value)
    plain: Schema = {key: schema[key] for key in ("type", "title", "description", "enum") if key in schema}
    if "enum" in schema:
        plain["type"] = "string" if isinstance(schema["enum"][0], str) else "integer"
    elif schema.get("type") == "object":
        values = value if isinstance(value, dict) else {}
        fields = schema.get("properties", {}).items()
        plain["properties"] = {name: _plain(field, definitions, values.get(name)) for name, field in fields}
    elif schema.get("type") == "array":
        first = value[0] if isinstance(value, list | tuple) and value else None
        items = schema.get("items") or {"type": "number"}
        plain["items"] = _plain(items, definitions, first)
    return plain


def _alternative(alternatives: list[Schema], definitions: dict[str, Schema], value: Any) -> Schema:
    """The alternative that the value is of; where it tells nothing, the first that is not null."""
    known = [alternative for alternative in alternatives if alternative.get("type") != "null"]
    for alternative in known:
        target = definitions.get(alternative.get("$ref", "").rpartition("/")[2], alternative)
        kind = KINDS.get(target.get("type", "string"))
        if kind is not None and isinstance(value, kind):
            return alternative
    return known[0]
