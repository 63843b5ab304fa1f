"""Saved states to look through: cuts, profile and texture, in a few bytes each.

In: a Comparison. Out: the states of its cases as JSON for the page's viewer, and what was left out of them.

Moments are kept as whole numbers from -127 to 127, on grids no finer than the cells: a coarse one of the ball
for the texture, finer ones for the planes through its centre.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.loop import UP
from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.mx3.files.ovf import VectorField, read_ovf
from harness.report.figures.ribbon import WORDS, kind_of
from reduced_model.errors import InputError

MOST_CASES = 12
MOST_STATES = 96
"""On one page, shared out evenly among its cases."""
MOST_BYTES = 100_000_000
"""Largest file that is read for the viewer."""
BALL, PLANE = 13, 33
"""Points along the diameter of the texture and of the planes."""


@dataclass(frozen=True)
class StatesToView:
    """What the viewer shows."""

    data: str
    """JSON."""
    labels: tuple[str, ...]
    """Of the cases it shows."""
    n_states: int
    upwards: str
    """What points up in the plane y = 0: the field, or z where that is not everywhere along it."""
    left_out: tuple[str, ...]
    """What is not shown, and why."""


def states_to_view(comparison: Comparison) -> StatesToView | None:
    """The saved states of the first cases that have some, or why none is shown; None: nothing was saved."""
    saved = [result for result in comparison.results if result.loop.states]
    if not saved:
        return None
    shown = saved[:MOST_CASES]
    left_out: list[str] = []
    most = max(1, MOST_STATES // len(shown))
    cases: list[dict[str, Any]] = []
    for result in shown:
        steps = _chosen(result, most)
        views = [view for step in steps if (view := _view(result, step, left_out))]
        if len(steps) < len(result.loop.states):
            left_out.append(
                f"{result.label}: {len(steps)} of {len(result.loop.states)} states, evenly along the path"
            )
        if views:
            cases.append({"label": result.label, "states": views})
    if len(saved) > len(shown):
        left_out.append(f"{len(saved) - len(shown)} more cases")
    data = json.dumps(cases, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    along = all(np.allclose(result.case.direction, UP) for result in shown)
    n_states = sum(len(case["states"]) for case in cases)
    labels = tuple(case["label"] for case in cases)
    return StatesToView(data, labels, n_states, "field" if along else "z", tuple(left_out))


def _chosen(result: CaseResult, most: int) -> list[int]:
    """Steps evenly along the path, the state nearest zero field among them."""
    fields = dict(zip(result.loop.step.tolist(), result.loop.B_T.tolist(), strict=True))
    steps = sorted(step for step in result.loop.states if step in fields)
    if len(steps) <= most:
        return steps
    even = {steps[k] for k in np.linspace(0, len(steps) - 1, max(most - 1, 1)).round().astype(int)}
    return sorted(even | {min(steps, key=lambda step: (abs(fields[step]), step))})


def _view(result: CaseResult, step: int, left_out: list[str]) -> dict[str, Any] | None:
    """One state for the viewer; None, and the reason in left_out, where it cannot be read."""
    path = result.loop.states[step]
    try:
        state = result.kept.get(step) or _read(path)
    except (OSError, InputError, ValueError) as error:
        left_out.append(f"{result.label}, step {step}: {error}")
        return None
    row = int(np.flatnonzero(np.asarray(result.loop.step) == step)[0])
    fit = result.fits.get(step)
    certificate = result.certified.found.get(step) if result.certified else None
    view: dict[str, Any] = {
        "B": round(float(result.loop.B_T[row]), 6) + 0.0,
        "branch": str(result.branch_of_row[row]),
        "step": step,
        "m": round(float(np.nan_to_num(result.moment[row])), 4),
        "is": WORDS[kind_of(certificate) if certificate else ""],
        "radius": result.case.particle.radius_nm,
        **_sampled(state, np.asarray(result.case.lattice.centre_m), result.case.radius_m),
    }
    if fit is None:
        return view | {"state": "not fitted", "why": result.unfitted.get(step, "no reason known")}
    view |= {"state": fit.state, "why": fit.reason}
    if fit.described and np.isfinite(fit.nu):
        view |= {"nu": round(fit.nu, 4), "nu_error": round(fit.nu_uncertainty, 4)}
    profile = fit.profile
    columns = {"rho": profile.rho, "phi": profile.m_phi, "z": profile.m_z}
    columns |= {"phi_std": profile.m_phi_std, "z_std": profile.m_z_std}
    return view | {"profile": {name: np.round(values, 3).tolist() for name, values in columns.items()}}


def _read(path: Any) -> VectorField:
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"its file is larger than {MOST_BYTES / 1e6:g} MB")
    return read_ovf(path)


def _sampled(state: VectorField, centre_m: NDArray[np.float64], radius_m: float) -> dict[str, Any]:
    """m on the ball's grid and on the planes z = 0 and y = 0, each as numbers in base64."""
    cells = int(np.ceil(2 * radius_m / float(state.cell_m.min())))
    ball, plane = min(BALL, cells), min(PLANE, cells)

    def line(n: int) -> NDArray[np.float64]:
        return radius_m * (2 * np.arange(n) + 1 - n) / n

    fine, coarse = line(plane), line(ball)
    zero = np.zeros((plane, plane))
    across, up = np.meshgrid(fine, fine)
    z, y, x = np.meshgrid(coarse, coarse, coarse, indexing="ij")
    places = {"ball": (x, y, z), "xy": (across, up, zero), "xz": (across, zero, up)}
    sampled = {
        name: _packed(_at(state, centre_m, radius_m, np.stack(place))) for name, place in places.items()
    }
    return {"n": ball, "p": plane, **sampled}


def _at(
    state: VectorField, centre_m: NDArray[np.float64], radius_m: float, place: NDArray[np.float64]
) -> NDArray[np.float64]:
    """m of the cell each point lies in, zero outside the sphere and its cells."""
    counts = np.array(state.m.shape[:0:-1])
    flat = place.reshape(3, -1) + centre_m[:, None]
    index = np.rint(flat / np.asarray(state.cell_m)[:, None] + (counts[:, None] - 1) / 2).astype(int)
    inside = ((index >= 0) & (index < counts[:, None])).all(axis=0)
    inside &= (place.reshape(3, -1) ** 2).sum(axis=0) <= (1.001 * radius_m) ** 2
    ix, iy, iz = np.where(inside, index, 0)
    return np.where(inside, state.m[:3, iz, iy, ix], 0.0)


def _packed(m: NDArray[np.float64]) -> str:
    """Three signed bytes a point."""
    return base64.b64encode(np.rint(127 * np.clip(m, -1, 1)).astype(np.int8).T.tobytes()).decode("ascii")
