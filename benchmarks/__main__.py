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
from importlib.util import find_spec

from benchmarks.timing import Seconds

CONTESTANT = "from benchmarks import {module}, timing; timing.report(getattr({module}, {function!r})())"


@dataclass(frozen=True)
class Benchmark:
    """Functions of one module, timed in turn; the first is ours, a ratio says how much faster it is."""

    title: str
    module: str
    functions: tuple[str, ...]
    rounds: int
    peers: tuple[str, ...] = ()
    """Packages of the `bench` extra; a function that begins with the name of one needs it."""
    cells: tuple[int, ...] = ()
    """Sizes of the functions' problems, where they are one problem growing: an exponent instead of ratios."""


BENCHMARKS = {
    "model": Benchmark(
        "1000-point H'' loop, against spline tables and a bounded scipy minimiser per field",
        "vortex_model",
        ("loop_ours", "loop_scipy"),
        5,
    ),
    "profiles": Benchmark(
        "2000 nu of all five profile functions with two derivatives, against S9-S12 alone by 2-D quadrature",
        "vortex_model",
        ("profiles_ours", "profiles_numpy"),
        5,
    ),
    "grid": Benchmark(
        "g_d on the paper's grid, K = 21, against the sum over all pairs in numpy",
        "vortex_model",
        ("grid_ours", "grid_numpy"),
        3,
    ),
    "continuum_degree": Benchmark(
        "an upright equilibrium of the continuum at N = 12, 16 and 24: cost against N",
        "continuum",
        ("equilibrium_12", "equilibrium_16", "equilibrium_24"),
        3,
        cells=(12, 16, 24),
    ),
    "continuum_tables": Benchmark("tables of the full ball, N = 24", "continuum", ("tables",), 3),
    "continuum_memory": Benchmark(
        "curvatures at N = 24 on the full ball, within a gigabyte", "continuum", ("eigenvalues_24",), 1
    ),
    "continuum_loop": Benchmark(
        "a certified half loop of the continuum: 101 fields, accuracy 1e-4", "continuum", ("half_loop",), 1
    ),
    "sweep": Benchmark(
        "6 to 30 nm in 0.1 nm steps, H' and H'', 1002 fields each, against plain scipy (from one loop)",
        "vortex_model",
        ("sweep_ours", "sweep_scipy"),
        3,
    ),
    **{
        f"field_{box}": Benchmark(
            f"effective field, float64, {title}: magnum.np, and the bound set by scipy's rate of transforms",
            "effective_field",
            (f"ours_{box}", f"magnumnp_{box}", f"fft_bound_{box}"),
            3,
            peers=("magnumnp",),
        )
        for box, title in {
            "ball_20": "a ball in 20^3 cells",
            "ball_40": "a ball in 40^3 cells",
            "ball_96": "a ball in 96^3 cells",
            "film": "128 x 32 x 1 cells",
        }.items()
    },
    "cells": Benchmark(
        "a field of full cubes of 16, 32, 64 and 128 cells an edge: cost N log N?",
        "effective_field",
        tuple(f"ours_cube_{n}" for n in (16, 32, 64, 128)),
        3,
        cells=(16**3, 32**3, 64**3, 128**3),
    ),
    **{
        f"transforms_{problem}": Benchmark(
            f"transforms, {title}: one convolution, and a loop from its first row to its last",
            "transforms",
            tuple(f"{library}_{problem}" for library in ("ours", "ducc0", "pyfftw")),
            3,
            peers=("ducc0", "pyfftw"),
        )
        for problem, title in {
            "4nm": "kicked 40 nm sphere in 4 nm cells",
            "2nm": "the same in 2 nm cells",
            "2nm_float32": "the same in single precision",
            "1.25nm": "the same in 1.25 nm cells",
            "1nm": "the same in 1 nm cells",
            "film": "a film of 128 x 32 x 1 cells",
        }.items()
    },
    "minimiser": Benchmark(
        "remanent vortex of a 40 nm ball to 1e-6 T: Barzilai-Borwein descent, and magnum.np's",
        "minimiser",
        ("ours", "barzilai_borwein", "magnumnp"),
        1,
        peers=("magnumnp",),
    ),
    **{
        f"curvature_{n}": Benchmark(
            f"four smallest curvatures of a vortex in {n}^3 cells: from nothing, and from modes 5 mT away",
            "curvature",
            (f"cold_{n}", f"warm_{n}"),
            3,
        )
        for n in (10, 20, 40)
    },
    "fit": Benchmark(
        "a vortex of 20^3 cells: all that is told of it, its Ansatz with errors; lmfit's bare Ansatz",
        "vortex_fit",
        ("ours", "lmfit_ansatz"),
        3,
        peers=("lmfit",),
    ),
    "start": Benchmark("start-up: `mxval mx3` on a one-cell script, caches warm", "start_up", ("ours",), 3),
    "campaign_overhead": Benchmark(
        "a case beside its engine's own time, in warm workers: below 50 ms", "campaign", ("overhead",), 3
    ),
    "campaign_plan": Benchmark("planning a thousand cases: below 2 s", "campaign", ("planning",), 3),
    "campaign_status": Benchmark(
        "asking after a thousand finished runs: below 2 s", "campaign", ("status",), 1
    ),
    "campaign_cores": Benchmark(
        "twenty cases on every core, and one after the other: 0.85 or more of a core each",
        "campaign",
        ("twenty_on_all_cores", "twenty_one_by_one"),
        1,
    ),
    "campaign_demo": Benchmark(
        "the demo on every core, and one case after the other (its continuum on both cores in either)",
        "campaign",
        ("demo_on_all_cores", "demo_one_by_one"),
        1,
    ),
    "paper": Benchmark(
        "the 802-point kick loop of the 40 nm iron sphere in 2 nm cells, two searches a field",
        "field_loop",
        ("ours",),
        1,
    ),
}


