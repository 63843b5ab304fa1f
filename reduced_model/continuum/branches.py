"""The branches that a sphere's continuum has, interpolated between the fields they are known at.

In: what `survey` solved, or what a file holds. Out: `ContinuumBranches`: of each branch the observables
against field with their errors, where it is stable, and which one comes next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import make_interp_spline, pchip_interpolate

from reduced_model.continuum.basis import Array
from reduced_model.continuum.events import event_words
from reduced_model.continuum.texture import Kind
from reduced_model.errors import column
from reduced_model.materials import Material
from reduced_model.results import Result, Table, Tabled, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TERMS = ("exchange", "anisotropy", "zeeman", "magnetostatic", "total")
OBSERVABLES = (
    *("m", "core_angle_deg", "nu", "nu_m_phi", "nu_m_z"),
    *(f"{term}_J" for term in TERMS),
    "lambda_min_T",
)
"""m along the field; angle of the core (of the moment without one) to it; nu of the Ansatz fitted to the
whole ball, by all components and by one alone; energies from MuMax3's zero; the smallest curvature."""
SECTORS = ("lambda_kept_T", "lambda_broken_T")
"""The smallest curvatures of changes that keep a state's symmetry, and that break it, where both are known:
the least of them has a kink where they cross, and they have none."""
UNKNOWN = -1
"""What `ContinuumBranches.path` says where no stable branch is known."""
Curve = Callable[[Array, Array, Array], Array]
"""Takes fields, values there, and fields between: an interpolation."""
_SQUARES = ("nu", "nu_m_phi", "nu_m_z")
"""What opens as the root of the distance to a field: its square is smooth there."""


