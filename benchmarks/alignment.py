"""What unattended sessions come to: one `mereq-teleop --headless` a seed, all in one table.

Run it as `python -m benchmarks.alignment [seeds]`; ten seeds take about five minutes on two cores. The constants were
chosen on seeds 100 to 123.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median
from typing import Any

from benchmarks.machine import load

SEEDS = 10
EXECUTABLE = Path(sys.executable).with_name("mereq-teleop")


def session(seed: int, folder: str) -> dict[str, Any]:
    flags = ["--env", "highway", "--device", "simulated", "--headless", "--method", "mereq"]
    command = [str(EXECUTABLE), *flags, "--seed", str(seed), "--json", "--sessions", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    results: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return results


def seconds(results: dict[str, Any]) -> float:
    return median(
        float(done["seconds_to_policy"]) for done in results["rounds"] if done["seconds_to_policy"] is not None
    )


def main() -> None:
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    print(f"mereq on highway, right-lane expert, 3 rounds of 100 steps; {load()}")
    print("| seed | samples to 0.15 | 0.10 | 0.05 | rate at the end | true return | crashes | s to policy |")
    print("|---|---|---|---|---|---|---|---|")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            results = session(seed, folder)
            rows.append(results)
            to, policy = results["expert_samples_to"], results["evaluation"]["policy"]
            samples = " | ".join("not reached" if to[delta] is None else str(to[delta]) for delta in to)
            print(
                f"| {seed} | {samples} | {policy['intervention_rate']:.3f} | {policy['return_true']:.1f} "
                f"| {policy['crash_rate']:.1%} | {seconds(results):.2f} |",
                flush=True,
            )
    reached = [row["expert_samples_to"]["0.05"] for row in rows]
    prior, expert = (rows[0]["evaluation"][name] for name in ("prior", "expert"))
    policies = [row["evaluation"]["policy"] for row in rows]
    print(
        f"\nunder 0.05: {sum(to is not None for to in reached)} of {len(rows)}; median samples "
        f"{median(float('inf') if to is None else to for to in reached):g} (not reached counts as infinite)"
    )
    print(f"return: policy {mean(of['return_true'] for of in policies):.1f}, ", end="")
    print(f"prior {prior['return_true']:.1f}, expert {expert['return_true']:.1f}")
    print(f"crashes: policy {mean(of['crash_rate'] for of in policies):.1%}, ", end="")
    print(f"prior {prior['crash_rate']:.1%}, expert {expert['crash_rate']:.1%}")
    print(f"seconds to policy: median {median(seconds(row) for row in rows):.2f}")


if __name__ == "__main__":
    main()
