"""Whether a state of a magnet is a minimum of its energy or a saddle, with the modes that say so.

In: a `Magnet` near rest, in double precision. Out: the magnet at its stationary point, and a `Stability`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from harness.mx3.magnet.curvature import DENSE_UP_TO, SEEDS, Array, Curvature, Spectrum, spectrum
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.modes import Motions
from harness.mx3.magnet.solvers.newton import Modes, Polished, polish

Verdict = Literal["minimum", "saddle", "maximum", "undecided"]

AT_REST_T = 1e-6
"""Largest torque of a stationary state, a hundred times what the polish goes for; eigenvalues below the
torque left are undecided."""
LARGEST_MOVE_RAD = 0.05
"""rms angle beyond which a state was not near the stationary point that Newton's steps lead to: one of MuMax3
moves by up to 5e-4, one in a field that is 20 mT off by 0.04 (iron, 40 nm)."""
MODES = 4
_PARTS = ("spectrum", "polished")
SAME_BRANCH_RAD = 0.3
"""rms angle up to which the modes of the state before are a start for those of the next."""


class NotStationary(ValueError):
    """A state is not near a stationary point; the message says how far off.

    Parameters
    ----------
    message : str
    products : int
        Products and fields that it took to find out.
    """

    def __init__(self, message: str, products: int = 0) -> None:
        super().__init__(message)
        self.products = products


@dataclass(frozen=True, eq=False)
class Stability:
    """The smallest curvatures of the energy at a stationary state."""

    spectrum: Spectrum
    names: tuple[str, ...]
    """What each mode does."""
    soft: tuple[bool, ...]
    """Which modes are turns that only the cells resist; the verdict leaves them out. A turn that lowers the
    energy is no soft mode: on these cells the state is no minimum."""
    changes: Array
    """The modes as changes of m, (k, 3, nz, ny, nx), mean square 1 over the moments."""
    core: Array
    """Direction of the core, or of the mean moment, (3,)."""
    circulates: bool
    """Whether the state has a vortex."""
    polished: Polished
    products: int
    """With the second variation, and the fields of the polish."""
    largest_T: float = float("inf")
    """Largest eigenvalue where all that were looked at are negative; else only known to be above zero."""

    @property
    def decisive(self) -> int | None:
        """The mode of the smallest eigenvalue that is not soft; None where all found are."""
        return next((i for i, soft in enumerate(self.soft) if not soft), None)

    @property
    def lambda_min_T(self) -> float:
        """The smallest eigenvalue, soft modes left out, in T."""
        return float("nan") if (i := self.decisive) is None else float(self.spectrum.eigenvalues_T[i])

    @property
    def soft_T(self) -> tuple[float, ...]:
        """The eigenvalues that are left out, in T: of turns that only the cells resist."""
        pairs = zip(self.spectrum.eigenvalues_T, self.soft, strict=True)
        return tuple(float(value) for value, soft in pairs if soft)

    @property
    def residual_T(self) -> float:
        """Length of what its equation leaves, in T: within it of lambda_min_T lies an exact eigenvalue."""
        return float("nan") if (i := self.decisive) is None else float(self.spectrum.residuals_T[i])

    def verdict(self, band_T: float = 0.0) -> Verdict:
        """What the state is, if eigenvalues within `band_T` of zero count as undecided.

        A negative quotient proves a saddle, converged or not, and a maximum where the largest eigenvalue is
        negative too; a minimum is claimed where the search has converged and its residual cannot reach zero.
        """
        if self.lambda_min_T < -max(band_T, self._rounding_T):
            return "maximum" if self.largest_T < -max(band_T, self._rounding_T) else "saddle"
        if self.spectrum.converged and self.lambda_min_T - self.residual_T > max(band_T, self._rounding_T):
            return "minimum"
        return "undecided"

    def basis(self, band_T: float = 0.0) -> str:
        """What the verdict rests on."""
        verdict = self.verdict(band_T)
        if verdict == "undecided":
            return f"{self._doubt(band_T)}; {self.spectrum.basis}"
        if verdict not in ("saddle", "maximum"):
            return self.spectrum.basis
        proof = "negative Rayleigh quotient of the mode"
        if verdict == "maximum":
            proof = f"largest eigenvalue {self.largest_T:.4g} T"
        return proof if self.spectrum.negative is None else f"{proof}; {self.spectrum.basis}"

    def falls(self, band_T: float = 0.0) -> bool:
        """Whether a direction is known in which the energy falls."""
        return self.verdict(band_T) in ("saddle", "maximum")

    def packed(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """All of it as arrays, and as numbers that JSON can hold."""
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _PARTS}
        parts |= vars(self.spectrum) | {"polished": vars(self.polished)}
        arrays = {name: value for name, value in parts.items() if isinstance(value, np.ndarray)}
        return arrays, {name: value for name, value in parts.items() if name not in arrays}

    @classmethod
    def unpacked(cls, arrays: Mapping[str, Array], numbers: Mapping[str, Any]) -> Stability:
        """The stability that was packed."""
        parts = {**arrays, **numbers}
        spectrum = Spectrum(**{f.name: parts[f.name] for f in fields(Spectrum)})
        own = {f.name: parts[f.name] for f in fields(cls) if f.name not in _PARTS}
        own |= {name: tuple(own[name]) for name in ("names", "soft")}
        return cls(spectrum=spectrum, polished=Polished(**parts["polished"]), **own)

    def _doubt(self, band_T: float) -> str:
        """What leaves the state undecided."""
        if self.decisive is None:
            return "every mode that was found is a turn that only the cells resist"
        if abs(self.lambda_min_T) <= band_T:
            return f"lambda_min lies within the band of {1e3 * band_T:g} mT"
        if abs(self.lambda_min_T) <= self._rounding_T:
            return f"lambda_min lies within what torque and rounding leave, {self._rounding_T:.1g} T"
        if not self.spectrum.converged:
            return "the search for the smallest eigenvalue did not converge"
        return f"the residual of lambda_min, {self.residual_T:.1g} T, reaches the band about zero"

    @property
    def _rounding_T(self) -> float:
        return _rounding_T(self.polished)


def stability(
    magnet: Magnet,
    near: Stability | None = None,
    *,
    foretold: Array | None = None,
    dense: bool | None = None,
    modes: int = MODES,
    seeds: tuple[int, int] = SEEDS,
) -> Stability:
    """Polish a state onto its stationary point and find the smallest curvatures there.

    Parameters
    ----------
    magnet : Magnet
        In double precision; it is moved onto the stationary point.
    near : Stability, optional
        Of a neighbouring state, whose modes the search begins from.
    foretold : array, shape (k, 3, nz, ny, nx), optional
        What the modes are expected to be, if better is known than those of `near`.
    dense, modes, seeds
        As `spectrum` takes them.

    Raises
    ------
    NotStationary
        If the state is not near a stationary point.
    ValueError
        If cells are partly filled: the field is then not the gradient of an energy.
    """
    start = None if near is None else modes_of(near, magnet, foretold)
    curvature, polished = at_rest(magnet, start)
    begin = None if start is None else np.stack([curvature.coordinates(change) for change in start.changes])
    found = spectrum(curvature, modes, start=begin, dense=dense, seeds=seeds)
    motions = Motions(magnet, curvature)
    turns = tuple(motions.is_turn(mode) for mode in found.modes)
    names = tuple(motions.name(mode, turn=turn) for mode, turn in zip(found.modes, turns, strict=True))
    floor_T = -_rounding_T(polished)
    soft = tuple(
        turn and bool(value >= floor_T) for turn, value in zip(turns, found.eigenvalues_T, strict=True)
    )
    changes = np.zeros((len(soft), 3, *magnet.mesh.shape))
    changes[:, :, magnet.fill > 0] = [curvature.change(mode) for mode in found.modes]
    products = polished.products + curvature.products
    largest_T = curvature.largest_T() if (found.eigenvalues_T < 0).all() else float("inf")
    return Stability(
        found, names, soft, changes, motions.core, motions.circulates, polished, products, largest_T
    )


def at_rest(magnet: Magnet, near: Modes | None = None) -> tuple[Curvature, Polished]:
    """Move a magnet onto the stationary point that it is near.

    Raises
    ------
    NotStationary, ValueError
        As `stability` has them.
    """
    if (partly := int(np.count_nonzero((magnet.fill > 0) & (magnet.fill < 1)))) > 0:
        raise ValueError(
            f"{partly} cells are partly filled (EdgeSmooth): their fill weighs the demagnetising field but "
            "not the exchange, so the field is the gradient of no energy, and there is no curvature to look "
            "at; take EdgeSmooth = 0"
        )
    curvature, polished = polish(magnet, near=near, farthest_rad=LARGEST_MOVE_RAD)
    if polished.torque_T > AT_REST_T or polished.moved_rad > LARGEST_MOVE_RAD:
        raise NotStationary(
            f"far from stationary: torque {polished.torque_before_T:.2g} T; Newton's steps turned the "
            f"moments by {polished.moved_rad:.2g} rad rms to a torque of {polished.torque_T:.2g} T "
            f"(allowed: {LARGEST_MOVE_RAD:g} rad, {AT_REST_T:g} T)",
            polished.products,
        )
    return curvature, polished


def modes_of(near: Stability, magnet: Magnet, foretold: Array | None = None) -> Modes:
    """The modes of a neighbouring state, or what they are foretold to be, on a magnet's columns."""
    changes = near.changes if foretold is None else foretold
    return Modes(changes[:, :, magnet.fill > 0], near.spectrum.eigenvalues_T)


def _rounding_T(polished: Polished) -> float:
    """What rounding and the torque left can make of a zero eigenvalue."""
    return max(1e-9, polished.torque_T)


class Series:
    """Stabilities of one state after another, each begun from the modes of the one before where that is near.

    Parameters
    ----------
    count_up_to : int
        Unknowns, two a cell, up to which all eigenvalues are computed where no modes are at hand.
    """

    def __init__(self, count_up_to: int = DENSE_UP_TO) -> None:
        self._count_up_to = count_up_to
        self._before: tuple[Stability, Array] | None = None

    def of(self, magnet: Magnet) -> Stability:
        """The next state's, as `stability` finds it; the magnet is moved onto its stationary point."""
        near = self._near(magnet)
        dense = near is None and 2 * magnet.n_cells <= self._count_up_to
        found = stability(magnet, near, dense=dense)
        self._before = found, magnet.m
        return found

    def _near(self, magnet: Magnet) -> Stability | None:
        if self._before is None or self._before[1].shape != (m := magnet.m).shape:
            return None
        chord = np.sum((m - self._before[1]) ** 2, axis=0)[magnet.fill > 0]
        return self._before[0] if np.sqrt(chord.mean()) < SAME_BRANCH_RAD else None
