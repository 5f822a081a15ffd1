"""The members of a stable-baselines3 zip, read within bounds; nothing here unpickles."""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any, Final

from mereq_teleop.agents.errors import BadPolicy

__all__ = ["LARGEST", "MEMBERS_AT_MOST", "Archive", "read_archive"]

LARGEST: Final = {
    "data": 16 * 2**20,
    "policy.pth": 256 * 2**20,
    "pytorch_variables.pth": 2**20,
    "_stable_baselines3_version": 64,
}
"""The members that are read, and the most bytes of each; what else there is stays where it is."""
OPTIONAL: Final = ("pytorch_variables.pth",)
MEMBERS_AT_MOST: Final = 64
ENTRY: Final = b"PK\x01\x02"
ENTRIES_AT_MOST: Final = 8192
"""Of the directories of the zip and of those in it: what torch writes is a zip too, with an entry for each tensor."""
DEEPEST: Final = 32


@dataclass(frozen=True)
class Archive:
    """What is in the zip, still as bytes where it is torch's."""

    data: dict[str, Any]
    policy: bytes
    variables: bytes | None
    version: str


def read_archive(data: bytes) -> Archive:
    """Take what is needed out of a zip.

    Raises:
        BadPolicy: it is damaged, a member is missing or too large, or `data` is no JSON object.
    """
    # Before the library makes an object of each entry of the zip's directory.
    if data.count(ENTRY) > ENTRIES_AT_MOST:
        raise BadPolicy(f"{data.count(ENTRY)} entries are too many for a stable-baselines3 zip")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: _member(archive, name) for name in LARGEST}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, BadPolicy):
            raise
        raise BadPolicy(f"a damaged zip ({error}): copy it again from where it was saved") from None
    policy, described = members["policy.pth"], members["data"]
    assert policy is not None
    assert described is not None
    version = (members["_stable_baselines3_version"] or b"").decode(errors="replace").strip()
    return Archive(_json(described), policy, members["pytorch_variables.pth"], version)


def _member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    names = archive.namelist()
    if len(names) > MEMBERS_AT_MOST:
        raise BadPolicy(f"{len(names)} members are too many for a stable-baselines3 zip (at most {MEMBERS_AT_MOST})")
    if name not in names:
        if name in OPTIONAL:
            return None
        held = ", ".join(sorted(names)[:8]) or "nothing"
        raise BadPolicy(f"not a whole zip of stable-baselines3's model.save: {name!r} is missing; it holds {held}")
    # What a zip says of a size need not be true: no more than the most is ever unpacked.
    with archive.open(name) as member:
        content = member.read(LARGEST[name] + 1)
    if len(content) > LARGEST[name]:
        raise BadPolicy(f"{name!r} unpacks to more than {LARGEST[name]} bytes, too many for a policy")
    return content


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadPolicy(f"'data' is no JSON: {str(error)[:100]}") from None
    if not isinstance(found, dict):
        raise BadPolicy(f"'data' must be a JSON object, it is {type(found).__name__}")
    if _depth(found) > DEEPEST:
        raise BadPolicy(f"'data' is nested more than {DEEPEST} deep")
    return found


def _depth(value: object) -> int:
    """How deep it is nested, looked at no deeper than matters."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        nested = [of for of in level if isinstance(of, dict | list)]
        level = [inner for of in nested for inner in (of.values() if isinstance(of, dict) else of)]
        depth += bool(nested)
        if not nested:
            break
    return depth
