"""Saved states, each fitted by itself, whoever wrote it.

In: OVF files, and the radius where the user gives it.
Out: the fits, and where radius and centre came from: the user, the run a file belongs to, or its cells.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.body import Body, find_body
from harness.analysis.vortex import FitError, VortexFit, fit_vortex
from harness.mx3.files.ovf import VectorField, read_ovf
from harness.runs.output import LENGTH_TOLERANCE
from harness.runs.record import NotARun, RunRecord
from harness.study.lattice import Triple, nanometres
from reduced_model.errors import MxvalError
from reduced_model.results import Table

MOST_CIRCULATION = 1.1
"""Circulation, in units of the pure vortex's, beyond which the given radius cannot be the sphere's."""
MOST_MATERIALS = 8
"""Most lengths of M that are taken for those of materials, rather than of a field."""
LARGEST_SPHERE_M = 1e-4
"""Radius beyond which no sphere holds one vortex, so that its unit of length is in doubt."""
SMALLEST_SPHERE_M = 1e-10
"""Radius below which there is no atom."""
WRONG_UNIT = 30.0
"""Times by which a given radius and the cells' reach differ that are in units a thousand apart."""
FILES_A_WORKER = 20
"""Fewest files that a process of their own is started for, which takes it a second."""
EMPTY = 1e-6
"""Share of the longest vector below which a cell holds none."""


@dataclass(frozen=True, eq=False)
class SavedStateFit:
    """The fit of one file, and what it rests on."""

    fit: VortexFit
    radius_from: str
    """Where radius and centre came from, in words."""
    radius_error_m: float
    """How sure a guessed radius is; nan for one that is given or its run's. nu is proportional to it."""
    centre_m: Triple
    """The sphere's centre from the grid's."""
    body: Body
    """What the cells fill."""
    moment: float
    """Length of M in full cells, in moment_unit."""
    moment_unit: str
    """The file's unit, "" where it names none."""
    warnings: tuple[str, ...]
    """What makes the numbers doubtful, one line each."""

    def to_table(self) -> Table:
        """The numbers for people: title, header, rows."""
        return self.fit.to_table()

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values, for JSON; the glossary says what each key holds."""
        names = ("radius_from", "radius_error_m", "moment", "moment_unit", "warnings")
        return (
            self.fit.to_dict() | {name: getattr(self, name) for name in names} | {"body": asdict(self.body)}
        )


def fit_saved_state(file: Path, radius_nm: float | None = None) -> SavedStateFit:
    """Fit the vortex Ansatz to a saved magnetisation, in any unit.

    Parameters
    ----------
    file : Path
        An OVF file.
    radius_nm : float, optional
        Radius of the sphere; without it that of the run the file lies in, else by the cells' volume.

    Raises
    ------
    OvfError
        If the file cannot be read.
    FitError
        If it is no magnetisation of one material, if its cells are no sphere and no radius is given, or if
        its circulation says that the sphere is larger than given.
    """
    state, moment, fill = _unit_vectors(read_ovf(file))
    body = find_body(fill, state.cell_m)
    try:  # the run folder whose output the file is, if it is one's
        case = RunRecord.read(file.resolve().parent.parent).case
    except NotARun:
        case = None
    centre: Triple = case.lattice.centre_m if case else body.centre_m
    direction: Triple = case.direction if case else (0.0, 0.0, 1.0)
    error_m = float("nan")
    if radius_nm is not None:
        radius_m, reach_m = nanometres(radius_nm), max(body.extents_m) / 2
        if not 1 / WRONG_UNIT < radius_m / reach_m < WRONG_UNIT:
            raise FitError(
                f"{file}: radius_nm = {radius_nm:g}: the cells form {body}; give their radius in nm, or "
                "correct the meshunit in the file's header"
            )
        source = f"radius given, centre {'of its run' if case else 'of the cells'}"
    elif case is not None:
        radius_m, source = case.radius_m, f"those of the run {file.parent.parent.name}"
    elif body.is_sphere:
        radius_m, error_m = body.radius_m, body.radius_error_m
        source = _guess(body, bool((fill % 1 > 0).any()))
    else:
        raise FitError(
            f"{file}: no sphere: its cells form {body}; the Ansatz is a sphere's, so give --radius-nm to fit "
            "it all the same"
        )
    try:
        fitted = fit_vortex(state, radius_m, centre, direction)
    except FitError as why:
        raise FitError(f"{file}: {why}") from None
    if body.is_sphere and fitted.circulation > MOST_CIRCULATION:
        raise FitError(
            f"{file}: radius_nm = {radius_m * 1e9:g}: the moments circulate {fitted.circulation:.3g} times "
            f"as much as a pure vortex of that radius can; the cells form {body}"
        )
    warnings = tuple(_doubts(body, radius_m, state.cell_m)) if case is None or radius_nm else ()
    return SavedStateFit(fitted, source, error_m, centre, body, moment, state.unit, warnings)


def fit_saved_states(
    files: Sequence[Path],
    radius_nm: float | None = None,
    on_step: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> Iterator[SavedStateFit | MxvalError]:
    """Fits of files in their order, or why one could not be fitted; many are shared out among processes.

    Parameters
    ----------
    files : sequence of Path
    radius_nm : float, optional
        As for `fit_saved_state`, of every file.
    on_step : callable, optional
        Called with the number of files fitted and of all.
    workers : int, optional
        Processes; every core's if not given, and one where files are few.
    """
    job = partial(_fit_or_refuse, radius_nm=radius_nm)
    count = min(workers or os.cpu_count() or 1, max(1, len(files) // FILES_A_WORKER))
    if count == 1:
        yield from _counted(map(job, files), len(files), on_step)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        try:
            yield from _counted(pool.map(job, files, chunksize=4), len(files), on_step)
        except BaseException:  # an interruption: what waits is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fit_or_refuse(file: Path, radius_nm: float | None) -> SavedStateFit | MxvalError:
    try:
        return fit_saved_state(file, radius_nm)
    except MxvalError as refused:
        return refused


def _counted(
    found: Iterator[SavedStateFit | MxvalError], total: int, on_step: Callable[[int, int], None] | None
) -> Iterator[SavedStateFit | MxvalError]:
    for done, each in enumerate(found, start=1):
        if on_step:
            on_step(done, total)
        yield each


def _guess(body: Body, shares: bool) -> str:
    """How the radius was guessed from a sphere's cells, the partly filled ones by share or whole."""
    lengths = (body.radius_m, body.radius_error_m, body.farthest_filled_m, body.innermost_empty_m)
    radius, error, reach, empty = (f"{1e9 * length:.4g} nm" for length in lengths)
    if body.kept_where_touched:
        return (
            f"guessed: {radius} ± {error}, of the spheres that touch these cells and no others, as those of "
            "EdgeSmooth do; nu is proportional to it, so give --radius-nm if known"
        )
    parts = "by their share" if shares else "as whole ones: if there are any, up to a cell side less"
    return (
        f"guessed: {radius} ± {error} by the volume of the cells about their centroid (partly filled ones "
        f"count {parts}): filled centres reach {reach}, empty ones begin at {empty}; nu is proportional to "
        "it, so give --radius-nm if known"
    )


