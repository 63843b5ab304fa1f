"""Curves of the papers' figures: what computes them, and files of published points set beside them.

In: a folder of CSV files, one a curve, named and headed as `CURVES` says (`mxval reproduce --published DIR`).
Out: `PublishedCurve`s, and how far their points lie from the computed curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reduced_model.errors import InputError
from reduced_model.nucleation.spinodals import nucleation_field
from reduced_model.papers.heuristics import heuristic_profiles
from reduced_model.papers.vortex_claims import first_event_T, iron, iron_loop, switching_field_T
from reduced_model.sizes.radii import dipole_radius_m, flux_quantum_radius_m
from reduced_model.vortex.hamiltonian import Model
from reduced_model.vortex.profiles import profiles

__all__ = [
    "CURVES",
    "Curve",
    "CurveComparison",
    "CurveError",
    "PublishedCurve",
    "compare_curve",
    "read_curves",
]

Array = NDArray[np.float64]
READING_ERROR = 0.01
"""What reading points off a printed figure may cost, as a share of the axes' ranges."""
RADII_NM = tuple(np.arange(8.0, 20.01, 0.5))
TABLE_DENSITY_PER_M3 = 1e23
_PROFILES = ("g_ex", "g_ux", "g_uz", "g_z", "g_d")


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


@dataclass(frozen=True, eq=False)
class PublishedCurve:
    """Points of a published curve, in the file's order."""

    key: str
    x: Array
    y: Array
    path: Path


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


def _loop_curve(model: Model, quantity: str, radius_nm: float = 20.0) -> Array:
    loop = iron_loop(model, radius_nm=radius_nm)
    values = np.rad2deg(loop.tau_rad) if quantity == "tau_deg" else getattr(loop, quantity)
    return np.stack((loop.B_T, values))


def _lost_curve() -> Array:
    """Where the loop of H'' leaves the uniform state, for every radius with a vortex."""
    return np.array([(R, B) for R in RADII_NM if np.isfinite(B := first_event_T("nu", "H''", "exact", R))]).T


def _spinodal_curve() -> Array:
    return np.array([(R, nucleation_field("iron", R * 1e-9).paper_T) for R in RADII_NM if R > 9.16]).T


def _profile_curve(name: str, fitted: bool) -> Array:
    nu = np.linspace(0.0, 10.0, 501)
    values = getattr((heuristic_profiles if fitted else profiles)(nu), name)
    return np.stack((nu, values / values.max()))


def _switching_curve() -> Array:
    n = np.arange(0.5, 5.01, 0.25)
    return np.stack((n, [switching_field_T(float(v)) for v in n]))


def _line_curve() -> Array:
    n = np.array([0.0, 5.0])
    return np.stack((n, n * iron().anisotropy_field_T))


def _flux_curve() -> Array:
    B_T = np.geomspace(0.01, 1.0, 201)
    return np.stack((B_T, 1e9 * flux_quantum_radius_m(B_T)))


def _dipole_curve() -> Array:
    count = np.geomspace(1.0, 1e4, 201)
    return np.stack((count, 1e9 * dipole_radius_m(count, TABLE_DENSITY_PER_M3)))


def _loops() -> list[Curve]:
    quantities = (("a", "mz"), ("b", "tau_deg"), ("c", "nu"))
    models: tuple[tuple[str, Model, str], ...] = (("2", "H'", "Eqs. 7, 8"), ("3", "H''", "Eqs. 8, 9"))
    return [
        Curve(f"fig{n}{letter}", f"Fig. {n}({letter})", "B_T", y, equation, partial(_loop_curve, model, y))
        for n, model, equation in models
        for letter, y in quantities
    ]


def _profile_curves() -> list[Curve]:
    kinds = (("", "S9-S13", False), ("_fit", "S17-S21", True))
    return [
        Curve(
            f"figS1_{name}{suffix}",
            f"Suppl. Fig. 1, {name}{' fitted' if fitted else ''}",
            "nu",
            "share_of_maximum",
            equation,
            partial(_profile_curve, name, fitted),
        )
        for suffix, equation, fitted in kinds
        for name in _PROFILES
    ]


