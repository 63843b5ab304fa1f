"""What a state is called: every word rests on numbers of the result and on harness.analysis.thresholds.

In: the cells of a state. Out: its name, the sentence that says why, and the texture that describes it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.analysis.correlated import Moments
from harness.analysis.patterns import (
    Patterns,
    as_vortex,
    core_reversals,
    count_cores,
    half_moments,
    patterns_of,
    reversal_height,
    toroidal_moment,
)
from harness.analysis.texture_fit import Texture, fit_texture
from harness.analysis.thresholds import (
    FLOWER_LIMIT,
    FOLLOWED_CIRCULATION,
    LEAST_ALIGNED,
    MISFIT_LIMIT,
    MOST_OUTWARD,
    OFFSET_THRESHOLD,
    ORDER_THRESHOLD,
    SEVERAL_CORES,
    SPLAY_THRESHOLD,
    TILT_THRESHOLD_RAD,
    UNIFORM_LIMIT,
)

Vector = NDArray[np.float64]

NUMBERS = {2: "two", 3: "three", 4: "four"}
UNIFORM_STATES = frozenset({"uniform", "flower"})
MEAN_STATES = UNIFORM_STATES | {"onion"}
"""Those with a mean direction and no core, which is then their axis."""
VORTICES = frozenset({"vortex", "tilted vortex", "displaced vortex", "tilted displaced vortex"})


@dataclass(frozen=True, eq=False)
class Cells:
    """The magnetic cells of a sphere, lengths in units of its radius."""

    points: Vector
    """Where they sit, from the sphere's centre, (3, n)."""
    m: Vector
    """Unit moments, (3, n)."""
    grid: Vector
    """The same unit moments on the whole grid, 0 elsewhere, (3, nz, ny, nx)."""
    cell: Vector
    """Cell sides, (3,)."""
    centre: Vector
    """The sphere's centre from that of the grid, (3,)."""

    def with_(self, m: Vector) -> Moments:
        """Other moments on the same cells, as fits take them."""
        return Moments(self.points, m, self.cell)


@dataclass(frozen=True, eq=False)
class Recognised:
    """A state with its name, and all that the name rests on."""

    state: str
    reason: str
    patterns: Patterns
    texture: Texture
    moments: Moments
    """As the texture describes them: a Bloch point's core turned to one side, an antivortex mirrored into a
    vortex, else the state's own."""
    reversals: Vector
    """Heights along the axis, in R, where the core turns over."""
    cores: tuple[int, int] | None = None
    """Vortices and antivortices in the plane through the centre, where they were counted."""

    @property
    def has_axis(self) -> bool:
        """Whether one core, or a mean direction, describes the state, so that a tilt exists."""
        return not (self.state == "unnamed" or (self.cores is not None and self.cores[0] > 1))

    @property
    def has_nu(self) -> bool:
        """Whether the state is one vortex, its core turning over or not, or the uniform state, nu = 0."""
        return self.state in VORTICES | {"uniform"} or self.reversals.size > 0


def recognise(cells: Cells, direction: Vector) -> Recognised:
    """Name a state; ``direction`` is the field's, which tilts refer to."""
    points, m = cells.points, cells.m
    patterns = patterns_of(points, m)
    if patterns.circulation >= FOLLOWED_CIRCULATION and (found := _bloch_points(cells, patterns)):
        return found
    moments, heights = cells.with_(m), np.zeros(0)
    texture = fit_texture(moments)

    def named(state: str, reason: str, cores: tuple[int, int] | None = None) -> Recognised:
        return Recognised(state, reason, patterns, texture, moments, heights, cores)

    circulation = f"circulation {patterns.circulation:.2g} of the pure vortex's"
    misfit = f"the Ansatz misses the cells by {texture.rms:.2f} rms, limit {MISFIT_LIMIT:g}"
    cores = None
    if texture.rms > SEVERAL_CORES and (aligned := _alignment(cells)) < LEAST_ALIGNED:
        why = f"the mean cosine between neighbouring cells is {aligned:.2f}, limit {LEAST_ALIGNED:g}"
        return named("unnamed", f"no texture is resolved: {why}")
    if texture.rms > SEVERAL_CORES:
        cores = max(_cores(cells, axis) for axis in (texture.axis, _flattest(m)))
        if cores[0] > 1:
            why = f"{cores[0]} vortices and {cores[1]} antivortices in the plane through the centre"
            return named(f"{NUMBERS.get(cores[0], cores[0])} vortices", f"{why}; {misfit}", cores)
    order = patterns.circulation >= ORDER_THRESHOLD
    if order and texture.outside:
        return named(
            "unnamed", f"it bends about a line {texture.offset:.2g} R from the centre, outside", cores
        )
    if order and texture.circulates and texture.rms <= MISFIT_LIMIT:
        return named(*_vortex(patterns, texture, direction), cores)
    if patterns.antivortex >= ORDER_THRESHOLD and (mirrored := _antivortex(cells)):
        image, _ = mirrored
        why = f"share {patterns.antivortex:.2g} of a pure antivortex, {circulation}"
        why += f"; the Ansatz misses the cells of its mirror image by {image.rms:.2f} rms"
        return Recognised("antivortex", why, patterns, *mirrored, heights, cores)
    opens = patterns.radial >= ORDER_THRESHOLD or abs(patterns.splay) >= SPLAY_THRESHOLD
    if not order and opens and patterns.outward > MOST_OUTWARD and patterns.deviation < FLOWER_LIMIT:
        why = f"splay {patterns.splay:.2g} rms, threshold {SPLAY_THRESHOLD:g}"
        halves = half_moments(points, m)
        if patterns.splay <= -SPLAY_THRESHOLD and min(halves) > 0 and not any(_cores(cells, _flattest(m))):
            half = " and ".join(f"{moment:.2f}" for moment in halves)
            return named("onion", f"{why}; no core; its halves hold {half} along the moment; {circulation}")
        if patterns.splay > -SPLAY_THRESHOLD:
            radial = f"radial share {patterns.radial:.2g}, threshold {ORDER_THRESHOLD:g}"
            return named("flower", f"{radial}; {why}")
    if not order and patterns.deviation <= UNIFORM_LIMIT:
        nu = f"nu = {texture.nu:.2g} {'counts as' if texture.circulates else 'is compatible with'} 0"
        return named("uniform", f"{circulation}, threshold {ORDER_THRESHOLD:g}: {nu}")
    spread = f"the moments spread by {patterns.deviation:.2f} rms about their mean"
    return named("unnamed", f"{misfit if texture.rms > MISFIT_LIMIT else circulation}; {spread}", cores)