def _doubts(body: Body, radius_m: float, cell_m: NDArray[np.float64]) -> list[str]:
    """What about body and lengths makes the numbers of a fit doubtful."""
    doubts = []
    if not body.is_sphere:
        doubts.append(f"no sphere: the cells form {body}, and the Ansatz is a sphere's")
    elif abs(radius_m - body.radius_m) > body.radius_error_m + cell_m.max() / 2:
        doubts.append(f"radius_nm = {radius_m * 1e9:g}: the cells form {body}")
    if not SMALLEST_SPHERE_M < radius_m < LARGEST_SPHERE_M:
        doubts.append(f"cells of {cell_m[0]:.3g} m: look whether the header's meshunit is the one meant")
    return doubts


def _unit_vectors(field: VectorField) -> tuple[VectorField, float, NDArray[np.float64]]:
    """The directions of a magnetisation, the length of its vectors, and how much of each cell is filled.

    Cells at the surface may hold less, as those of EdgeSmooth do; inside, one material has one length.
    """
    from scipy.ndimage import binary_erosion  # a tenth of a second, and few commands need it

    if (count := len(field.m)) != 3:
        kind = "a scalar file" if count == 1 else f"{count} components in each cell"
        raise FitError(f"{field.path}: {kind}, where a magnetisation has 3 components; give m or M")
    if not np.isfinite(field.m).all():
        raise FitError(f"{field.path}: holds values that are not finite")
    length = np.linalg.norm(field.m, axis=0)
    longest = float(length.max())
    if longest == 0:
        raise FitError(f"{field.path}: every vector is 0, so it holds no magnetisation")
    share = np.where(length > EMPTY * longest, length / longest, 0.0)
    magnetic = share > 0
    inside = binary_erosion(magnetic, np.ones((3, 3, 3)))
    inside = inside if inside.any() else magnetic
    if share[inside].min() < 1 - LENGTH_TOLERANCE:
        lengths = len(np.unique(share[inside].round(3)))
        span = f"{longest * share[inside].min():.4g} to {longest:.4g} {field.unit}".removesuffix(" 1").strip()
        cause = "several materials" if lengths <= MOST_MATERIALS else "another field"
        raise FitError(
            f"{field.path}: no magnetisation of one material: inside the body its vectors are {span} long, "
            f"of {lengths} lengths, as those of {cause} are; give m, or M of one material"
        )
    fill = np.where(share > 1 - LENGTH_TOLERANCE, 1.0, share)
    unit = np.divide(field.m, length, out=np.zeros(field.m.shape), where=magnetic)
    return replace(field, m=unit), longest, fill
