"""Curves of the papers' figures: what computes them, and files of published points set beside them.

In: a folder of CSV files, one a curve, named and headed as `CURVES` says (`mxval reproduce --published DIR`).
Out: the points by curve, how far they lie from the computed curve, and both drawn the same way everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from harness.analysis.result import CaseResult
from harness.comparison.comparison import engine_of
from reduced_model.errors import InputError
from reduced_model.models import VORTEX_MODELS, Model
from reduced_model.nucleation.spinodals import nucleation_field, nucleation_radius
from reduced_model.papers.heuristics import NAMES, heuristic_profiles
from reduced_model.papers.sizes import PRINTED_DENSITY_PER_M3
from reduced_model.papers.vortex import first_event_T, iron, iron_loop, switching_field_T
from reduced_model.sizes.radii import dipole_radius_m, flux_quantum_radius_m
from reduced_model.vortex.profiles import profiles

Array = NDArray[np.float64]
PublishedPoints = Mapping[str, Array]
"""What was published, (2, n) points by the keys of the curves."""


@dataclass(frozen=True, eq=False)
class PaperData:
    """What a figure of the papers may show beside what is computed."""

    published: PublishedPoints = field(default_factory=dict)
    """Points that a user has."""
    results: tuple[CaseResult, ...] = ()
    """Finished runs of a study."""
    study: str = ""
    """Its name."""
    why: str = ""
    """Why none of its runs can be shown."""

    @property
    def runs(self) -> str:
        """The runs in words, for captions; empty without any."""
        if not self.results:
            return ""
        engines = ", ".join(dict.fromkeys(map(engine_of, self.results)))
        labels = "; ".join(result.label for result in self.results)
        return f"Simulated (study {self.study}, {engines}): {labels}."


PRIME, DOUBLE_PRIME = VORTEX_MODELS
SHARE = "share_of_maximum"
READING_ERROR = 0.01
"""What reading points off a printed figure may cost, as a share of the axes' ranges."""
RADII_NM = tuple(np.arange(8.0, 20.01, 0.5))


POINTS: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 2.4,
    "markerfacecolor": "none",
    "markeredgecolor": "0.0",
    "markeredgewidth": 0.5,
    "zorder": 5,
}


class CurveError(InputError):
    """A file of published points that cannot be used; one line says which and why."""


@dataclass(frozen=True)
class Curve:
    """A curve of a published figure."""

    key: str
    """Stem of its file."""
    figure: str
    x: str
    """Name of the first column."""
    y: str
    """Name of the second column."""
    equation: str
    compute: Callable[[], Array]
    """The computed curve, (2, n), in the units of the columns."""


@dataclass(frozen=True)
class CurveComparison:
    """How far published points lie from the computed curve; nan where none were given."""

    figure: str
    key: str
    equation: str
    points: int
    rms: float
    """Root mean square distance, as a share of the axes' ranges."""
    largest: float
    """Largest distance, the same way."""
    largest_at: float
    """The x it is at."""
    verdict: str
    """Agrees, differs, or that no number can be compared."""


def _loop(model: Model, quantity: str, radius_nm: float = 20.0) -> Array:
    loop = iron_loop(model, radius_nm=radius_nm)
    values = np.rad2deg(loop.tau_rad) if quantity == "tau_deg" else getattr(loop, quantity)
    return np.stack((loop.B_T, values))


def _lost_T() -> Array:
    """Where the loop of H'' leaves the uniform state, for every radius with a vortex."""
    return np.array([(R, B) for R in RADII_NM if np.isfinite(B := first_event_T("nu", "H''", "exact", R))]).T


def _spinodal_T() -> Array:
    """Eq. 11 for every radius above the paper's own R_nuc."""
    least_nm = 1e9 * nucleation_radius("iron").paper_m
    return np.array([(R, nucleation_field("iron", R * 1e-9).paper_T) for R in RADII_NM if least_nm < R]).T


def _profile(name: str, of: Callable[[Array], object]) -> Array:
    nu = np.linspace(0.0, 10.0, 501)
    values = getattr(of(nu), name)
    return np.stack((nu, values / values.max()))


def _switching_T() -> Array:
    n = np.arange(0.5, 5.01, 0.25)
    return np.stack((n, [switching_field_T(float(v)) for v in n]))


def _line(x: Array, y: Callable[[Array], Array]) -> Array:
    return np.stack((x, y(x)))


_MACROSPIN_T = partial(_line, np.array([0.0, 5.0]), lambda n: n * iron().anisotropy_field_T)
_FLUX_NM = partial(_line, np.geomspace(0.01, 1.0, 201), lambda B_T: 1e9 * flux_quantum_radius_m(B_T))
_DIPOLES_NM = partial(
    _line, np.geomspace(1.0, 1e4, 201), lambda count: 1e9 * dipole_radius_m(count, PRINTED_DENSITY_PER_M3)
)
_LOOPS = ((2, PRIME, "Eqs. 7, 8"), (3, DOUBLE_PRIME, "Eqs. 8, 9"))
_PROFILES = (("", "", "S9-S13", profiles), ("_fit", " fitted", "S17-S21", heuristic_profiles))
_ALL = (
    *(
        Curve(f"fig{n}{a}", f"Fig. {n}({a})", "B_T", quantity, equation, partial(_loop, model, quantity))
        for n, model, equation in _LOOPS
        for a, quantity in (("a", "mz"), ("b", "tau_deg"), ("c", "nu"))
    ),
    *(
        Curve(f"fig4a_{R}nm", f"Fig. 4(a), R = {R} nm", "B_T", "mz", "Eqs. 8, 9", compute)
        for R in range(8, 21)
        for compute in (partial(_loop, DOUBLE_PRIME, "mz", R),)
    ),
    Curve("fig4b_loop", "Fig. 4(b), loops of H''", "R_nm", "B_nuc_T", "Eq. 9", _lost_T),
    Curve("fig4b_equation", "Fig. 4(b), dashed", "R_nm", "B_nuc_T", "Eq. 11", _spinodal_T),
    *(
        Curve(f"figS1_{g}{end}", f"Suppl. Fig. 1, {g}{fit}", "nu", SHARE, equation, partial(_profile, g, of))
        for end, fit, equation, of in _PROFILES
        for g in NAMES
    ),
    Curve("figS2", "Suppl. Fig. 2, points", "n", "B_SW_T", "S22", _switching_T),
    Curve("figS2_line", "Suppl. Fig. 2, dashed", "n", "B_SW_T", "S32", _MACROSPIN_T),
    Curve("shi2025_fig2_flux", "Shi 2025, Fig. 2", "B_T", "R_nm", "Shi 2025, Eq. 4", _FLUX_NM),
    Curve("shi2025_fig2_dipoles", "Shi 2025, Fig. 2", "N", "R_nm", "Shi 2025, R(N)", _DIPOLES_NM),
)
CURVES: dict[str, Curve] = {curve.key: curve for curve in _ALL}
"""The curves by the stem of their file; those without a paper's name are of Adams & Michels 2026."""


