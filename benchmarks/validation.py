"""The page `docs/validation.md`: what was checked against what, every number read from committed results.

    python -m benchmarks.validation docs/validation.md

In: the tables below docs/results, the outputs below mumax_runs/recorded. Out: the page.
"""

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.replicas import ROUNDING, TABLE
from reduced_model import nucleation_field

ROOT = Path(__file__).parents[1]
RESULTS, RECORDED = ROOT / "docs" / "results", ROOT / "mumax_runs" / "recorded"
HEAD = """# What has been checked

Made from the results that are kept here by `python -m benchmarks.validation docs/validation.md`; a test
keeps it so. Each part names the data it is read from, and the command that makes them anew.
"""


def page() -> str:
    """The page, as Markdown."""
    parts = (continuum(), cells(), certificates(), engines(), replicas(), model(), others())
    return "\n".join([HEAD.rstrip(), *(line for part in parts for line in part)]) + "\n"


def continuum() -> Iterator[str]:
    """The field at which the solver's own curvature of the uniform state vanishes, beside Brown's."""
    roots = read("continuum/brown.csv")
    rows = [
        (row.material, f"{row.R_nm:g}", str(row.N), f"{row.solved_T:.9f}", f"{row.brown_T:.9f}")
        + (f"{row.solved_T - row.brown_T:.0e}",)
        for row in roots.itertuples()
    ]
    spheres = roots.groupby(["material", "R_nm"]).ngroups
    largest = (roots.solved_T - roots.brown_T).abs().max()
    yield from prose(
        "The continuum against Brown's exact field",
        f"""Where the smallest curvature of the uniform state is zero, as the eigenproblem of degree N has it,
        against the closed form of curling: at most {largest:.0e} T apart in {spheres} spheres. Loops and
        branches then take the closed form. Data:
        [brown.csv](results/continuum/brown.csv), by `python -m benchmarks.brown
        docs/results/continuum/brown.csv`; held by `make test` in three materials.""",
    )
    yield from table(("material", "R (nm)", "N", "solved (T)", "Brown (T)", "difference (T)"), rows)


def cells() -> Iterator[str]:
    """Nucleation and the moment on cells, beside the continuum."""
    lattices = read("mesh/nucleation.csv").query("offset_cells == '0 0 0'")
    lattices = lattices[lattices.cell_nm.isin((4, 2.5, 2, 1.25, 1))]
    brown_T = nucleation_field("iron", 20e-9).brown_T
    m = _at(read("continuum/iron/loops.csv").query("R_nm == 20 and kind == 'upright vortex'"), 0.3)
    rows = [
        (f"{c.cell_nm:g}", f"{c.nucleation_T:.4f}", f"{c.nucleation_T - brown_T:+.4f}")
        + (f"{c['m_at_0.3T']:.4f}", f"{c['m_at_0.3T'] - m:+.4f}")
        for _, c in lattices.iterrows()
    ]
    yield from prose(
        "Cells against the continuum",
        f"""Iron, R = 20 nm, whole cells centred on a corner. Brown's field is {brown_T:.4f} T, the
        continuum's moment at 0.30 T is {m:.4f}. Data: [nucleation.csv](results/mesh/nucleation.csv), by
        `mxval run docs/results/mesh/lattices.toml`; [what they tend to](results/mesh.md).""",
    )
    yield from table(
        ("cell (nm)", "nucleation (T)", "off Brown (T)", "moment at 0.30 T", "off the continuum"), rows
    )


def certificates() -> Iterator[str]:
    """The published loop's states by their curvature."""
    states = read("fe_sphere_as_published.csv")
    counts = states.verdict.value_counts()
    saddles = states[states.verdict == "saddle"]
    uniform, core = (saddles[saddles["mode"] == mode].B_T for mode in ("curling", "tilt of the core"))
    same = int(((states.m_z - states.m_z_MuMax3).abs() < 1e-3).sum())
    yield from prose(
        "The published loop's states by their curvature",
        f"""Of {len(states)} states of the published procedure {counts["minimum"]} are minima and
        {counts["saddle"]} saddles: the uniform state from {uniform.max():.2f} T down, by curling, and
        the upright core from {core.max():.2f} T down, by its tilt. MuMax3 {_version()} gives the same
        moment to 1e-3 in {same} of them. Data:
        [fe_sphere_as_published.csv](results/fe_sphere_as_published.csv), by `mxval run
        fe_sphere_as_published`; [more](results/fe_sphere.md).""",
        rows_follow=False,
    )


def engines() -> Iterator[str]:
    """MuMax3 beside the CPU engine."""
    rows = []
    for file in sorted(RECORDED.glob("*/agreement.json")):
        for case in json.loads(file.read_text(encoding="utf-8")):
            energy = max(case["largest_difference_of_energy"].values())
            kernel = "MuMax3's" if case["kernels"][1].startswith("MuMax3") else "exact"
            name = case["case"].replace("-faithful-single-mumax3kernel", "")
            numbers = (f"{case['largest_difference_of_m']:.0e}", f"{energy:.0e}")
            rows.append((file.parent.name, name, kernel, f"{case['rows_apart']} of {case['rows']}", *numbers))
    yield from prose(
        "MuMax3 against the CPU engine",
        f"""The shipped studies in few fields, by MuMax3 {_version()} on {_gpu()} and by the CPU engine with
        the exact kernel or MuMax3's. Rows on different branches are counted apart: bare loops part
        where saddles are left. Energies relative to the largest. Data: `agreement.json` below
        [mumax_runs/recorded](../mumax_runs/recorded/README.md), by `mxval gpu-check`;
        [more](results/gpu.md).""",
    )
    yield from table(("study", "case", "kernel", "rows apart", "m", "energy"), rows)


