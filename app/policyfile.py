"""A policy file with its card beside it: what made it, as JSON."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mereq_teleop.agents.records import PolicySnapshot
from mereq_teleop.app.errors import AppError, Usage
from mereq_teleop.app.place import check_folder

__all__ = ["check_place", "facts_of", "tell", "write_bytes", "write_policy"]


def check_place(out: Path) -> None:
    """See that a policy may go there, before anything is learned for it.

    Raises:
        Usage: it is a folder, or the name of the card itself, or its folder is not there or cannot be written.
    """
    if out.suffix == ".json":
        raise Usage(
            f"--out {out} is where the card goes: name the policy, for instance {out.with_suffix('')}.safetensors"
        )
    if out.is_dir():
        raise Usage(f"--out {out} is a folder: name a file in it, such as {out / 'policy.safetensors'}")
    check_folder("--out", out)
    if not os.access(out.parent, os.W_OK):
        raise Usage(f"--out {out}: cannot write there (Permission denied): choose another place")


def facts_of(snapshot: PolicySnapshot) -> dict[str, Any]:
    """What a learned policy says of itself."""
    maker = snapshot.maker
    facts: dict[str, Any] = {
        "task": maker.task,
        "method": maker.method,
        "kind": snapshot.kind,
        "version": snapshot.version,
        "round": maker.round,
        "updates": maker.updates,
        "gamma": maker.gamma,
        "alpha": maker.alpha,
        "hash": snapshot.hash,
    }
    if (weights := maker.weights) is not None:
        facts["theta"] = dict(zip(weights.feature_names, weights.theta, strict=True))
        if weights.deviation:
            facts["deviation"] = dict(zip(weights.feature_names, weights.deviation, strict=True))
    return {**facts, "learned_from": maker.learned_from, "segments": list(maker.segments)}


def tell(facts: Mapping[str, Any], out: Path, what: str, *, as_json: bool) -> None:
    """Say that a policy was written: to a person in words, to a program, or where it was asked for, as one JSON line.

    `what` says which policy it is.
    """
    if as_json or not sys.stdout.isatty():
        print(json.dumps(facts))
        return
    measured = ", with its evaluation" if "evaluation" in facts else ""
    print(f"{out}: {what}; --prior {out} starts from it ({out.with_suffix('.json').name} is its card{measured})")


def write_policy(snapshot: PolicySnapshot, facts: Mapping[str, Any], out: Path) -> None:
    """Write the policy, and its card to the same name with .json; a `.zip` becomes stable-baselines3's.

    Raises:
        AppError: they can't be written.
        BadPolicy: a zip cannot hold it.
    """
    if out.suffix == ".zip":
        from mereq_teleop.agents.foreign.export import as_zip

        data = as_zip(snapshot, lambda line: print(f"{out}: {line}", file=sys.stderr))
    else:
        data = snapshot.to_bytes()
    write_bytes(data, facts, out)


def write_bytes(data: bytes, facts: Mapping[str, Any], out: Path) -> None:
    """Write a policy's file as it is, and its card to the same name with .json.

    Raises:
        AppError: they can't be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
        out.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    except OSError as error:
        raise AppError(f"cannot write {out}: {error.strerror}; choose another place with --out FILE") from None
