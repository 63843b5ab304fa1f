"""A picture of any saved magnetisation, with what it is in words.

In: an OVF file, the radius where the user gives it. Out: a figure (texture and three cuts), its rows, lines.
A state that is no sphere's or no vortex is drawn all the same; a line says why it has no fit.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.analysis.body import find_body
from harness.analysis.saved_state import EMPTY, fit_saved_state
from harness.analysis.vortex import FitError
from harness.mx3.files.ovf import read_ovf
from harness.report.figures.drawn import Drawn
from harness.report.figures.style import styled
from harness.report.figures.texture import state_figure
from harness.study.lattice import nanometres

__all__ = ["draw_state"]


@styled()
def draw_state(file: Path, radius_nm: float | None = None) -> tuple[Drawn, tuple[str, ...]]:
    """Draw a saved magnetisation.

    Parameters
    ----------
    file : Path
        An OVF file of m or M, in any unit.
    radius_nm : float, optional
        Radius of the sphere; else that of its run, or by its cells.

    Returns
    -------
    drawn : Drawn
    lines : tuple of str
        State and fit, where the radius came from, what is doubtful.

    Raises
    ------
    OvfError
        If the file cannot be read.
    FitError
        If it holds no magnetisation.
    """
    words: tuple[str, ...]
    what = "Magnetisation"
    field = read_ovf(file)
    length = np.linalg.norm(field.m, axis=0)
    if len(field.m) != 3 or not np.isfinite(length).all() or not length.any():
        fit_saved_state(file, radius_nm)  # says what it is instead
    filled = length > EMPTY * length.max(initial=0.0)
    field = replace(field, m=np.divide(field.m, length, out=np.zeros(field.m.shape), where=filled))
    try:
        found = fit_saved_state(file, radius_nm)
    except FitError as why:
        what = "Directions of the file's vectors"
        body = find_body(filled.astype(float), field.cell_m)
        radius_m = nanometres(radius_nm) if radius_nm is not None else body.farthest_filled_m
        centre_m, axis, words = body.centre_m, np.array([0.0, 0.0, 1.0]), (f"no fit: {why}",)
    else:
        fit, radius_m, centre_m = found.fit, found.fit.radius_m, found.centre_m
        axis = np.asarray(fit.axis)
        nu = f", nu = {fit.nu:.4f} ± {fit.nu_error:.2g}" if fit.is_vortex else ""
        words = (
            f"{fit.state}{nu}: {fit.reason}",
            f"radius {1e9 * radius_m:.4g} nm, {found.radius_from}",
            *(f"warning: {warning}" for warning in found.warnings),
        )
    figure, frames = state_figure(field, radius_m, centre_m, axis)
    caption = (
        f"{what}: (a) on three layers across the core, shaded by their part along x; (b) to "
        f"(d) cuts through the centre, shaded by the component towards the reader. {words[0]}"
    )
    return Drawn(figure, frames, caption, words[0], name=file.stem, title=file.name), words
