"""Fuzz every reader, one process each: `python -m tests.fuzz [--runs N] [--seed S] [TARGET ...]`.

Coverage-guided by Atheris (libFuzzer). Ends with 1 if a reader crashed, hung or grew; the corpus keeps the input.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
WEIGHTS = {"recording": 0.06, "events": 0.06, "policy": 0.12, "checkpoint": 0.08}
"""Shares of all runs; the others divide the rest. Readers of whole files are slower."""
HANG_S = 10
MEMORY_MB = 2048


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    if arguments[:1] == ["--one"]:
        # Before any reader is imported: only what is imported under the fuzzer's eyes guides it.
        fuzz(arguments[1], int(arguments[2]), int(arguments[3]))
    from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="all by default")
    parser.add_argument("--runs", type=int, default=1_000_000, help="inputs in all (1,000,000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    names = options.targets or [*TARGETS]
    rest = (1 - sum(WEIGHTS.get(name, 0) for name in names)) / max(1, sum(name not in WEIGHTS for name in names))
    failed = []
    for name in names:
        runs = max(1, round(options.runs * WEIGHTS.get(name, rest)))
        command = [sys.executable, "-m", "tests.fuzz", "--one", name, str(runs), str(options.seed)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        told = [line for line in done.stderr.splitlines() if "Done" in line or "stat::" in line or "DONE" in line]
        print(f"{name:<12}{'ok' if done.returncode == 0 else 'FAILED':<8}{' '.join(told[-1:])}", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stderr[-3000:], flush=True)
    return 1 if failed else 0


def fuzz(name: str, runs: int, seed: int) -> None:
    """Fuzz one reader in this process, which ends with it."""
    import atheris

    # Numba compiles bytecode as it is: no instruments in its modules.
    ours = [f"mereq_teleop.{room}" for room in ("agents", "app", "sessions", "teleop")]
    others = ["mcap", "tests.fuzz", "tomllib", "zipfile"]
    with atheris.instrument_imports(include=[*ours, *others], exclude=["mereq_teleop.agents.kernels"]):
        from tests.fuzz.seeds import seeds
        from tests.fuzz.targets import TARGETS
    corpus = CORPUS / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(data)
        # What is compiled or imported at its first use is no hang.
        TARGETS[name](data)
    flags = [f"-runs={runs}", f"-seed={seed}", f"-timeout={HANG_S}", f"-rss_limit_mb={MEMORY_MB}", "-max_len=8192"]
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={corpus}{os.sep}", str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
