"""Which processor and which libraries computed a session: what decides whether its bits can be had again."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mereq_teleop.sessions.records import Record

__all__ = ["Fingerprint", "take_fingerprint"]

LIBRARIES = ("numpy", "numba", "llvmlite", "gymnasium", "highway-env", "mujoco")


class Fingerprint(Record):
    """Equal fingerprints compute equal bits."""

    machine: str
    """Instruction set."""
    cpu: str
    """Model name: libm and LLVM choose their instructions by it."""
    libm: str
    """C library with its version: sin, cos, tan and pow are its own."""
    python: str
    libraries: dict[str, str]
    """Version of each library that computes; `none` where it is not installed."""

    def differences(self, here: "Fingerprint") -> tuple[str, ...]:
        """What differs from `here`, each as `name there -> here`; empty if nothing does."""
        theirs, ours = self._parts(), here._parts()
        names = sorted(theirs.keys() | ours.keys())
        pairs = ((name, theirs.get(name, "none"), ours.get(name, "none")) for name in names)
        return tuple(f"{name} {there} -> {now}" for name, there, now in pairs if there != now)

    def _parts(self) -> dict[str, str]:
        own = {name: getattr(self, name) for name in ("machine", "cpu", "libm", "python")}
        return own | self.libraries


def take_fingerprint() -> Fingerprint:
    """The fingerprint of this machine and this Python."""
    return Fingerprint(
        machine=platform.machine(),
        cpu=_cpu_model(),
        libm=" ".join(platform.libc_ver()).strip() or platform.platform(),
        python=platform.python_version(),
        libraries={name: _version(name) for name in LIBRARIES},
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or "unknown"


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
