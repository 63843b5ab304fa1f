"""What a symmetry-breaking protocol is.

In: its parameters and the particle's lattice. Out: the field's direction, mask arrays, script lines.
A protocol knows nothing of engines: its lines are plain MuMax3 script, so every engine runs the same thing;
what no script can say is an option, which an engine may refuse.
"""

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from harness.inputs import StrictModel
from harness.study.lattice import Lattice, Triple


class Protocol(StrictModel, ABC):
    """Base of the protocols: the particle in a field along z, left as it is."""

    kind: str
    """its name in a study"""
    summary: ClassVar[str] = ""
    """one line for people choosing a protocol"""

    @property
    @abstractmethod
    def slug(self) -> str:
        """Short name for folders: the kind with its parameters."""

    @property
    def direction(self) -> Triple:
        """Unit vector of the applied field; the measured component of m is the one along it."""
        return (0.0, 0.0, 1.0)

    @property
    def engine_options(self) -> dict[str, Any]:
        """What is asked of the engine and not written into the script."""
        return {}

    def require(self, case: Any) -> None:
        """ValueError where this protocol cannot go with another value of a case."""

    def members(self) -> tuple[Self, ...]:
        """The protocols this table stands for: one, unless it lists seeds."""
        return (self,)

    def masks(self, lattice: Lattice) -> dict[str, np.ndarray]:
        """Field masks by name, each (3, nz, ny, nx), without unit; the script gives them their amplitude."""
        return {}

    def setup(self) -> tuple[str, ...]:
        """Script lines before the loop over the fields."""
        return ()

    def at_each_field(self, find_equilibrium: tuple[str, ...]) -> tuple[str, ...]:
        """Script lines that take m to its new equilibrium once the field has been set."""
        return find_equilibrium


def direction_of(theta_deg: float, phi_deg: float) -> Triple:
    """Unit vector at the polar angle theta from z and the azimuth phi from x; exact at right angles."""
    theta, phi = math.radians(theta_deg), math.radians(phi_deg)
    x, y, z = (
        0.0 if abs(component) < 1e-15 else component
        for component in (math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta))
    )
    return (x, y, z)
