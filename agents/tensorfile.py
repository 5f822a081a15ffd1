"""Safetensors files with bounds: the only way in which tensors come from a file."""

import json
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from mereq_teleop.agents.errors import BadTensors

__all__ = ["MAX_HEADER_BYTES", "unpacked"]

MAX_HEADER_BYTES = 8 * 2**20
"""The library itself would parse a header of 100 MB; ours are some kB. It bounds the depth by itself (128)."""


def unpacked(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors by name, and the metadata.

    Raises:
        BadTensors: not a safetensors file, or one whose header is too large.
    """
    size = int.from_bytes(data[:8], "little")
    if MAX_HEADER_BYTES < size <= len(data):
        raise BadTensors(f"a header of {size} bytes; the limit is {MAX_HEADER_BYTES}")
    try:
        tensors = load(data)
        header: dict[str, Any] = json.loads(data[8 : 8 + size])
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise BadTensors(" ".join(str(error).split()) or type(error).__name__) from None
    return tensors, header.get("__metadata__", {})
