"""Protocol bias: a weak static field that circulates about the field axis.

In: amplitude and chirality. Out: the mask (rho/R) phi-hat about the axis through the sphere's centre.
The mask is odd under inversion and picks one chirality; always on, it also acts on the second instability.
"""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from harness.study.lattice import Lattice
from harness.study.numbers import number, tesla
from harness.study.protocols.base import Protocol


class Bias(Protocol):
    """A static circulating field b (rho/R) phi-hat."""

    summary: ClassVar[str] = "static field b_mT (rho/R) phi-hat, always on; selects one chirality (+1 or -1)"
    kind: Literal["bias"] = "bias"
    b_mT: Annotated[float, Field(gt=0, le=1000)] = 1.0
    """field at the surface on the equator, mT"""
    chirality: Literal[1, -1] = 1
    """sense of the circulation about the field axis"""

    @model_validator(mode="before")
    @classmethod
    def _former_key(cls, values: Any) -> Any:
        """Up to version 0.2 the key was b0_mT; with both given, the former one is refused as unknown."""
        if isinstance(values, dict) and "b0_mT" in values and "b_mT" not in values:
            return {"b_mT" if key == "b0_mT" else key: value for key, value in values.items()}
        return values

    @property
    def slug(self) -> str:
        return f"bias{number(self.b_mT)}mT{'+' if self.chirality > 0 else '-'}"

    def masks(self, lattice: Lattice) -> dict[str, np.ndarray]:
        """Circulation of unit strength at the equator: axis x r / R."""
        r = lattice.positions() / lattice.radius_m
        return {"bias": np.cross(np.array(self.direction), r, axisb=0, axisc=0)}

    def setup(self) -> tuple[str, ...]:
        return (
            "// Bias: a static field circulating about the axis, as rho/R. It outlives every B_ext = ...",
            f'B_ext.add(loadFile("bias.ovf"), {tesla(self.chirality * self.b_mT)})',
        )