@dataclass(frozen=True, eq=False)
class ContinuumBranch(Tabled):
    """One branch of stationary states of the ball; between its fields it is interpolated."""

    kind: Kind
    B_T: Array
    """Fields at which it was solved or is known in closed form, (n,), ascending."""
    values: Mapping[str, Array]
    """(n,) by the names of `OBSERVABLES`, and of `SECTORS`, nan where they are not known."""
    errors: Mapping[str, Array]
    """(n,) of each of `OBSERVABLES`: the largest change with the degree, or what an interpolation beside it
    missed."""
    stable_T: tuple[float, float] | None
    """Fields between which it is a minimum; None if nowhere."""

    def at(self, name: str, B_T: ArrayLike) -> tuple[Array, Array]:
        """An observable and its error at any fields, in the shape of those; nan where the branch is not.

        Parameters
        ----------
        name : str
            Of `OBSERVABLES`.
        B_T : array_like
        """
        fields = np.asarray(B_T, dtype=float)
        inside = (fields >= self.B_T[0] - 1e-9) & (fields <= self.B_T[-1] + 1e-9)
        where = np.clip(fields, self.B_T[0], self.B_T[-1])
        value = interpolated(name, self.B_T, self.values, where)
        error = np.interp(where, self.B_T, self.errors[name])
        if name == "lambda_min_T":  # where modes of one symmetry cross, a spline swings beside the kink
            error += np.abs(value - interpolated(name, self.B_T, self.values, where, _monotone))
        return np.where(inside, value, np.nan), np.where(inside, error, np.nan)

    def stable(self, B_T: ArrayLike) -> NDArray[np.bool_]:
        """Whether it is a minimum at fields."""
        fields = np.asarray(B_T, dtype=float)
        low, high = self.stable_T or (math.inf, -math.inf)
        return np.asarray((fields >= low - 1e-9) & (fields <= high + 1e-9))

    def mirrored(self) -> ContinuumBranch:
        """The branch that inversion of time makes of it: B -> -B, m -> -m."""

        def turned(name: str, values: Array) -> Array:
            if name == "m":
                return -values[::-1]
            return 180.0 - values[::-1] if name == "core_angle_deg" else values[::-1]

        values = {name: turned(name, v) for name, v in self.values.items()}
        errors = {name: v[::-1] for name, v in self.errors.items()}
        stable = None if self.stable_T is None else (-self.stable_T[1], -self.stable_T[0])
        return branch_of(self.kind, -self.B_T[::-1], values, errors, stable)

    def to_dataframe(self) -> pd.DataFrame:
        """A row a field it is known at: values, errors where they are known, whether it is a minimum."""
        columns: dict[str, Array] = {}
        for name, values in self.values.items():
            columns |= {name: values}
            columns |= {f"{name}_error": self.errors[name]} if name in self.errors else {}
        return table({"B_T": self.B_T, "stable": self.stable(self.B_T), **columns})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw m along the field: solid where it is stable, dashed where it is a saddle; returns the axes."""
        ax = axes_for(ax)
        B = np.linspace(self.B_T[0], self.B_T[-1], 401)
        m, _ = self.at("m", B)
        for part, style in ((self.stable(B), "-"), (~self.stable(B), "--")):
            ax.plot(B, np.where(part, m, np.nan), style, color="0.1", linewidth=1.0)
        ax.set(xlabel="B (T)", ylabel="m along B", title=self.kind)
        return ax

    def is_of(self, kind: str, core_angle_deg: float, B_T: float) -> bool:
        """Whether it has states of this kind, with the core on this side of the field, at a field."""
        angle, _ = self.at("core_angle_deg", B_T)
        return self.kind == kind and bool(abs(float(angle) - core_angle_deg) < 90.0)


@dataclass(frozen=True)
class BranchEvent:
    """A change of branch on the way from saturation along the field to saturation against it."""

    kind: str
    """nucleation, tilt, upright, rotation, switching, reversal, annihilation or jump."""
    B_T: float
    error_T: float
    mode: str
    """The mode that goes soft there; empty where none does."""
    before: Kind
    after: Kind

    def __str__(self) -> str:
        return event_words(self.kind, self.B_T, self.error_T, self.mode)


@dataclass(frozen=True, eq=False)
class ContinuumBranches(Result):
    """The branches of one sphere in fields along one direction."""

    branches: tuple[ContinuumBranch, ...]
    """Each with its mirror image, stable parts and unstable ones."""
    links: tuple[tuple[int, int], ...]
    """Of each branch the one that comes below its stable fields, and the one above; or UNKNOWN."""
    events: tuple[BranchEvent, ...]
    radius_m: float
    material: Material
    direction: tuple[float, float, float]
    accuracy: float
    refused: str = ""
    """Why the path could not be followed to its end, in words; empty if it could."""

    def path(self, B_T: ArrayLike) -> NDArray[np.int64]:
        """Which branch the stable continuum is on at every row of a field path, (n,); UNKNOWN where none is.

        The path begins where it would be on the way from saturation on the side of its first field.
        """
        fields = column("B_T", B_T)
        found = np.full(len(fields), UNKNOWN)
        now = self._first(float(fields[0]))
        for row, field in enumerate(fields.tolist()):
            for _ in self.branches:
                if now == UNKNOWN or self.branches[now].stable(field):
                    break
                low, _ = self.branches[now].stable_T or (math.inf, math.inf)
                now = self.links[now][int(field > low)]
            else:
                now = UNKNOWN
            found[row] = now if now != UNKNOWN else (now := self._only(field))
        return found

    def like(self, kind: str, core_angle_deg: float, B_T: float) -> ContinuumBranch | None:
        """The branch of a kind whose core is nearest to an angle, and less than 90 degrees off; or None."""
        of_it = [branch for branch in self.branches if branch.is_of(kind, core_angle_deg, B_T)]

        def away(branch: ContinuumBranch) -> float:
            return abs(float(branch.at("core_angle_deg", B_T)[0]) - core_angle_deg)

        return min(of_it, key=away, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, from which `from_dict` makes the same again."""
        m = self.material
        return {
            "radius_nm": round(self.radius_m * 1e9, 9),
            "material": {
                "name": m.name,
                "Ms_A_per_m": m.Ms_A_per_m,
                "A_J_per_m": m.A_J_per_m,
                "Ku_J_per_m3": m.Ku_J_per_m3,
                "axis": list(m.axis),
            },
            "direction": list(self.direction),
            "accuracy": self.accuracy,
            "events": [vars(event) for event in self.events],
            "links": [list(pair) for pair in self.links],
            "refused": self.refused,
            "branches": [
                {
                    "kind": branch.kind,
                    "stable_T": None if branch.stable_T is None else list(branch.stable_T),
                    "B_T": branch.B_T.tolist(),
                    "values": {name: values.tolist() for name, values in branch.values.items()},
                    "errors": {name: values.tolist() for name, values in branch.errors.items()},
                }
                for branch in self.branches
            ],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ContinuumBranches:
        """What `to_dict` wrote."""
        given = values["material"]
        x, y, z = values["direction"]
        return cls(
            branches=tuple(
                branch_of(
                    one["kind"],
                    np.array(one["B_T"], dtype=float),
                    {name: np.array(v, dtype=float) for name, v in one["values"].items()},
                    {name: np.array(v, dtype=float) for name, v in one["errors"].items()},
                    None if one["stable_T"] is None else (one["stable_T"][0], one["stable_T"][1]),
                )
                for one in values["branches"]
            ),
            links=tuple((below, above) for below, above in values["links"]),
            events=tuple(BranchEvent(**event) for event in values["events"]),
            radius_m=values["radius_nm"] * 1e-9,
            material=Material(**{**given, "axis": tuple(given["axis"])}),
            direction=(x, y, z),
            accuracy=values["accuracy"],
            refused=values["refused"],
        )

    @property
    def title(self) -> str:
        """Material and radius in a few words."""
        return f"{self.material.name}, R = {self.radius_m * 1e9:g} nm, continuum"

    def columns(self, *more: str) -> dict[str, Any]:
        """A row a branch and field it is known at: values, errors."""
        rows = [(k, branch, B) for k, branch in enumerate(self.branches) for B in branch.B_T.tolist()]
        values = {name: np.concatenate([b.values[name] for b in self.branches]) for name in OBSERVABLES}
        errors = {f"{n}_error": np.concatenate([b.errors[n] for b in self.branches]) for n in OBSERVABLES}
        return {
            "branch": [k for k, _, _ in rows],
            "kind": [branch.kind for _, branch, _ in rows],
            "stable": [bool(branch.stable(B)) for _, branch, B in rows],
            "B_T": [B for _, _, B in rows],
            **{
                name: each
                for n in OBSERVABLES
                for name, each in ((n, values[n]), (f"{n}_error", errors[f"{n}_error"]))
            },
            **{name: getattr(self, name) for name in more},
        }

    def to_table(self) -> Table:
        """A row a branch: title, header, rows."""
        header = ("kind", "from (T)", "to (T)", "stable", "fields", "largest error of m")
        rows = []
        for b in self.branches:
            stable = "nowhere" if b.stable_T is None else f"{b.stable_T[0]:.4f} to {b.stable_T[1]:.4f} T"
            worst = f"{np.nanmax(b.errors['m']):.0e}"
            rows.append((b.kind, f"{b.B_T[0]:.4f}", f"{b.B_T[-1]:.4f}", stable, str(b.B_T.size), worst))
        return self.title, header, rows

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw m along the field: solid where a branch is stable, dashed where it is a saddle."""
        ax = axes_for(ax)
        for branch in self.branches:
            branch.plot(ax)
        ax.set_title(self.title)
        return ax

    def __repr__(self) -> str:
        return f"ContinuumBranches({self.title}, {len(self.branches)} branches, {len(self.events)} events)"

    def _first(self, B_T: float) -> int:
        """The branch on which the way from saturation on the side of a field is at that field."""
        against = int(B_T < 0.0)
        now = self._saturation(against)
        for _ in self.branches:
            stable = self.branches[now].stable_T
            if now == UNKNOWN or stable is None:
                return now
            low, high = stable
            if (high - B_T if against else B_T - low) >= 0.0:
                return now
            now = self.links[now][against]
        return UNKNOWN

    def _saturation(self, against: int) -> int:
        """The branch of saturation along the direction, or against it."""
        if not against:
            return 0
        reach_T = [branch.stable_T[0] if branch.stable_T else math.inf for branch in self.branches]
        return int(np.argmin(reach_T))

    def _only(self, B_T: float) -> int:
        """The branch of saturation at a field where nothing else is stable; UNKNOWN elsewhere."""
        stable = [k for k, branch in enumerate(self.branches) if branch.stable(B_T)]
        saturated = self.branches[0].stable_T or (math.inf, math.inf)
        return stable[0] if len(stable) == 1 and abs(B_T) >= saturated[0] else UNKNOWN


def branch_of(
    kind: Kind,
    B_T: Array,
    values: Mapping[str, Array],
    errors: Mapping[str, Array],
    stable_T: tuple[float, float] | None,
) -> ContinuumBranch:
    """A branch whose arrays cannot be changed."""
    for array in (B_T, *values.values(), *errors.values()):
        array.flags.writeable = False
    return ContinuumBranch(
        kind, B_T, MappingProxyType(dict(values)), MappingProxyType(dict(errors)), stable_T
    )


def _spline(B_T: Array, values: Array, where: Array) -> Array:
    if len(B_T) == 1:
        return np.full(where.shape, values[0])
    return np.asarray(make_interp_spline(B_T, values, k=min(3, len(B_T) - 1))(where))


def _monotone(B_T: Array, values: Array, where: Array) -> Array:
    """What is seen from the neighbouring fields alone: less smooth, and no kink swings it."""
    return _spline(B_T, values, where) if len(B_T) < 3 else np.asarray(pchip_interpolate(B_T, values, where))


def interpolated(
    name: str, B_T: Array, values: Mapping[str, Array], where: ArrayLike, curve: Curve = _spline
) -> Array:
    """An observable between the fields (n,), ascending, at which it is known."""
    at = np.asarray(where, dtype=float)
    if name in SECTORS:
        return _between_known(B_T, values[name], at, curve)
    if name == "lambda_min_T":
        least = np.full(at.shape, np.nan)
        for sector in SECTORS:
            if sector in values:
                least = np.fmin(least, interpolated(sector, B_T, values, at, curve))
        return np.where(np.isnan(least), curve(B_T, values[name], at), least)
    found = curve(B_T, _smooth(name, values[name]), at)
    if name in _SQUARES:
        return np.asarray(np.sqrt(np.maximum(found, 0.0)))
    return np.degrees(np.arccos(np.clip(found.round(13), -1.0, 1.0))) if name == "core_angle_deg" else found


def _between_known(B_T: Array, values: Array, where: Array, curve: Curve) -> Array:
    """What is known at some of the fields, between neighbouring ones; nan elsewhere."""
    known = ~np.isnan(values)
    if not known.any():
        return np.full(where.shape, np.nan)
    inside = np.interp(where, B_T, np.where(known, 0.0, np.inf)) == 0.0
    return np.where(inside, curve(B_T[known], values[known], where), np.nan)


def _smooth(name: str, values: Array) -> Array:
    """What of an observable has no root in the field where a branch begins."""
    if name in _SQUARES:
        return values**2
    return np.asarray(np.cos(np.radians(values))) if name == "core_angle_deg" else values
