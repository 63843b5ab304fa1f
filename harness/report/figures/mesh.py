"""How results move with the size of the cells, and the loop that they tend to.

In: the mesh studies of a comparison. Out: observables against cell size with the band of their extrapolation,
beside theory; the extrapolated loop beside the spectral continuum.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from harness.analysis.convergence import FEWEST
from harness.analysis.loop import falls
from harness.comparison.comparison import Comparison
from harness.comparison.lattices import volume_ratio
from harness.comparison.mesh import LatticeValues, MeshStudy, Vector
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.rows import nucleation_lines
from harness.report.figures.style import (
    COLUMN_IN,
    FIELD_LABEL,
    MOMENT_LABEL,
    NU_LABEL,
    TAU_LABEL,
    draw_references,
    panels,
    series,
    upon,
)
from harness.verdict.words import among

NUCLEATION = "nucleation field"
MOST_PANELS = 4
UNIFORM = 0.1
"""nu up to which no vortex is worth a panel."""
LABELS = {NUCLEATION: r"nucleation $\mu_0 H$ (T)", "m": r"$\langle m\rangle$", "core_angle_deg": TAU_LABEL}
LABELS |= {"nu": NU_LABEL, "core leaves the field's line, at": r"core turns, $\mu_0 H$ (T)"}
CONTINUUM: dict[str, Any] = {"color": "black", "linewidth": 0.9, "zorder": 1.5}


@page_figure("mesh", "Observables against cell size")
def draw(comparison: Comparison) -> Drawn:
    """A panel an observable, a style a series; two sizes at least, a band from three on."""
    if len({result.case.mesh.cell_nm for result in comparison.results}) < 2:
        raise NothingToDraw("all cases have one cell size")
    cases = [result.case for result in comparison.results]
    if len({(case.material, case.particle, case.field) for case in cases}) > 1:
        raise NothingToDraw("the cases differ in material, particle or field path, not in cell size alone")
    groups: dict[tuple[str, float], list[tuple[int, MeshStudy, LatticeValues]]] = {}
    for index, study in enumerate(comparison.mesh):
        for found in study.telling:
            if found.quantity != "nu" or found.found.value.max() > UNIFORM:
                key = (found.quantity, np.nan_to_num(found.B_T, nan=np.inf))
                groups.setdefault(key, []).append((index, study, found))
    shown = list(groups.values())[:MOST_PANELS]
    if not shown:
        raise NothingToDraw("no case nucleates or holds a vortex")
    figure, each = panels(COLUMN_IN, 0.5 + 1.75 * len(shown), len(shown), sharex=True)
    for axes, group in zip(each, shown, strict=True):
        _panel(axes, group, comparison)
    each[-1].set_xlabel("cell size (nm)")
    each[-1].set_xlim(-0.1, 1.08 * max(case.mesh.cell_nm for case in cases))
    frames = [_frame(study, found) for group in groups.values() for _, study, found in group]
    told = "; ".join(_told(found, study) for group in shown for _, study, found in group)
    branch = shown[0][0][2].branch
    caption = (
        f"{branch.capitalize()} branch against the size of the cells; open markers: lattices off centre; "
        "bars: half the distance of the rows. Bands: what the lattices tend to, with 95 %, at 0 as a bar; "
        "where their volume was taken out, the band has the sphere's own. Lines: theory, grey the spectral "
        "continuum's error. No band: fewer than three sizes, or no convergence. "
    )
    return Drawn(figure, frames, f"{caption}{told}.", f"Observables against cell size. {told}.")


def _panel(axes: Axes, group: Sequence[tuple[int, MeshStudy, LatticeValues]], comparison: Comparison) -> None:
    """One observable: all its series, theory of the first."""
    _, _, first = group[0]
    for place, (index, study, found) in enumerate(group):
        look, size = series(index), 3.2 + 1.8 * upon(place, len(group))
        found.plot(axes, color=look.color, marker=look.marker, markersize=size, label=study.way)
    nucleates = first.quantity == NUCLEATION
    side = 1.0 if falls(first.branch) else -1.0
    lines = [(text, side * B_T) for text, B_T in nucleation_lines(comparison)]
    if not nucleates:
        unit = f" {first.unit}" if first.unit else ""
        lines = [(f"{name}: {_number(value, 3)}{unit}", value) for name, value in first.theory]
        value, error = first.continuum
        if np.isfinite(value):
            axes.axhline(value, label=f"continuum: {_number(value, 4)}{unit}", **CONTINUUM)
            axes.axhspan(value - error, value + error, color="0.8", linewidth=0, zorder=0)
    draw_references(axes.axhline, lines)
    field = "" if np.isnan(first.B_T) else f" at {first.B_T:g} T"
    axes.set(xlabel="", ylabel=LABELS[first.quantity] + field)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=5.5, frameon=False, handlelength=2.0)


def _number(value: float, decimals: int) -> str:
    """Without a minus before zero."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _told(values: LatticeValues, study: MeshStudy) -> str:
    """What an observable tends to, in a few words."""
    found, way = values.found, study.way
    missing = [result.label for result in study.results if result not in values.results]
    has_not = "another kind of state" if values.kind else "no such event, or put off on a saddle"
    without = f", without {among(missing)}: {has_not}" if missing else ""
    if not found.converges:
        return f"{values.name} ({way}): not extrapolated, {found.reason}{without}"
    unit = f" {values.unit}" if values.unit else ""
    interval = f"{found.continuum:.4f} ({found.low:.4f} to {found.high:.4f}){unit}"
    return f"{values.name} ({way}): {interval}{without}"


