"""Shi 2025, Fig. 2: the flux-quantum radius against the field and the dipole radius against the number.

In: published curves, if any. Out: both, with the dipole radius at iron's true atomic density beside it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.papers.curves import CURVES, PublishedCurve
from harness.papers.figures.overlay import curve_frame, draw_published, published_frames
from harness.report.figures.drawn import Drawn
from harness.report.figures.style import PAGE_IN, panel_letter, styled
from reduced_model.sizes.radii import IRON_ATOMS_PER_M3, dipole_radius_m


@styled()
def draw(published: Mapping[str, PublishedCurve]) -> Drawn:
    """Two panels on logarithmic axes."""
    figure = Figure(figsize=(PAGE_IN, 2.5))
    flux, dipoles = figure.subplots(1, 2)
    by_flux, by_count = CURVES["shi2025_fig2_flux"].compute(), CURVES["shi2025_fig2_dipoles"].compute()
    true = np.stack((by_count[0], 1e9 * dipole_radius_m(by_count[0], IRON_ATOMS_PER_M3)))
    flux.loglog(*by_flux, color="#0b3c7d", label=r"$\sqrt{\Phi_0/\pi B}$")
    dipoles.loglog(*by_count, color="#0b3c7d", label=r"$n = 10^{23}$ m$^{-3}$, as printed")
    dipoles.loglog(*true, color="#d1560d", linestyle=(0, (4, 1.5)), label="atoms of iron, 8.5 × 10²⁸ m⁻³")
    draw_published(flux, published, "shi2025_fig2_flux")
    draw_published(dipoles, published, "shi2025_fig2_dipoles")
    flux.set(xlabel=r"field $B$ (T)", ylabel="radius (nm)", ylim=(20, 400))
    dipoles.set(xlabel="number of dipoles $N$", ylabel="radius (nm)")
    for letter, axes in zip("ab", (flux, dipoles), strict=True):
        axes.legend(loc="best")
        panel_letter(axes, letter)
    frames = [
        curve_frame("flux quantum", "B_T", "R_nm", by_flux),
        curve_frame("n = 1e23 per m^3", "N", "R_nm", by_count),
        curve_frame("iron's atomic density", "N", "R_nm", true),
        *published_frames(published, "shi2025_fig2_flux", "shi2025_fig2_dipoles"),
    ]
    caption = (
        "Critical radii of Shi 2025, Fig. 2: (a) of a flux quantum in the field B (Eq. 4), (b) of N dipoles "
        "at the printed density and at that of iron's atoms, where the radii are a hundred times smaller."
    )
    data = pd.concat(frames, ignore_index=True)
    return Drawn(figure, data, caption, "shi2025_fig2_radii", "Radius against field and against number.")
