"""The figures of Adams & Michels 2026 by their numbers, with a study's runs where they show a simulation.

In: a number such as 2 or s3, finished runs. Out: the figure; runs of other spheres are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.analysis.result import CaseResult
from harness.papers.curves import PaperData
from harness.papers.figures import NUMBERED
from harness.report.figures.drawn import Drawn, NothingToDraw
from harness.study.study import Case
from reduced_model.errors import InputError
from reduced_model.materials import axis_angle_rad

__all__ = ["SERVED_BY", "SIMULATED", "draw", "require_number", "require_runs", "require_sphere"]

SERVED_BY = {
    **dict.fromkeys(("1a", "1b", "2", "3"), "fe_sphere_40nm"),
    **dict.fromkeys(("4a", "4b"), "fe_sphere_radii"),
    "s3": "fe_sphere_mesh",
}
"""The ready study that simulates what a figure is about; the others show no simulation."""
SIMULATED = ("1a", "1b", "2", "3")
"""What the paper drew from a simulation, but for s3, whose runs are shipped as a table."""
RADIUS_NM = 20.0
_ANY_RADIUS = ("4a", "4b")


def require_number(name: str) -> str:
    """The number as `NUMBERED` has it; raises InputError with the list for any other."""
    number = name.lower().removeprefix("fig").strip(". ")
    if number not in NUMBERED:
        raise InputError(f"figure {name}: no such figure; there are {', '.join(NUMBERED)}")
    return number


def require_runs(number: str, study: str | None, case: str | None) -> str | None:
    """The study whose runs a figure is drawn with, or None.

    Raises InputError where a study or a case is asked of a figure that shows none.
    """
    if study and number not in SERVED_BY:
        raise InputError(f"--study {study}: figure {number} shows no simulation; leave it out")
    served = study or (SERVED_BY[number] if number in SIMULATED else None)
    if case and served is None:
        remedy = f"name its study too, --study {SERVED_BY[number]}" if number in SERVED_BY else "leave it out"
        raise InputError(f"--case {case}: figure {number} shows no simulation here; {remedy}")
    return served


def require_sphere(number: str, study: str, cases: Iterable[Case]) -> None:
    """Raise InputError if none of a study's cases is of the spheres that a figure shows."""
    if not any(_belongs(number, case) for case in cases):
        raise _no_sphere(number, study, "no case")


def draw(number: str, data: PaperData) -> Drawn:
    """Draw a figure.

    Parameters
    ----------
    number : str
        A key of `NUMBERED`.
    data : PaperData
        Of its runs those of the sphere that the figure shows are drawn.

    Raises
    ------
    InputError
        If the figure is drawn of a simulation and there is none for it, or no vortex in it.
    """
    of_it = tuple(_with_cells(result) for result in data.results if _belongs(number, result.case))
    if data.study and not of_it and number in SERVED_BY:
        raise _no_sphere(number, data.study, "no finished run")
    try:
        return NUMBERED[number](replace(data, results=of_it))
    except NothingToDraw as nothing:
        raise InputError(str(nothing)) from None


def _with_cells(result: CaseResult) -> CaseResult:
    """The run under a label that names its mesh."""
    cells = f"{result.case.mesh.cell_nm:g} nm"
    named = result.label.startswith(cells) or f" {cells} cells" in result.label
    return result if named else replace(result, label=f"{result.label}, {cells} cells")


def _no_sphere(number: str, study: str, none: str) -> InputError:
    radius = "" if number in _ANY_RADIUS else f", R = {RADIUS_NM:g} nm"
    return InputError(
        f"study {study}: {none} of the spheres of figure {number} (iron{radius}, field and easy axis "
        f"along z); give --study {SERVED_BY[number]}"
    )


def _belongs(number: str, case: Case) -> bool:
    """Whether a case is of the sphere, material, field and easy axis that the figure's curves are of."""
    up = case.direction
    upright = tuple(up) == (0.0, 0.0, 1.0) and axis_angle_rad(case.material.axis, up) == 0.0
    radius = number in _ANY_RADIUS or case.particle.radius_nm == RADIUS_NM
    return number == "1a" or (case.material.label == "iron" and upright and radius)
