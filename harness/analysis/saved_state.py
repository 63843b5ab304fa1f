"""One saved state, fitted by itself.

In: an OVF file, and the radius where the user gives it.
Out: the fit, and where radius and centre came from: the user, the run the file belongs to, or its cells.
"""

from pathlib import Path

from harness.analysis.vortex import FitError, VortexFit, fit_vortex
from harness.engines.base import OutputInvalid
from harness.mx3.files.ovf import OvfError, read_ovf
from harness.runs.output import require_unit_vectors
from harness.runs.record import NotARun, RunRecord
from harness.study.lattice import Triple, nanometres

MOST_CIRCULATION = 1.1
"""Circulation, in units of the pure vortex's, beyond which the given radius cannot be the sphere's."""


def fit_saved_state(file: Path, radius_nm: float | None = None) -> tuple[VortexFit, str]:
    """Fit the vortex Ansatz to a saved magnetisation; returns the fit, and where radius and centre came from.

    Parameters
    ----------
    file : Path
        An OVF file.
    radius_nm : float, optional
        Radius of the sphere; without it that of the run the file lies in, else by the cells' volume.

    Raises
    ------
    FitError
        If the file is no magnetisation, or its circulation says that the sphere is larger than given.
    """
    try:
        field = read_ovf(file)
        require_unit_vectors(field)
    except (OvfError, OutputInvalid) as error:
        raise FitError(str(error).split(";")[0]) from None
    try:  # the run folder whose output the file is, if it is one's
        case = RunRecord.read(file.resolve().parent.parent).case
    except NotARun:
        case = None
    centre: Triple = case.lattice.centre_m if case else (0.0, 0.0, 0.0)
    direction: Triple = case.direction if case else (0.0, 0.0, 1.0)
    if radius_nm is not None:
        radius_m, source = nanometres(radius_nm), "given"
    elif case is not None:
        radius_m, source = case.radius_m, f"those of the run {file.parent.parent.name}"
    else:
        radius_m = field.sphere_radius_m
        source = (
            f"{radius_m * 1e9:.4g} nm by the volume of the cells, staircase and partly filled ones counted "
            "whole, about the box's centre; nu is proportional to it, so give --radius-nm if you know it"
        )
    fitted = fit_vortex(field, radius_m, centre, direction)
    if fitted.circulation > MOST_CIRCULATION:
        raise FitError(
            f"radius_nm = {radius_m * 1e9:g}: the moments circulate {fitted.circulation:.3g} times as much "
            f"as a pure vortex of that radius can; the cells fill one of {field.sphere_radius_m * 1e9:.4g} nm"
        )
    return fitted, source
