"""The JSON schema of a topic, in the subset that Foxglove reads.

Foxglove wants `"type": "object"` at the top and one plain type for each property. msgspec's schemas have
references, unions and untyped enumerations, so those are resolved here: a union to the alternative that the
topic's first record holds, which stays the same in a session (actions are all indices or all vectors). Where it holds
none of them, a field beside it of the same union tells; where that tells nothing either, the schema leaves the field
out. There is no word for null: fields that may be None are left out of the message, by `omit_defaults`.
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
        fields = schema.get("properties", {})
        values = _filled(fields, value if isinstance(value, dict) else {})
        plain["properties"] = {
            name: _plain(field, definitions, values.get(name))
            for name, field in fields.items()
            if name in values or len(_kinds(field)) == 1
        }
    elif schema.get("type") == "array":
        first = value[0] if isinstance(value, list | tuple) and value else None
        items = schema.get("items") or {"type": "number"}
        plain["items"] = _plain(items, definitions, first)
    return plain


def _filled(fields: dict[str, Schema], values: Schema) -> Schema:
    """The values, with those that are missing taken from a field of the same union."""
    told = {repr(_kinds(fields[name])): value for name, value in values.items() if value is not None and name in fields}
    same = {name: repr(_kinds(field)) for name, field in fields.items()}
    guessed = {name: told[union] for name, union in same.items() if "anyOf" in fields[name] and union in told}
    return guessed | {name: value for name, value in values.items() if value is not None}


def _kinds(field: Schema) -> list[Schema]:
    return [alternative for alternative in field.get("anyOf", [field]) if alternative.get("type") != "null"]


def _alternative(alternatives: list[Schema], definitions: dict[str, Schema], value: Any) -> Schema:
    """The alternative that the value is of; the only one that is not null, where there is no value."""
    known = _kinds({"anyOf": alternatives})
    for alternative in known:
        target = definitions.get(alternative.get("$ref", "").rpartition("/")[2], alternative)
        kind = KINDS.get(target.get("type", "string"))
        if kind is not None and isinstance(value, kind):
            return alternative
    return known[0]
