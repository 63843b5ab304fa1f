"""Which branch of the continuum a loop sits on, stretch by stretch, and whether it is a minimum there.

In: the ErrorBudget of a case. Out: Stretches: neighbouring rows on one branch, with how that is known: by
circulation or saved states, or by the mean moment alone; and what certificates and torques say of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.certificate import PLURAL
from harness.analysis.loop import falls
from harness.analysis.torque_growth import Growth, torque_growths
from harness.comparison.error_budget import ErrorBudget
from harness.comparison.placed import ON_NONE, UNDECIDED
from harness.comparison.states import (
    KINDS,
    UNIFORM,
    UNKNOWN,
    UPRIGHT,
    every_direction_alike,
    simulated_states,
)
from harness.comparison.testimony import any_way, on_branches, placed, stable_at
from harness.comparison.windows import from_to
from harness.study.protocols import Bare, Imported, Tilt

Vector = NDArray[np.float64]
UP_DEG = 90.0
ANY_WAY = "any direction"
MOST_SPANS = 4


@dataclass(frozen=True)
class Stretch:
    """Neighbouring rows of a loop on one branch."""

    branch: str
    """Of the loop: "descending" or "ascending"; of several that run one way also which."""
    first_T: float
    last_T: float
    first_row: int
    last_row: int
    kind: str
    """Of the continuum's branch; "" where none is near, or which one is undecided; "vortex" any way."""
    core: str
    """"up" along the field's direction, "down", "any direction" where all are alike, or "" for neither."""
    stability: str
    """Of that branch at these fields: "minimum" or "saddle"; "" where there is none."""
    told_by: str
    """"circulation", "saved states" or "mean moment"; the last of some rows with one of the others."""
    distance: float
    """rms distance of the moment from that branch; nan without one."""
    undecided: bool
    """Whether several branches are near, rather than none."""
    certified: tuple[tuple[str, int], ...] = ()
    """How many of its saved states are certified minima, saddles, undecided."""
    growth: str = ""
    """What the residual torque does, where it grows as on a saddle."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.last_row - self.first_row + 1

    @property
    def fields(self) -> str:
        """From its first to its last field, T."""
        return from_to(self.first_T, self.last_T)

    @property
    def state(self) -> str:
        """What its rows hold, in words."""
        if not self.kind:
            return "undecided" if self.undecided else "on no branch"
        return f"{self.kind}{f', {self.core}' if self.core else ''}"

    @property
    def verdict(self) -> str:
        """Whether the rows are minima, the surest first: certificates, then the branch."""
        told = ", ".join(
            f"{n} certified {PLURAL[verdict] if n > 1 else verdict}" for verdict, n in self.certified
        )
        branch = self.stability or ("none of this kind" if self.kind else "")
        return "; ".join(filter(None, (branch, told, "torque grows" if self.growth else "")))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and CSV."""
        certified = {f"certified_{verdict}": n for verdict, n in self.certified}
        return {**asdict(self), "state": self.state, "n_rows": self.n_rows, "certified": certified}

    def __str__(self) -> str:
        near = f", {self.distance:.2g} from it in m (rms)" if np.isfinite(self.distance) else ""
        told = f" (by {self.told_by})" if self.kind else ""
        verdict = f": {self.verdict}" if self.verdict else ""
        return f"{self.fields} T {self.branch}: {self.state}{verdict}{near}{told}"


def stretches(budget: ErrorBudget) -> tuple[Stretch, ...]:
    """The stretches of a loop in path order; rows at fault are in none."""
    return tuple(_Stretches(budget).found())


def growths_of(budget: ErrorBudget) -> tuple[Growth, ...]:
    """Where the torque grows as on a saddle; none of a run that pushes its state at every row."""
    result = budget.result
    if not isinstance(result.case.protocol, Bare | Tilt | Imported):
        return ()
    return torque_growths(np.asarray(result.loop.B_T), result.loop.residual_T)


def spans(found: Sequence[Stretch]) -> str:
    """The fields of stretches, in words; of many the graver, then those of the most rows.

    Graver is what is on no branch than what is undecided, and a saddle that a certificate or torque tells.
    """

    def after(s: Stretch) -> tuple[object, ...]:
        told = s.growth or {verdict for verdict, _ in s.certified} - {"minimum", "undecided"}
        return s.undecided, not told, -s.n_rows

    most = sorted(found, key=after)[:MOST_SPANS]
    often = Counter(s.fields for s in found)
    told = [
        f"{s.fields} T{_way(s.branch) if s.n_rows > 1 or often[s.fields] > 1 else ''}"
        for s in found
        if s in most
    ]
    more = f" and {len(found) - len(told)} more" if len(found) > len(told) else ""
    return ", ".join(told).replace("-", "−") + more