def _frame(study: MeshStudy, values: LatticeValues) -> pd.DataFrame:
    """A row a lattice, with what all of them tend to."""
    found, meshes = values.found, [result.case.mesh for result in values.results]
    columns = {
        "series": study.way,
        "branch": values.branch,
        "quantity": values.quantity,
        "B (T)": values.B_T,
        "unit": values.unit or "1",
        "cell (nm)": [mesh.cell_nm for mesh in meshes],
        "offset (cells)": [" ".join(f"{d:g}" for d in mesh.offset_cells) for mesh in meshes],
        "volume (1)": [volume_ratio(result) for result in values.results],
        "simulated": found.value,
        "uncertainty": values.uncertainty,
        "at equal volume": found.at_equal_volume,
        "outcome": found.outcome,
        "extrapolated": found.continuum,
        "low": found.low,
        "high": found.high,
        "order": found.order,
        "index of the finest": found.index,
        "continuum": values.continuum[0],
        "continuum error": values.continuum[1],
    }
    return pd.DataFrame(columns | dict(values.theory))


def _by_kind(rows: Sequence[LatticeValues]) -> tuple[Vector, Vector]:
    """Fields and the continuum's values, with a gap wherever the kind of state changes."""
    B_T, values = (np.array(each) for each in zip(*((e.B_T, e.continuum[0]) for e in rows), strict=True))
    gaps = [k for k, (one, other) in enumerate(pairwise(rows), 1) if one.kind != other.kind]
    return np.insert(B_T, gaps, np.nan), np.insert(values, gaps, np.nan)


@page_figure("extrapolated_loop", "The loop that the cells tend to")
def draw_loop(comparison: Comparison) -> Drawn:
    """The leading branch of the first series of three sizes, field by field, and its distance below."""
    study = next((s for s in comparison.mesh if len(s.cell_nm) >= FEWEST), None)
    if study is None:
        raise NothingToDraw("no series of cases has three cell sizes")
    rows = [each for each in study.loop("m") if each.branch_number == study.leading]
    told = [each for each in rows if each.found.converges]
    if not told:
        raise NothingToDraw("the moment converges at no field")
    figure, (top, bottom) = panels(COLUMN_IN, 4.2, 2, sharex=True)
    look, B = series(0).points | {"markersize": 2.4}, np.array([each.B_T for each in told])
    m, low, high = (np.array([getattr(e.found, n) for e in told]) for n in ("continuum", "low", "high"))
    spectral = np.array([each.continuum for each in told])
    top.plot(*_by_kind(rows), label="spectral continuum", **CONTINUUM)
    top.errorbar(B, m, [m - low, high - m], elinewidth=0.7, label="cells, extrapolated", **look)
    finest = np.array([each.found.finest - each.continuum[0] for each in rows])
    words = f"cells of {study.cell_nm[-1]:g} nm"
    bottom.plot([each.B_T for each in rows], finest, **series(1).points | {"markersize": 2.2}, label=words)
    away = m - spectral[:, 0]
    bottom.errorbar(B, away, [m - low, high - m], elinewidth=0.7, **look)
    bottom.fill_between(B, -spectral[:, 1], spectral[:, 1], color="0.8", linewidth=0, zorder=0)
    bottom.axhline(0.0, **CONTINUUM)
    top.set_ylabel(MOMENT_LABEL)
    bottom.set(xlabel=FIELD_LABEL, ylabel=r"less the spectral $\langle m\rangle$")
    figure.legend(loc="outside lower center", ncols=3, handlelength=1.5, columnspacing=1.2)
    known = [each for each in told if each.agrees is not None]
    agree = sum(bool(each.agrees) for each in known)
    caption = (
        f"{rows[0].branch.capitalize()} branch of “{study.way}” on {len(study.cell_nm)} cell sizes, "
        f"{study.cell_nm[0]:g} to {study.cell_nm[-1]:g} nm: ⟨m⟩ extrapolated field by field, bars 95 %, over "
        "the continuum's branch of the same kind, its line broken where the kind of state changes; below, "
        "what is left between them. Extrapolated at "
        f"{len(told)} of {len(rows)} fields; the continuum is within the bar at {agree} of the {len(known)} "
        "where it is known."
    )
    frame = study.frame
    return Drawn(figure, [frame[frame["quantity"] == "m"]], caption, f"Extrapolated loop. {caption}")