def _sized_loops() -> list[Curve]:
    curve = partial(Curve, x="B_T", y="mz", equation="Eqs. 8, 9")
    return [
        curve(f"fig4a_{R}nm", f"Fig. 4(a), R = {R} nm", compute=partial(_loop_curve, "H''", "mz", R))
        for R in range(8, 21)
    ]


_ALL = (
    *_loops(),
    *_sized_loops(),
    Curve("fig4b_loop", "Fig. 4(b), loops of H''", "R_nm", "B_nuc_T", "Eq. 9", _lost_curve),
    Curve("fig4b_equation", "Fig. 4(b), dashed", "R_nm", "B_nuc_T", "Eq. 11", _spinodal_curve),
    *_profile_curves(),
    Curve("figS2", "Suppl. Fig. 2, points", "n", "B_SW_T", "S22", _switching_curve),
    Curve("figS2_line", "Suppl. Fig. 2, dashed", "n", "B_SW_T", "S32", _line_curve),
    Curve("shi2025_fig2_flux", "Shi 2025, Fig. 2", "B_T", "R_nm", "Shi 2025, Eq. 4", _flux_curve),
    Curve("shi2025_fig2_dipoles", "Shi 2025, Fig. 2", "N", "R_nm", "Shi 2025, R(N)", _dipole_curve),
)
CURVES: dict[str, Curve] = {curve.key: curve for curve in _ALL}
"""The curves by the stem of their file; those without a paper's name are of Adams & Michels 2026."""


def read_curves(folder: Path) -> dict[str, PublishedCurve]:
    """Read every CSV file of a folder.

    Parameters
    ----------
    folder : holds `KEY.csv` for some keys of `CURVES`, each with a header and the columns named there (others
        are ignored), a row a point, in any order.

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


def _read_curve(file: Path) -> PublishedCurve:
    curve = CURVES.get(file.stem)
    if curve is None:
        raise CurveError(f"{file}: no such curve; the names are {', '.join(CURVES)}")
    try:
        table = pd.read_csv(file)
    except (ValueError, UnicodeDecodeError) as error:
        raise CurveError(f"{file}: not readable as CSV ({str(error).splitlines()[0]})") from None
    columns = []
    for name in (curve.x, curve.y):
        if name not in table:
            raise CurveError(f"{file}: no column {name}; {curve.figure} has the columns {curve.x},{curve.y}")
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
        if not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            told = f"{name} in line {row + 2} is {str(table[name][row])!r}"
            raise CurveError(f"{file}: {told}: must be a finite number")
        columns.append(values)
    if columns[0].size == 0:
        raise CurveError(f"{file}: no points")
    return PublishedCurve(file.stem, columns[0], columns[1], file)


def compare_curve(curve: Curve, published: Mapping[str, PublishedCurve]) -> CurveComparison:
    """Distance of the published points from the computed curve, each axis in units of its range.

    Distances are to the nearest piece of the curve, so that branches need not be told apart and a point on a
    jump counts as on the curve.
    """
    given = published.get(curve.key)
    if given is None:
        told = "no number can be compared: the published curve is not in the text"
        return CurveComparison(curve.figure, curve.key, curve.equation, 0, np.nan, np.nan, np.nan, told)
    line = curve.compute()
    points = np.stack((given.x, given.y))
    both = np.concatenate((line, points), axis=1)
    span = np.ptp(both, axis=1, keepdims=True)
    span[span == 0.0] = 1.0
    apart = _distances(points / span, line / span)
    worst = int(np.argmax(apart))
    agrees = apart[worst] <= READING_ERROR
    return CurveComparison(
        figure=curve.figure,
        key=curve.key,
        equation=curve.equation,
        points=apart.size,
        rms=float(np.sqrt(np.mean(apart**2))),
        largest=float(apart[worst]),
        largest_at=float(given.x[worst]),
        verdict="agrees" if agrees else "differs",
    )


def _distances(points: Array, line: Array) -> Array:
    """Distance (n) of points (2, n) from a polyline (2, m)."""
    start, step = line[:, :-1], np.diff(line, axis=1)
    length2 = np.maximum(np.sum(step**2, axis=0), 1e-300)
    offset = points[:, :, None] - start[:, None, :]
    along = np.clip(np.sum(offset * step[:, None, :], axis=0) / length2, 0.0, 1.0)
    return np.sqrt(np.min(np.sum((offset - along * step[:, None, :]) ** 2, axis=0), axis=1))
