"""Runs every benchmark: contestants in turn, each in a fresh process, medians and ratios printed.

In: `python -m benchmarks [NAME ...]`, all by default. Out: a table; exit 1 if a contestant failed.
"""

import json
import math
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
    cells: tuple[int, ...] = ()
    """Sizes of the functions' problems, where one contestant grows: an exponent instead of ratios."""


BENCHMARKS = {
    "model": Benchmark(
        "1000-point H'' loop, against spline tables and a bounded scipy minimiser per field",
        "model_loop",
        ("ours", "plain_scipy"),
        5,
    ),
    "profiles": Benchmark(
        "2000 nu of all five profile functions with two derivatives, against S9-S12 alone by 2-D quadrature",
        "profile_table",
        ("ours", "plain_numpy"),
        5,
    ),
    "grid": Benchmark(
        "g_d on the paper's grid, K = 21, against the sum over all pairs in numpy",
        "grid_demag",
        ("ours", "plain_numpy"),
        3,
    ),
    "sweep": Benchmark(
        "6 to 30 nm in 0.1 nm steps, H' and H'', 1002 fields each, against plain scipy (from one loop)",
        "radius_sweep",
        ("ours", "plain_scipy"),
        3,
    ),
    **{
        f"field_{box}": Benchmark(
            f"effective field, float64, {title}: magnum.np, and the bound set by scipy's rate of transforms",
            "effective_field",
            (f"ours_{box}", f"magnumnp_{box}", f"fft_bound_{box}"),
            3,
            needs="magnumnp",
        )
        for box, title in {
            "ball_20": "a ball in 20^3 cells",
            "ball_40": "a ball in 40^3 cells",
            "ball_96": "a ball in 96^3 cells",
            "film": "128 x 32 x 1 cells",
        }.items()
    },
    "minimiser": Benchmark(
        "remanent vortex of a 40 nm ball to 1e-6 T: Barzilai-Borwein descent, and magnum.np's",
        "minimiser",
        ("ours", "barzilai_borwein", "magnumnp"),
        1,
        needs="magnumnp",
    ),
    "growth": Benchmark(
        "a field of full cubes of 16, 32, 64 and 128 cells an edge: cost N log N?",
        "growth",
        ("cube_16", "cube_32", "cube_64", "cube_128"),
        3,
        cells=(16**3, 32**3, 64**3, 128**3),
    ),
    "start": Benchmark("start-up: `mxval mx3` on a one-cell script, caches warm", "start_up", ("ours",), 3),
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
        functions = tuple(name for name in functions if not name.startswith(benchmark.needs))
    seconds: dict[str, list[float]] = {function: [] for function in functions}
    for _ in range(benchmark.rounds):
        for function in functions:
            command = CONTESTANT.format(module=benchmark.module, function=function)
            done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
            if done.returncode:
                print(f"  {function} failed: {done.stderr.strip().splitlines()[-1]}")
                return 1
            seconds[function].append(json.loads(done.stdout.splitlines()[-1]))
            for remark in done.stderr.splitlines():
                print(f"  {remark}")
    ours = statistics.median(seconds[functions[0]])
    for function, times in seconds.items():
        median = statistics.median(times)
        lone = function == functions[0] or benchmark.cells
        ratio = "" if lone else f"   ours is {median / ours:.1f} times as fast"
        spread = f"{_readable(min(times))} to {_readable(max(times))}"
        print(f"  {function:18s} {_readable(median):>10s}  ({spread}){ratio}")
    if benchmark.cells:
        fastest = [min(seconds[function]) for function in functions]
        print(f"  time goes as (N log N)^{_exponent(benchmark.cells, fastest):.2f}")
    return 0


def _exponent(cells: tuple[int, ...], seconds: list[float]) -> float:
    """Least-squares slope of log time against log(N log N)."""
    x = [math.log(n * math.log(n)) for n in cells]
    y = [math.log(t) for t in seconds]
    return statistics.linear_regression(x, y).slope


def _installed(module: str) -> bool:
    found = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True)
    return found.returncode == 0


def _readable(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
