"""Who is nearest to the continuum, window by window of the field path.

In: what each witness says at every row of a branch, what the stable continuum says, the errors of both.
Out: Windows: neighbouring rows with the same answer. A state on another branch is named, never scored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.analysis.loop import Branch
from harness.comparison.states import KINDS, UNKNOWN

Vector = NDArray[np.float64]
Reason = Literal["nearer", "alone", "undecided", "nobody"]

MOST_TIMES = 50.0
"""Factor beyond which its size says nothing more: it is one of rounding and error bars."""
ALIKE = 1.2
"""Factor below which two are told as about equally far, however small the errors."""
EQUAL = 1e-9
"""Share of their largest value by which H' and H'' may differ in one state: minima are found to 1e-11."""
ROUNDING = 1e-3
"""Share of the error below which a distance is told as none."""
UNTOLD = "unknown"
"""The kind of a state that the table does not tell."""
_NOBODY, _UNDECIDED = -1, -2


class Witness(StrEnum):
    """Who says what a sphere does: the cells, or one of the reduced models."""

    SIMULATION = "simulation"
    PRIME = "H'"
    DOUBLE_PRIME = "H''"


def from_to(first_T: float, last_T: float) -> str:
    """Fields from one to another in words, or the one.

    >>> from_to(0.3, 0.1), from_to(0.3, 0.3)
    ('0.3 to 0.1', '0.3')
    """
    return f"{first_T:g}" + (f" to {last_T:g}" if last_T != first_T else "")


