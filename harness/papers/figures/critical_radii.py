"""Shi 2025, Fig. 2: the flux-quantum radius against the field and the dipole radius against the number.

In: published curves, if any. Out: both, with the dipole radius at iron's true atomic density beside it.
"""

import numpy as np

from harness.papers.curves import CURVES
from harness.papers.figures.overlay import Published, draw_curve, draw_published
from harness.report.figures.drawn import Drawn, page_figure
from harness.report.figures.style import PAGE_IN, legend, panels, series
from reduced_model.sizes.radii import IRON_ATOMS_PER_M3, dipole_radius_m


@page_figure("shi2025_fig2_radii", "Shi 2025, Fig. 2: critical radii")
def draw(published: Published) -> Drawn:
    """Two panels on logarithmic axes."""
    figure, (flux, dipoles) = panels(PAGE_IN, 2.5, 1, 2)
    by_flux, by_count = (CURVES[f"shi2025_fig2_{name}"].compute() for name in ("flux", "dipoles"))
    iron = np.stack((by_count[0], 1e9 * dipole_radius_m(by_count[0], IRON_ATOMS_PER_M3)))
    true, printed, atoms = r"$\sqrt{\Phi_0/\pi B}$", "n = 1e23 per m^3", "iron's atomic density"
    labels = {printed: r"$n = 10^{23}$ m$^{-3}$, as printed", atoms: "atoms of iron, 8.5 × 10²⁸ m⁻³"}
    first, second = series(0).line, series(1).line
    frames = [
        draw_curve(flux, "flux quantum", ("B_T", "R_nm"), by_flux, label=true, **first),
        draw_curve(dipoles, printed, ("N", "R_nm"), by_count, label=labels[printed], **first),
        draw_curve(dipoles, atoms, ("N", "R_nm"), iron, label=labels[atoms], **second),
        *draw_published(flux, published, "shi2025_fig2_flux"),
        *draw_published(dipoles, published, "shi2025_fig2_dipoles"),
    ]
    flux.set(xlabel=r"field $B$ (T)", ylim=(20, 400))
    dipoles.set(xlabel="number of dipoles $N$")
    for axes in (flux, dipoles):
        axes.set(xscale="log", yscale="log", ylabel="radius (nm)")
        legend(axes)
    caption = (
        "Critical radii of Shi 2025, Fig. 2: (a) of a flux quantum in the field B (Eq. 4), (b) of N dipoles "
        "at the printed density and at that of iron's atoms, where the radii are a hundred times smaller."
    )
    return Drawn(figure, frames, caption, "Radius against field and against number.")