def _way(branch: str) -> str:
    """Which way its field runs, and of several that run so which.

    >>> _way("descending"), _way("2nd ascending")
    (' down', ' up (2nd)')
    """
    nth = branch.rpartition(" ")[0]
    return (" down" if falls(branch) else " up") + f" ({nth})" * bool(nth)


class _Stretches:
    """The rows of a budget, by what they hold."""

    def __init__(self, budget: ErrorBudget) -> None:
        self.budget, self.result = budget, budget.result
        self.continuum, self.B_T = budget.theory.continuum, np.asarray(budget.result.loop.B_T, dtype=float)
        n = len(self.B_T)
        self.place = budget.simulated.like[:n].copy()
        own = simulated_states(self.result, budget.theory.axis_angle_rad).kind
        self.by_moment = own == UNKNOWN
        if self.by_moment.any():
            at = placed(self.result, self.continuum, budget.theory.axis_angle_rad)
            self.place[self.by_moment] = at[self.by_moment]
        self.moment = any_way(self.result)
        self.free = every_direction_alike(self.result.case.material.Ku_J_per_m3, self.B_T)
        self._place_any_way()
        self.place[~self.by_moment & (self.place < 0)] = ON_NONE
        self.stable = stable_at(self.continuum, self.place, self.B_T)
        angle, _ = on_branches(self.continuum, self.place, "core_angle_deg", self.B_T)
        one_way = np.isin(self.budget.simulated.states.kind[:n], (UNIFORM, UPRIGHT)) & np.isfinite(angle)
        self.up = np.where(one_way, np.sign(np.round(UP_DEG - angle, 3)), 0.0)
        self.growths = growths_of(budget)

    def _place_any_way(self) -> None:
        """Put rows at which every direction is alike on the branch of their kind, a stable one first."""
        kind = self.budget.simulated.states.kind
        for row in np.flatnonzero(self.free & ~self.by_moment & (self.place < 0)):
            B = self.B_T[row : row + 1]
            off = {
                j: (not of.stable(B)[0], abs(float(of.at("m", B)[0][0]) - self.moment[row]))
                for j, of in enumerate(self.continuum.branches)
                if KINDS.index(of.kind) == kind[row] and np.isfinite(of.at("m", B)[0][0])
            }
            self.place[row] = min(off, key=off.__getitem__, default=ON_NONE)

    def found(self) -> Iterator[Stretch]:
        """The stretches, branch by branch; a turning row counts once."""
        seen = 0
        kind = self.budget.simulated.states.kind[: len(self.B_T)]
        key = np.stack([self.place, kind, self.stable, self.up, self.free, np.cumsum(~self.result.sound)])
        for branch in self.result.branches:
            rows = np.arange(max(branch.rows.start, seen), branch.rows.stop)
            seen, rows = branch.rows.stop, rows[self.result.sound[rows]]
            ends = np.flatnonzero((np.diff(key[:, rows], axis=1) != 0).any(axis=0)) + 1
            for part in np.split(rows, ends) if rows.size else ():
                yield self._stretch(branch.label, part)

    def _stretch(self, branch: str, rows: NDArray[np.int_]) -> Stretch:
        place = int(self.place[rows[0]])
        kind, core, distance = self._kind(rows[0]), "", float("nan")
        if place >= 0:
            of = self.continuum.branches[place]
            m, _ = of.at("m", self.B_T[rows])
            distance = float(np.sqrt(np.nanmean((self.moment[rows] - m) ** 2)))
            core = {1.0: "up", -1.0: "down"}.get(float(self.up[rows[0]]), "")
        if kind and self.free[rows[0]]:
            kind, core = kind.removeprefix("upright "), ANY_WAY
        return Stretch(
            branch=branch,
            first_T=float(self.B_T[rows[0]]),
            last_T=float(self.B_T[rows[-1]]),
            first_row=int(rows[0]),
            last_row=int(rows[-1]),
            kind=kind,
            core=core,
            stability="" if place < 0 else "minimum" if self.stable[rows[0]] else "saddle",
            told_by=self._told_by(rows),
            distance=distance,
            undecided=place == UNDECIDED,
            certified=self._certified(rows),
            growth="; ".join(str(g) for g in self.growths if g.first <= rows[-1] and g.last >= rows[0]),
        )

    def _kind(self, row: int) -> str:
        known = int(self.budget.simulated.states.kind[row])
        return "" if known == UNKNOWN else KINDS[known]

    def _told_by(self, rows: NDArray[np.int_]) -> str:
        other = "circulation" if self.result.order is not None else "saved states"
        by_moment = self.by_moment[rows]
        if by_moment.all():
            return "mean moment"
        return f"mean moment, {other}" if by_moment.any() else other

    def _certified(self, rows: NDArray[np.int_]) -> tuple[tuple[str, int], ...]:
        found = self.result.certified.found if self.result.certified else {}
        steps = np.asarray(self.result.loop.step)[rows].tolist()
        return tuple(sorted(Counter(found[step].verdict for step in steps if step in found).items()))
