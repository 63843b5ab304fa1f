"""Figures whose subject is the continuum: Adams & Michels 2026, Fig. 1(b) and Suppl. Fig. 3; remanence.

In: the shipped results. Out: the profile of the remanent vortex beside tanh and sech, the loop in cells of
several sizes, the remanent state against radius.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from harness.analysis.result import SavedState
from harness.papers.continuum import (
    CELLS,
    LINE,
    PAPER_RADIUS_NM,
    POINTS,
    draw_continuum,
    in_cells,
    shipped,
    sphere,
)
from harness.papers.curves import PaperData
from harness.papers.figures.texture import remanent_vortex
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import (
    COLUMN_IN,
    FIELD_LABEL,
    MOMENT_LABEL,
    NU_LABEL,
    PAGE_IN,
    TAU_LABEL,
    legend,
    panels,
    reference,
    series,
)
from reduced_model.models import VORTEX_MODELS
from reduced_model.papers.vortex import NU_REMANENT, iron_loop
from reduced_model.sphere import Sphere

_AT_T = 0.3
_COMPONENTS = {"m_phi": (0, r"$m_\phi$"), "m_z": (1, r"$m_z$"), "m_rho": (2, r"$m_\rho$")}


@page_figure("fig1b_profile", "Adams & Michels 2026, Fig. 1(b): profile of the remanent vortex")
def draw_profile(data: PaperData) -> Drawn:
    """The continuum's shells beside tanh and sech at the printed nu and at the best."""
    figure, (axes,) = panels(COLUMN_IN, 3.8 if data.results else 2.9)
    table = shipped("iron/profiles.csv")
    profile, remanent = table.of(PAPER_RADIUS_NM), sphere()
    state = remanent_vortex(data)[1] if data.results else None
    rho = profile["rho_over_R"].to_numpy()
    frames = [profile.assign(series="continuum")]
    for name, (index, symbol) in _COMPONENTS.items():
        look = series(index)
        mean, spread = profile[name], profile[f"{name}_std"]
        axes.plot(rho, mean, color=look.color, linewidth=1.3, label=f"{symbol}, continuum")
        axes.fill_between(rho, mean - spread, mean + spread, color=look.color, alpha=0.18, linewidth=0)
    if state is not None:
        frames.append(state.fit.profile.to_dataframe().assign(series=f"simulation, {state.label}"))
        _draw_bins(axes, frames[-1])
    values = {"printed": float(NU_REMANENT), "best": remanent["nu"]}
    values |= {"simulation": state.fit.nu} if state is not None else {}
    for line, (which, nu) in enumerate(values.items()):
        shapes = {"m_phi": np.tanh(nu * rho), "m_z": 1.0 / np.cosh(nu * rho)}
        for name, shape in shapes.items():
            label = f"tanh, sech, ν = {nu:.3f} ({which})" if name == "m_phi" else None
            axes.plot(rho, shape, label=label, **reference(line))
        frames.append(pd.DataFrame({"series": f"nu = {nu:.6g}, {which}", "rho_over_R": rho, **shapes}))
    axes.axhline(0.0, color="0.85", linewidth=0.5, zorder=0)
    axes.set(
        xlabel=r"distance from the core axis $\rho/R$", ylabel="component", xlim=(0, 1), ylim=(-0.25, 1.05)
    )
    legend(axes, most=2)
    lowest = profile.loc[profile["m_z"].idxmin()]
    caption = (
        "Components of the remanent vortex of the iron sphere of R = 20 nm against the distance from its "
        "axis (Adams & Michels 2026, Fig. 1(b)): means over shells of the continuum, bands their scatter "
        "along the axis and around it. In the continuum the moment around the core points against it, "
        f"m_z = {lowest['m_z']:.3f} at ρ/R = {lowest['rho_over_R']:.2f}, which no sech does: ν depends on "
        f"what is fitted, {remanent['nu_m_phi']:.3f} by m_φ, {remanent['nu_m_z']:.3f} by m_z, "
        f"{remanent['nu']:.3f} by all. {table}" + (f" {_of_run(data, state)}" if state else "")
    ).replace("= -", "= −")
    return Drawn(figure, frames, caption, "Profile of a vortex beside tanh and sech; m_z turns negative.")


def _draw_bins(axes: Axes, bins: pd.DataFrame) -> None:
    """A run's cells, binned in rho/R, as marks with their scatter."""
    for name, (index, symbol) in _COMPONENTS.items():
        look = series(index).points | {"markerfacecolor": "white", "elinewidth": 0.7}
        axes.errorbar(bins["rho/R"], bins[name], bins[f"std({name})"], label=f"{symbol}, simulation", **look)


def _of_run(data: PaperData, state: SavedState) -> str:
    """Which state of which run the marks are."""
    fit = state.fit
    return (
        f"Marks: cells of the state saved at {state.B_T:g} T, {state.label}, {fit.state}, ν = "
        f"{fit.nu:.3f} ± {fit.nu_error:.2g}, bars the scatter in a bin. {data.runs}"
    )


