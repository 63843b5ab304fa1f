"""The branches of stationary states of one sphere's continuum, solved at a few fields each and interpolated.

In: fields, observables and their errors on every branch. Out: values with errors at any field, the stable
branch along a path, the branch that a state of some kind and polarity belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.continuum.branch import Kind
from reduced_model.errors import Array
from reduced_model.materials import Material
from reduced_model.results import Result


@dataclass(frozen=True)
class BranchEvent:
    """A change of branch on the way from the uniform state along the field to that against it."""

    kind: str
    B_T: float
    error_T: float
    mode: str
    before: Kind
    after: Kind


@dataclass(frozen=True, eq=False)
class ContinuumBranch:
    """One branch of stationary states, solved at ascending fields and interpolated between them."""

    kind: Kind
    B_T: Array
    values: Mapping[str, Array]
    errors: Mapping[str, Array]
    stable_T: tuple[float, float] | None

    def at(self, name: str, B_T: ArrayLike) -> tuple[Array, Array]:
        """An observable and its error at any fields; nan beyond the branch."""
        fields = np.asarray(B_T, dtype=float)
        value, error = (
            np.interp(fields, self.B_T, of[name], left=np.nan, right=np.nan)
            for of in (self.values, self.errors)
        )
        return value, error


@dataclass(frozen=True, eq=False, repr=False)
class ContinuumBranches(Result):
    """All branches of one sphere in fields along one direction."""

    radius_m: float
    material: Material
    direction: tuple[float, float, float]
    accuracy: float
    branches: tuple[ContinuumBranch, ...]
    events: tuple[BranchEvent, ...]

    def path(self, B_T: ArrayLike) -> NDArray[np.int_]:
        """Branch on which the stable continuum is at every field of a path from the uniform state on."""
        fields = np.asarray(B_T, dtype=float)
        index = np.full(fields.size, -1)
        along = -1.0 if fields[0] < 0.0 else 1.0
        angle = 0.0 if along > 0 else 180.0
        for row, field in enumerate(fields):
            now = index[row - 1]
            if row and self._is_stable(now, field):
                index[row] = now
                continue
            if row:
                angle = float(self.branches[now].at("core_angle_deg", fields[row - 1])[0])
            index[row] = min(
                (j for j in range(len(self.branches)) if self._is_stable(j, field)),
                key=lambda j: abs(float(self.branches[j].at("core_angle_deg", field)[0]) - angle),
                default=-1,
            )
        return index

    def _is_stable(self, j: int, B_T: float) -> bool:
        stable = self.branches[j].stable_T if j >= 0 else None
        return stable is not None and stable[0] <= B_T <= stable[1]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "radius_m": self.radius_m,
            "material": {
                "name": self.material.name,
                "Ms_A_per_m": self.material.Ms_A_per_m,
                "A_J_per_m": self.material.A_J_per_m,
                "Ku_J_per_m3": self.material.Ku_J_per_m3,
                "axis": list(self.material.axis),
            },
            "direction": list(self.direction),
            "accuracy": self.accuracy,
            "branches": [
                {
                    "kind": b.kind,
                    "B_T": b.B_T.tolist(),
                    "values": {name: values.tolist() for name, values in b.values.items()},
                    "errors": {name: errors.tolist() for name, errors in b.errors.items()},
                    "stable_T": list(b.stable_T) if b.stable_T else None,
                }
                for b in self.branches
            ],
            "events": [vars(event) for event in self.events],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ContinuumBranches:
        """The same again from plain values."""
        magnet = dict(values["material"])
        return cls(
            radius_m=values["radius_m"],
            material=Material(**magnet | {"axis": tuple(magnet["axis"])}),
            direction=tuple(values["direction"]),
            accuracy=values["accuracy"],
            branches=tuple(
                ContinuumBranch(
                    b["kind"],
                    np.array(b["B_T"]),
                    {name: np.array(v) for name, v in b["values"].items()},
                    {name: np.array(v) for name, v in b["errors"].items()},
                    tuple(b["stable_T"]) if b["stable_T"] else None,
                )
                for b in values["branches"]
            ),
            events=tuple(BranchEvent(**event) for event in values["events"]),
        )
