"""All benchmarks, one after the other: `make bench`."""

import runpy
import sys

NAMES = ("simulator", "arm", "bus", "recording", "hour", "window", "scene", "latency", "live", "instant", "alignment")

if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    for name in NAMES:
        print(f"\n## {name}\n", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
