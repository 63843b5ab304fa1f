"""Protocol tilt: the field is turned away from z.

In: two angles. Out: the field's direction; the measured component of m is the one along the field.
A uniform tilted field keeps the inversion symmetry: it lets an upright vortex turn, it cannot nucleate one.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from harness.study.lattice import Triple
from harness.study.numbers import number
from harness.study.protocols.base import Protocol, direction_of


class Tilt(Protocol):
    """The field direction turned by theta, at azimuth phi."""

    summary: ClassVar[str] = (
        "field turned by theta_deg (azimuth phi_deg); lets the axis turn, keeps the inversion symmetry"
    )
    kind: Literal["tilt"] = "tilt"
    theta_deg: Annotated[float, Field(ge=0, le=180)]
    """angle between field and z, degrees"""
    phi_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    """azimuth of the field from x, degrees"""

    @property
    def slug(self) -> str:
        return f"tilt{number(self.theta_deg)}deg" + (f"-phi{number(self.phi_deg)}deg" if self.phi_deg else "")

    @property
    def direction(self) -> Triple:
        return direction_of(self.theta_deg, self.phi_deg)