def _vortex(patterns: Patterns, texture: Texture, direction: Vector) -> tuple[str, str]:
    """Name and reason of a state with one core of the Ansatz; it is named by what exceeds its own error."""
    tilt = np.rad2deg(tilt_of(texture.axis, direction))
    degrees, limit = min(tilt, 180 - tilt), np.rad2deg(TILT_THRESHOLD_RAD)
    error = float(np.rad2deg(texture.axis_error.two))
    named, reasons = ["vortex"], [f"circulation {patterns.circulation:.2f} of the pure vortex's"]
    if degrees > limit:
        off = f"the core axis is {degrees:.1f} degrees from the field's line"
        reasons.append(f"{off}, {_beside(degrees, limit, error)}")
        named = [*(["tilted"] if not degrees <= error else []), *named]
    else:
        reasons.append(f"axis along the field within {limit:g} degree")
    if texture.free and texture.offset > OFFSET_THRESHOLD:
        off = f"the core's line passes the centre at {texture.offset:.2g} R"
        reasons.append(f"{off}, {_beside(texture.offset, OFFSET_THRESHOLD, texture.core_error.two)}")
        named = [*named[:-1], *(["displaced"] if texture.displaced else []), "vortex"]
    return " ".join(named), "; ".join(reasons)


def _beside(value: float, limit: float, error: float) -> str:
    """What a value that exceeds its limit is held against."""
    return f"within its error of {error:.2g}" if value <= error else f"limit {limit:g}"


def _flattest(m: Vector) -> Vector:
    """The direction along which the moments have least: two cores that circulate apart have no other axis."""
    axis: Vector = np.linalg.eigh(m @ m.T)[1][:, 0]
    return axis


def _antivortex(cells: Cells) -> tuple[Texture, Moments] | None:
    """The texture of an antivortex's mirror image, and that image, if the Ansatz describes it."""
    image = cells.with_(as_vortex(cells.points, cells.m))
    texture = fit_texture(image)
    fits = texture.circulates and not texture.outside and texture.rms <= MISFIT_LIMIT
    return (texture, image) if fits else None


def _bloch_points(cells: Cells, patterns: Patterns) -> Recognised | None:
    """A vortex whose core points both ways along its axis, which is then that of the circulation."""
    toroidal = toroidal_moment(cells.points, cells.m)
    axis = toroidal / np.linalg.norm(toroidal)
    heights, along = core_reversals(cells.points, cells.m, axis, float(cells.cell.max()))
    if not heights.size:
        return None
    one_way = cells.with_(np.where(along, cells.m, cells.m - 2 * np.outer(axis, axis @ cells.m)))
    texture = fit_texture(one_way)
    if texture.rms > MISFIT_LIMIT:
        return None
    side = float(cells.cell.max())
    from_core = cells.points - texture.place[:, None]
    heights = np.array([reversal_height(from_core, cells.m, texture.axis, h, side) for h in heights])
    state = "Bloch point" if len(heights) == 1 else f"{NUMBERS.get(len(heights), len(heights))} Bloch points"
    places = ", ".join(f"{height:.2g} R" for height in heights)
    why = f"the core turns over at {places} along the axis of the circulation ({patterns.circulation:.2f})"
    return Recognised(state, why, patterns, texture, one_way, heights)


def _alignment(cells: Cells) -> float:
    """Mean cosine between neighbouring cells; 1 where there are none."""
    grid = cells.grid
    size = np.linalg.norm(grid, axis=0)
    cosines = []
    for axis in (1, 2, 3):
        one, other = (np.delete(grid, end, axis=axis) for end in (-1, 0))
        both = np.delete(size, -1, axis=axis - 1) * np.delete(size, 0, axis=axis - 1)
        cosines.append(((one * other).sum(axis=0) / np.where(both > 0, both, 1))[both > 0])
    found = np.concatenate(cosines)
    return float(found.mean()) if found.size else 1.0


def _cores(cells: Cells, axis: Vector) -> tuple[int, int]:
    magnetic: NDArray[np.bool_] = np.linalg.norm(cells.grid, axis=0) > 0
    return count_cores(cells.grid, magnetic, cells.cell, cells.centre, axis)


def tilt_of(axis: Vector, direction: Vector) -> float:
    """Angle between two unit vectors, 0 to pi."""
    return float(np.arctan2(np.linalg.norm(np.cross(axis, direction)), axis @ direction))
