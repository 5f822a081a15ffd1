"""The process that opens what torch and pickle wrote: `python -m mereq_teleop.agents.foreign.child FOLDER`.

It reads policy.pth and variables.pth with torch's weights_only (no code runs), within limits of memory and time, and
writes their tensors as safetensors. pickles.json is there only if the user trusts the file.
"""

import base64
import json
import pickle
import sys
from pathlib import Path
from typing import Any

__all__ = ["ROOM_BYTES", "SECONDS", "main"]

ROOM_BYTES = 2 * 2**30
"""Memory beyond what torch itself takes."""
SECONDS = 60
"""Of a processor."""
MOST_NUMBERS = 64 * 2**20


def main(folder: Path) -> int:
    """0, or 3 with the reason on the last line of standard error."""
    import torch

    torch.set_num_threads(1)
    _limit()
    try:
        tensors = _read(folder / "policy.pth") | _read(folder / "variables.pth")
        told = _unpickle(folder / "pickles.json")
    except pickle.UnpicklingError:
        # What torch says of it tells the user to run it.
        print("they hold more than tensors", file=sys.stderr)
        return 3
    except Exception as error:  # Whatever a foreign file brings about is the file's fault.
        print(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}", file=sys.stderr)
        return 3
    from safetensors.torch import save_file

    (folder / "told.json").write_text(json.dumps(told))
    save_file(tensors, folder / "tensors.safetensors")
    return 0


def _limit() -> None:
    """Bound what a file may make of this process; Windows has no such limits."""
    try:
        import resource
    except ImportError:
        return
    import psutil

    most = psutil.Process().memory_info().vms + ROOM_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _read(path: Path) -> dict[str, Any]:
    """A state dict: dense tensors by name, as contiguous float32."""
    import torch

    if not path.exists():
        return {}
    found = torch.load(path, map_location="cpu", weights_only=True)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds a {type(found).__name__}, wanted tensors by name")
    tensors, numbers = {}, 0
    for name, tensor in found.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided:
            raise ValueError(f"{path.name}: {str(name)[:40]!r} is no dense tensor")
        numbers += tensor.numel()
        if numbers > MOST_NUMBERS:
            raise ValueError(f"{path.name} has more than {MOST_NUMBERS} numbers")
        # A copy: safetensors refuses tensors that share memory.
        tensors[name] = tensor.detach().to(torch.float32).clone().contiguous()
    return tensors


def _unpickle(path: Path) -> dict[str, Any]:
    """What trusted pickles say, in the plain form that a zip's JSON has."""
    if not path.exists():
        return {}
    import cloudpickle

    return {
        name: _plain(cloudpickle.loads(base64.b64decode(text))) for name, text in json.loads(path.read_text()).items()
    }


def _plain(value: Any) -> Any:
    members = value if isinstance(value, dict) else vars(value)
    plain = {str(name): _json(member) for name, member in members.items()}
    return plain if isinstance(value, dict) else {":type:": str(type(value)), **plain}


def _json(member: Any) -> Any:
    try:
        json.dumps(member)
    except TypeError:
        return str(member)
    return list(member) if isinstance(member, tuple) else member


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