def replicas() -> Iterator[str]:
    """One script, run again and again."""
    runs = pd.read_csv(ROOT / TABLE).filter(like="run")
    spread = runs.max(axis=1) - runs.min(axis=1)
    agreed = spread[spread < ROUNDING]
    yield from prose(
        "One script, again and again on one GPU",
        f"""{runs.shape[1]} runs of the published script agree to {agreed.max():.0e} in {len(agreed)} of
        {len(runs)} rows; in the others, where a saddle is left, they are up to {spread.max():.2f}
        apart. Data: [fe_sphere_replicas.csv](results/fe_sphere_replicas.csv), by `python -m
        benchmarks.replicas`; [more](results/gpu.md).""",
        rows_follow=False,
    )


def model() -> Iterator[str]:
    """The Ansatz beside the continuum."""
    rows, turning = [], []
    for _, sphere in read("continuum/iron/spheres.csv").iterrows():
        exact = nucleation_field("iron", sphere.R_nm * 1e-9)
        if np.isfinite(sphere.nucleation_T):
            ansatz_T = max(exact.ansatz_T, exact.coherent_T)
            off = f"{ansatz_T - sphere.nucleation_T:+.4f}"
            rows.append((f"{sphere.R_nm:g}", f"{sphere.nucleation_T:.4f}", f"{ansatz_T:.4f}", off))
            if exact.coherent_T > exact.ansatz_T:
                turning.append(f"{sphere.R_nm:g}")
    by_turning = f" (at {', '.join(turning)} nm by coherent rotation: no vortex opens in it)" * bool(turning)
    yield from prose(
        "The Ansatz against the continuum",
        f"""Where the uniform state of iron spheres ends, in the continuum and in the Ansatz{by_turning}.
        Data: `spheres.csv`, as above; [field by
        field](results/continuum.md), [why](results/ansatz.md).""",
    )
    yield from table(("R (nm)", "continuum (T)", "Ansatz (T)", "difference (T)"), rows)


OTHERS = {
    ("standard problems 2, 3 and 4", "published values"): (
        "[standard_problems.md](results/standard_problems.md), `make validate`"
    ),
    ("every number of three papers that needs no simulation", "as printed"): (
        "[reproduce.md](reproduce.md), `mxval reproduce --all`"
    ),
    ("demagnetising kernel", "MuMax3's quadrature, Newell's closed form"): (
        "[mumax3_kernel.md](results/mumax3_kernel.md)"
    ),
    ("relax, minimize and guarded", "recorded outputs of MuMax3"): (
        "[mumax3_equilibria.md](results/mumax3_equilibria.md)"
    ),
    ("cells that `mxval advise` names", "finer meshes, run afterwards"): (
        "[cell_size.md](results/cell_size.md)"
    ),
    ("errors of a fit", "planted numbers"): (
        "[glossary.md](glossary.md#what-an-error-of-a-fit-means), `make test`"
    ),
    ("this machine's GPU", "the CPU engine, state by state"): (
        "`mxval gpu-check`, [mumax3.md](mumax3.md#mumax3-beside-the-cpu-engine)"
    ),
}
"""What is checked elsewhere: what, against what, and where."""


def others() -> Iterator[str]:
    """What has no table here."""
    yield from ("", "## By tests and by command", "")
    yield from table(("what", "against", "where"), ((*what, where) for what, where in OTHERS.items()))


def prose(heading: str, text: str, *, rows_follow: bool = True) -> Iterator[str]:
    """A part's heading and what its numbers come to."""
    yield from ("", f"## {heading}", "")
    yield from textwrap.wrap(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)
    if rows_follow:
        yield ""


def read(name: str) -> pd.DataFrame:
    """A table of results; lines after # say where it is from."""
    return pd.read_csv(RESULTS / name, comment="#")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Rows as Markdown."""
    header = tuple(header)
    yield from (f"| {' | '.join(header)} |", f"| {' | '.join('---' for _ in header)} |")
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _at(loop: pd.DataFrame, B_T: float) -> float:
    """The moment of a branch at a field that was solved."""
    (row,) = np.flatnonzero(np.isclose(loop.B_T, B_T))
    return float(loop.m.iloc[row])


def _version() -> str:
    """MuMax3's version in the records."""
    first = json.loads((RECORDED / "demo" / "agreement.json").read_text(encoding="utf-8"))[0]
    return str(first["engines"][0]).removeprefix("mumax3 ")


def _gpu() -> str:
    """The device that the records name."""
    records = [json.loads(file.read_text(encoding="utf-8")) for file in RECORDED.glob("*/*/run.json")]
    (device,) = {each["details"]["gpu"].partition("(")[0] for each in records if each["engine"] == "mumax3"}
    return str(device)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
