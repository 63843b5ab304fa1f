"""Runs every benchmark: contestants in turn, each in a fresh process, medians and ratios printed.

In: `python -m benchmarks [NAME ...]`, all by default. Out: a table; exit 1 if a contestant failed.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass

CONTESTANT = "import json, sys; from benchmarks import {module}; print(json.dumps({module}.{function}()))"


@dataclass(frozen=True)
class Benchmark:
    """Functions of one module, timed in turn; the first is ours, a ratio says how much faster it is."""

    title: str
    module: str
    functions: tuple[str, ...]
    rounds: int
    needs: str | None = None


BENCHMARKS = {
    "model": Benchmark(
        "1000-point H'' loop, against spline tables and a bounded scipy minimiser per field",
        "model_loop",
        ("ours", "plain_scipy"),
        5,
    ),
    "field": Benchmark(
        "effective field of a sphere in a 40^3 box, float64, against magnum.np",
        "effective_field",
        ("ours", "magnumnp"),
        3,
        needs="magnumnp",
    ),
    "paper": Benchmark(
        "the 802-point kick loop of the 40 nm iron sphere in 2 nm cells, two searches a field",
        "paper_loop",
        ("ours",),
        1,
    ),
}


def main(names: list[str]) -> int:
    """Run the named benchmarks and print their medians."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    return max(_run(BENCHMARKS[name]) for name in names or BENCHMARKS)


def _run(benchmark: Benchmark) -> int:
    print(f"\n{benchmark.title}", flush=True)
    functions = benchmark.functions
    if benchmark.needs and not _installed(benchmark.needs):
        print(f"  no peer: {benchmark.needs} is not installed (pip install -e '.[bench]'); ours alone")
        functions = functions[:1]
    seconds: dict[str, list[float]] = {function: [] for function in functions}
    for _ in range(benchmark.rounds):
        for function in functions:
            command = CONTESTANT.format(module=benchmark.module, function=function)
            done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
            if done.returncode:
                print(f"  {function} failed: {done.stderr.strip().splitlines()[-1]}")
                return 1
            seconds[function].append(json.loads(done.stdout.splitlines()[-1]))
    ours = statistics.median(seconds[functions[0]])
    for function, times in seconds.items():
        median = statistics.median(times)
        ratio = "" if function == functions[0] else f"   ours is {median / ours:.1f} times as fast"
        spread = f"{_readable(min(times))} to {_readable(max(times))}"
        print(f"  {function:12s} {_readable(median):>10s}  ({spread}){ratio}")
    return 0


def _installed(module: str) -> bool:
    found = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True)
    return found.returncode == 0


def _readable(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