@dataclass(frozen=True)
class Window:
    """Neighbouring rows of a branch with one answer to who is nearest to the continuum."""

    branch: str
    """"descending" or "ascending"; of several that run one way also which, as "2nd descending"."""
    first_T: float
    last_T: float
    """Fields of its first and last row, in path order."""
    n_rows: int
    nearest: Witness | None
    """Of those on the stable branch; None where that is undecided or nobody is on it."""
    factor: float
    """How many times nearer than the next, by rms distance; where its own is below the error, at least so
    many times. inf where it is alone, nan where there is no nearest."""
    rms: Mapping[Witness, float]
    """Rms distance from the stable continuum, of those on its branch."""
    error: float
    """By how much farther the nearest may be, or nearer the next, if every row's error (the continuum's, its
    interpolation's, the value's own) were against what the window says; inf: unknown, nan: nobody is near."""
    off_branch: Mapping[Witness, str]
    """Who is on another branch, and of what kind its state is; UNTOLD where the table does not tell."""
    reason: Reason
    equals: tuple[Witness, ...] = ()
    """H'' where it holds the very states of a nearest H', as it does wherever the core stands upright."""
    stable_kind: str = ""
    """What the stable continuum holds, "" where unknown."""
    unit: str = ""
    """Of rms and error."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def to_row(self) -> dict[str, Any]:
        """In one line of cells: rms and branch of each witness beside one another."""
        values = self.to_dict()
        rms, off, equals = (values.pop(name) for name in ("rms", "off_branch", "equals"))
        values |= {f"rms {who}": value for who, value in rms.items()}
        return values | {
            "equals": " ".join(equals),
            "off_branch": "; ".join(f"{w}: {k}" for w, k in off.items()),
        }

    def __str__(self) -> str:
        """The window in a line."""
        span = f"{from_to(self.first_T, self.last_T)} T"
        rms = dict(self.rms)
        for twin in self.equals:
            del rms[twin]
        nearest_first = sorted(rms.items(), key=lambda pair: pair[1])
        scale = 0.0 if self.unit else 1.0  # of the order of which is what has no unit
        nothing = max(EQUAL * max((scale, *rms.values())), ROUNDING * self.error)
        unit = f" {self.unit}".rstrip()
        scored = "; ".join(
            f"{who} {value if value > nothing else 0.0:.2g}{unit}" for who, value in nearest_first
        )
        error = f"error {self.error:.1g}{unit}"
        names = " and ".join((*filter(None, (self.nearest,)), *self.equals))
        times = times_as_far([value for _, value in nearest_first], self.error)
        said = {
            "nearer": f"{names} nearer by {times} x" if times else f"{names} nearest, the next about as far",
            "alone": f"{names} alone on the continuum's branch",
            "undecided": "undecided",
            "nobody": "nobody on the continuum's branch",
        }[self.reason]
        said += f", rms {scored}, {error}" if scored else ""
        other = {who: kind for who, kind in self.off_branch.items() if kind != UNTOLD}
        off = ", ".join(f"{who} ({kind})" for who, kind in other.items())
        untold = ", ".join(who for who in self.off_branch if who not in other)
        said += f"; on another branch: {off}" if off else ""
        return f"{span} {self.branch}: {said}{f'; not told: {untold}' if untold else ''}"


def times_as_far(distances: Sequence[float], error: float) -> str:
    """How many times as far as the nearest the next is, in two digits, rounded down; "" where about as far.

    >>> times_as_far((0.01, 0.0325), 0.001), times_as_far((0.01, 0.0325), 0.02), times_as_far((0, 0.3), 1e-4)
    ('3.2', 'at least 1.6', 'over 50')
    >>> times_as_far((0.01, 0.0119), 1e-3), times_as_far((0.01,), 1e-3), times_as_far((0.01, 0.03), math.inf)
    ('', '', '')
    """
    if len(distances) < 2 or distances[1] <= ALIKE * distances[0]:
        return ""
    own = max(distances[0], error)
    factor = distances[1] / own if own else math.inf
    if factor <= 1.0:  # nothing is sure, and nobody the nearest
        return ""
    if factor > MOST_TIMES:
        return f"over {MOST_TIMES:g}"
    least = "at least " if distances[0] <= error else ""
    digit = 10.0 ** (math.floor(math.log10(factor)) - 1)
    return f"{least}{digit * math.floor(factor / digit * (1 + 1e-9)):.12g}"


@dataclass(frozen=True, eq=False)
class Spoken:
    """One observable as one witness has it at n rows."""

    witness: Witness
    value: Vector
    """nan where there is none."""
    error: Vector
    kind: NDArray[np.int_]
    """Places in `states.KINDS`."""
    on_branch: NDArray[np.bool_]
    """Whether its state is on the branch of the stable continuum."""


def windows(
    B_T: Vector,
    branches: Sequence[Branch],
    sound: NDArray[np.bool_],
    stable: tuple[Vector, Vector],
    stable_kind: NDArray[np.int_],
    spoken: Sequence[Spoken],
) -> Iterator[Window]:
    """The windows of a path, branch by branch; rows at fault and another kind of stable state end them.

    The nearest is undecided where its distance and that of another differ by less than the errors of both
    distances, each the continuum's and the value's own: within them, the other may be the nearest. A witness
    of which no one knows the state may be the nearest too.

    Parameters
    ----------
    B_T : (n,) array
    branches : sequence of Branch
    sound : (n,) bool
    stable : two (n,) arrays
        The stable continuum and its error.
    stable_kind : (n,) ints
    spoken : sequence of Spoken
        In the order of Witness.
    """
    if not spoken:
        return
    value, own_error = (np.stack([getattr(s, name) for s in spoken]) for name in ("value", "error"))
    known = np.isfinite(value) & np.isfinite(stable[0])
    on = np.stack([s.on_branch for s in spoken]) & known
    untold = np.stack([s.kind == UNKNOWN for s in spoken]) & known & ~on
    away = np.where(known, np.abs(value - stable[0]), np.inf)
    distance = np.where(on, away, np.inf)
    error = np.where(on | untold, np.nan_to_num(stable[1], nan=np.inf) + own_error, 0.0)
    twins = _twins(spoken, value, on)
    least = np.where(on | untold, away, np.inf) - error
    folded = _folded(spoken, twins)
    nearest, alone = _nearest(np.where(folded, np.inf, distance), np.where(folded, np.inf, least), error)
    off = np.stack([_off(s, stable_kind) for s in spoken])
    prime = next((k for k, s in enumerate(spoken) if s.witness is Witness.PRIME), _NOBODY)
    key = np.vstack(
        (nearest, alone, twins & (nearest == prime) & (prime >= 0), np.cumsum(~sound), off, stable_kind)
    )
    shown = sound & np.isfinite(stable[0]) & np.isfinite(value).any(axis=0)
    seen = 0
    for branch in branches:
        rows = np.arange(max(branch.rows.start, seen), branch.rows.stop)
        seen, rows = branch.rows.stop, rows[shown[rows]]  # a turning row counts once
        ends = np.flatnonzero((np.diff(key[:, rows], axis=1) != 0).any(axis=0)) + 1
        for part in np.split(rows, ends) if rows.size else ():
            first = part[0]
            yield _window(
                *(branch.label, B_T[part], spoken, distance[:, part], error[:, part]),
                *(int(nearest[first]), bool(alone[first]), bool(key[2, first]), off[:, first]),
                stable_kind="" if stable_kind[first] == UNKNOWN else KINDS[stable_kind[first]],
            )


def _rms(values: Vector) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _twins(spoken: Sequence[Spoken], value: Vector, on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows at which H' and H'' hold the same state, (n,)."""
    models = [k for k, s in enumerate(spoken) if s.witness is not Witness.SIMULATION]
    if len(models) < 2:
        return np.zeros(value.shape[1], dtype=bool)
    both, scale = on[models].all(axis=0), np.nanmax(np.abs(value[models]), initial=0.0)
    return np.asarray(both & (np.abs(value[models[0]] - value[models[1]]) <= EQUAL * scale))