def main(names: list[str]) -> int:
    """Run the benchmarks whose names begin as given and print their medians."""
    unknown = [name for name in names if not any(known.startswith(name) for known in BENCHMARKS)]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print("medians of wall time (least to most) and of processor time; in brackets, times what ours takes")
    return max(_run(b) for name, b in BENCHMARKS.items() if name.startswith(tuple(names or [""])))


def _run(benchmark: Benchmark) -> int:
    print(f"\n{benchmark.title}", flush=True)
    functions = benchmark.functions
    for peer in benchmark.peers:
        if find_spec(peer) is None:
            print(f"  no {peer}: it is not installed (pip install -e '.[bench]')")
            functions = tuple(name for name in functions if not name.startswith(peer))
    taken: dict[str, list[dict[str, Seconds]]] = {function: [] for function in functions}
    for _ in range(benchmark.rounds):
        for function in functions:
            command = CONTESTANT.format(module=benchmark.module, function=function)
            done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
            if done.returncode:
                print(f"  {function} failed: {done.stderr.strip().splitlines()[-1]}")
                return 1
            found = json.loads(done.stdout.splitlines()[-1])
            taken[function].append({what: Seconds(*seconds) for what, seconds in found.items()})
            for remark in done.stderr.splitlines():
                print(f"  {remark}")
    for what in taken[functions[0]][0]:
        _print_rows(
            what, {function: [one[what] for one in rounds] for function, rounds in taken.items()}, benchmark
        )
    return 0


def _print_rows(what: str, taken: dict[str, list[Seconds]], benchmark: Benchmark) -> None:
    """A line a contestant, the first of them the measure of the others."""
    ours = None
    for function, rounds in taken.items():
        wall, cpu = (statistics.median(getattr(s, clock) for s in rounds) for clock in ("wall", "cpu"))
        ratio = (
            f"   [{wall / ours.wall:.2f}, CPU {cpu / ours.cpu:.2f}]" if ours and not benchmark.cells else ""
        )
        ours = ours or Seconds(wall, cpu)
        spread = f"({_readable(min(s.wall for s in rounds))} to {_readable(max(s.wall for s in rounds))})"
        print(
            f"  {f'{function} {what}':32s} {_readable(wall):>8s} {spread:24s} CPU {_readable(cpu):>8s}{ratio}"
        )
    if benchmark.cells:
        fastest = [min(s.wall for s in rounds) for rounds in taken.values()]
        print(f"  time goes as (N log N)^{_exponent(benchmark.cells, fastest):.2f}")


def _exponent(cells: tuple[int, ...], seconds: list[float]) -> float:
    """Least-squares slope of log time against log(N log N)."""
    x = [math.log(n * math.log(n)) for n in cells]
    y = [math.log(t) for t in seconds]
    return statistics.linear_regression(x, y).slope


def _readable(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