@page_figure("figS3_cells", "Adams & Michels 2026, Suppl. Fig. 3: the loop in cells of several sizes")
def draw_cells(data: PaperData) -> Drawn:
    """The way down in cells, the continuum, and the distance between them."""
    figure, (moment, apart) = panels(PAGE_IN, 2.9, 1, 2)
    table = shipped("iron/loops.csv")
    continuum = table.of(PAPER_RADIUS_NM)
    frames, above = [], []
    cells = _in_the_runs(data) if data.results else in_cells()
    for index, (size, down) in enumerate(cells.items()):
        over = _above(continuum, down["B_T"], down["m"])
        for axes, values in ((moment, down["m"]), (apart, over)):
            axes.plot(down["B_T"], values, label=size, **series(index).line)
        frames.append(down.assign(series=size, above_continuum=over))
        above.append((size, _at(down["B_T"], over)))
    for index, model in enumerate(VORTEX_MODELS):
        loop = iron_loop(model)
        half = loop.B_T.size // 2
        B, m = loop.B_T[:half], loop.mz[:half]
        over = _above(continuum, B, m)
        apart.plot(B, over, label=model.symbol, **reference(index))
        frames.append(pd.DataFrame({"series": str(model), "B_T": B, "m": m, "above_continuum": over}))
        above.append((model.symbol, _at(B, over)))
    draw_continuum(moment, continuum, "B_T", "m")
    apart.axhline(0.0, **LINE)
    moment.set(xlabel=FIELD_LABEL, ylabel=MOMENT_LABEL, xlim=(-0.25, 0.62), ylim=(-0.75, 1.08))
    apart.set(
        xlabel=FIELD_LABEL,
        ylabel=r"$\langle m\rangle$ less the continuum's",
        xlim=(-0.02, 0.62),
        ylim=(-0.06, 0.16),
    )
    legend(moment, loc="upper left", most=6)
    legend(apart, loc="upper left", most=7, ncols=2)
    told = ", ".join(f"{value:.4f} ({name})" for name, value in above if np.isfinite(value)).replace("-", "−")
    caption = (
        "The iron sphere of R = 20 nm on the way down from saturation, in "
        f"{_OF_RUNS if data.results else _SHIPPED}, and in the continuum "
        "(Adams & Michels 2026, Suppl. Fig. 3): (a) mean moment, (b) less "
        f"the continuum's. At {_AT_T:g} T{'' if data.results else ', where every core is upright,'} they lie "
        f"above it by {told}{'.' if data.results else _NEARER} "
        f"{data.runs or f'Cells: {CELLS}, by `{shipped(CELLS).command}`.'} {table}"
    )
    frames.append(continuum.assign(series="continuum"))
    return Drawn(figure, frames, caption, "Loops in cells of several sizes and the continuum.")


_OF_RUNS, _SHIPPED = "cells of several sizes", "cells of five sizes, kicked at every field"
_NEARER = ": smaller cells come nearer, and none of them as near as the model there."


def _in_the_runs(data: PaperData) -> dict[str, pd.DataFrame]:
    """The first way down of every run that has one, by its label."""
    falling = {
        result.label: result.to_dataframe().iloc[branch.rows][["B_T", "m", "core_angle_deg", "nu"]]
        for result in data.results
        for branch in [next((b for b in result.branches if b.name == "descending"), None)]
        if branch is not None
    }
    if not falling:
        raise NothingToDraw(f"study {data.study}: no run has a descending branch")
    return falling


def _above(continuum: pd.DataFrame, B_T: Any, m: Any) -> NDArray[np.float64]:
    """Moments on a way down less the continuum's; nan beyond the fields it was solved at."""
    solved = continuum.sort_values("B_T", kind="stable")
    return np.asarray(m - np.interp(B_T, solved["B_T"], solved["m"], left=np.nan, right=np.nan))


def _at(B_T: Any, above: NDArray[np.float64]) -> float:
    """Of a way down the value at the field that the caption tells; nan where it does not reach it."""
    return float(np.interp(_AT_T, np.asarray(B_T)[::-1], above[::-1], left=np.nan, right=np.nan))


@page_figure("fig4_remanence", "Beyond Fig. 4: the remanent state against radius")
def draw_remanence(data: PaperData) -> Drawn:
    """Remanence, core angle and nu in zero field, on the way down: both models and the continuum."""
    figure, axes = panels(PAGE_IN, 2.5, 1, 3)
    radius_nm = np.arange(8.0, 30.01, 0.25)
    names = ("remanence", "core_angle_deg", "nu")
    frames = []
    for index, model in enumerate(VORTEX_MODELS):
        loops = [Sphere(float(R)).loop(np.linspace(0.7, 0.0, 36), model=model) for R in radius_nm]
        ends = [(abs(loop.mz[-1]), np.rad2deg(loop.tau_rad[-1]), loop.nu[-1]) for loop in loops]
        for panel, values in zip(axes, np.array(ends).T, strict=True):
            panel.plot(radius_nm, values, label=model.symbol, **series(index).line)
        frames.append(
            pd.DataFrame(
                {"series": str(model), "R_nm": radius_nm, **dict(zip(names, np.array(ends).T, strict=True))}
            )
        )
    table = shipped("iron/spheres.csv")
    solved = table.rows.dropna(subset="m").rename(columns={"m": "remanence", "m_error": "remanence_error"})
    for panel, name in zip(axes, names, strict=True):
        panel.errorbar(
            solved["R_nm"], solved[name].abs(), solved[f"{name}_error"], label="continuum", **POINTS
        )
    frames.append(solved.assign(series="continuum"))
    for panel, label in zip(axes, ("remanence", TAU_LABEL, NU_LABEL), strict=True):
        panel.set(xlabel="radius (nm)", ylabel=label, xlim=(7.5, 30.5))
    legend(axes[0])
    gone = ", ".join(f"{R:g}" for R in table.rows.loc[table.rows["m"].isna(), "R_nm"])
    caption = (
        "State in zero field on the way down from saturation, for iron spheres: (a) mean moment, (b) angle "
        "of the core, (c) ν. In the continuum, as in H′, a core that has opened wide enough lies across the "
        "field and no moment is left; that of H″ stays along it at every radius. "
        + (f"Not solved down to zero field: R = {gone} nm. " if gone else "")
        + str(table)
    )
    return Drawn(
        figure,
        frames,
        caption,
        "Remanence, core angle and nu against radius for both models and the continuum.",
    )