def _folded(spoken: Sequence[Spoken], twins: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where H'' is no second opinion, (witnesses, n)."""
    return np.stack([twins & (s.witness is Witness.DOUBLE_PRIME) for s in spoken])


def _nearest(distance: Vector, least: Vector, error: Vector) -> tuple[NDArray[np.int_], NDArray[np.bool_]]:
    """Place of the nearest, _NOBODY or _UNDECIDED, and whether it has no rival, (n,) each.

    By the distances of those on the branch, the least that each may be, of rivals too of which nobody knows
    whether they are on it, and the errors.
    """
    rows = np.arange(distance.shape[1])
    best = distance.argmin(axis=0)
    on_branch = np.isfinite(distance[best, rows])
    rivals = np.where(on_branch & (np.arange(len(least))[:, None] == best), np.inf, least)
    alone = on_branch & np.isinf(rivals).all(axis=0)
    close = rivals.min(axis=0) <= distance[best, rows] + error[best, rows]
    close &= on_branch | np.isfinite(rivals).any(axis=0)
    return np.where(close, _UNDECIDED, np.where(on_branch, best, _NOBODY)), alone


def _off(spoken: Spoken, stable_kind: NDArray[np.int_]) -> NDArray[np.int_]:
    """0 on the stable branch; else a number of its kind, odd where the stable state is of that kind too."""
    kind = spoken.kind
    of_kind = 2 * (kind - UNKNOWN + 1) + (kind == stable_kind)
    return np.where(spoken.on_branch, 0, of_kind)


def _off_words(code: int) -> str:
    kind, same = divmod(code, 2)
    kind += UNKNOWN - 1
    if kind == UNKNOWN:
        return UNTOLD
    return f"another {KINDS[kind]}" if same else KINDS[kind]


def _error_of(
    rms: Mapping[Witness, float],
    place: Mapping[Witness, int],
    distance: Vector,
    errors: Vector,
    who: Witness | None,
    equals: Sequence[Witness],
) -> float:
    """Error of a window's distances, as `Window.error` has it: what is decided is so by more than that."""
    near = [w for w in rms if who is None or w in (who, *equals)]
    far = [w for w in rms if w not in near]
    error = max((_rms(distance[place[w]] + errors[place[w]]) - rms[w] for w in near), default=math.nan)
    if far:
        least = min(_rms(np.maximum(distance[place[w]] - errors[place[w]], 0.0)) for w in far)
        error = max(error, min(rms[w] for w in far) - least)
    return error


def _window(
    branch: str,
    B_T: Vector,
    spoken: Sequence[Spoken],
    distance: Vector,
    errors: Vector,
    nearest: int,
    alone: bool,
    twins: bool,
    off: NDArray[np.int_],
    stable_kind: str,
) -> Window:
    """One window, from the distances of its rows and their errors, (witnesses, rows)."""
    rms = {
        s.witness: _rms(of_one)
        for s, of_one in zip(spoken, distance, strict=True)
        if np.isfinite(of_one).all()
    }
    who = spoken[nearest].witness if nearest >= 0 else None
    equals = (Witness.DOUBLE_PRIME,) if twins else ()
    error = _error_of(rms, {s.witness: k for k, s in enumerate(spoken)}, distance, errors, who, equals)
    factor = np.nan
    if who is not None:
        others = [value for other, value in rms.items() if other not in (who, *equals)]
        own = max(rms[who], error)
        factor = np.inf if alone or not others or own == 0.0 else min(others) / own
    reason: Reason = "nobody" if nearest == _NOBODY else "undecided" if who is None else "nearer"
    return Window(
        branch=branch,
        first_T=float(B_T[0]),
        last_T=float(B_T[-1]),
        n_rows=len(B_T),
        nearest=who,
        factor=float(factor),
        rms=rms,
        error=error,
        off_branch={s.witness: _off_words(int(code)) for s, code in zip(spoken, off, strict=True) if code},
        reason="alone" if who is not None and alone else reason,
        equals=equals,
        stable_kind=stable_kind,
    )