def read_curves(folder: Path) -> dict[str, Array]:
    """Read every CSV file of a folder: points (2, n) by key, in the units of the columns.

    Parameters
    ----------
    folder : Path
        Holds `KEY.csv` for some keys of `CURVES`, each with a header and the columns named there (others are
        ignored), a row a point, in any order.

    Raises
    ------
    CurveError
        If the folder is none or holds no CSV, or a file has an unknown name, lacks a column, or holds
        anything but finite numbers.
    """
    if not folder.is_dir():
        raise CurveError(f"{folder}: no such folder of published curves")
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise CurveError(f"{folder}: no CSV files; a curve is named after its figure, such as fig3a.csv")
    return {file.stem: _read_curve(file) for file in files}


def _read_curve(file: Path) -> Array:
    curve = CURVES.get(file.stem)
    if curve is None:
        raise CurveError(f"{file}: no such curve; the names are {', '.join(CURVES)}")
    try:
        table = pd.read_csv(file)
    except (ValueError, UnicodeDecodeError) as error:
        raise CurveError(f"{file}: not readable as CSV ({str(error).splitlines()[0]})") from None
    for name in (curve.x, curve.y):
        if name not in table:
            raise CurveError(f"{file}: no column {name}; {curve.figure} has the columns {curve.x},{curve.y}")
        finite = np.isfinite(pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float))
        if not finite.all():
            row = int(np.argmin(finite))
            found = f"{name} in line {row + 2} is {str(table[name][row])!r}"
            raise CurveError(f"{file}: {found}: must be a finite number")
    if table.empty:
        raise CurveError(f"{file}: no points")
    return table[[curve.x, curve.y]].to_numpy(dtype=float).T


def compare_curve(curve: Curve, published: PublishedPoints) -> CurveComparison:
    """Distance of the published points from the computed curve, each axis in units of its range.

    Distances are to the nearest piece of the curve, so that branches need not be told apart and a point on a
    jump counts as on the curve.
    """
    compared = partial(CurveComparison, curve.figure, curve.key, curve.equation)
    points = published.get(curve.key)
    if points is None:
        why = "no number can be compared: the published curve is not in the text"
        return compared(0, np.nan, np.nan, np.nan, why)
    line = curve.compute()
    span = np.ptp(np.concatenate((line, points), axis=1), axis=1, keepdims=True)
    span[span == 0.0] = 1.0
    apart = _distances(points / span, line / span)
    worst = int(np.argmax(apart))
    verdict = "agrees" if apart[worst] <= READING_ERROR else "differs"
    rms = float(np.sqrt(np.mean(apart**2)))
    return compared(apart.size, rms, float(apart[worst]), float(points[0, worst]), verdict)


def _distances(points: Array, line: Array) -> Array:
    """Distance (n) of points (2, n) from a polyline (2, m)."""
    start, step = line[:, :-1], np.diff(line, axis=1)
    length2 = np.maximum(np.sum(step**2, axis=0), 1e-300)
    offset = points[:, :, None] - start[:, None, :]
    along = np.clip(np.sum(offset * step[:, None, :], axis=0) / length2, 0.0, 1.0)
    return np.sqrt(np.min(np.sum((offset - along * step[:, None, :]) ** 2, axis=0), axis=1))


def draw_curve(axes: Axes, name: str, columns: tuple[str, str], values: Array, **look: Any) -> pd.DataFrame:
    """Plot one computed curve and return it as rows of a figure's CSV.

    Parameters
    ----------
    axes : Axes
    name : str
        The curve's, in the table, and in the legend unless ``look`` has a ``label``.
    columns : (str, str)
        Names of the abscissa and the ordinate in the table.
    values : ndarray, shape (2, n)
        In the units of the axes.
    **look
        Keywords of ``axes.plot``.
    """
    axes.plot(*values, **{"label": name, **look})
    return pd.DataFrame({"series": name, **dict(zip(columns, values, strict=True))})


def draw_published(axes: Axes, published: PublishedPoints, *keys: str) -> list[pd.DataFrame]:
    """Mark the published points of these curves, if any, as open circles; only the first set is labelled."""
    given = [CURVES[key] for key in keys if key in published]
    return [
        draw_curve(
            axes,
            f"published {curve.key}",
            (curve.x, curve.y),
            published[curve.key],
            **POINTS,
            label=None if number else "published",
        )
        for number, curve in enumerate(given)
    ]
