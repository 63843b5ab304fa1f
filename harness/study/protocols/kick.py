"""Protocol kick: at every field a small random push, then its removal.

In: amplitude and seed. Out: a mask of unit vectors normal to the field, one random azimuth per cell.
The state is relaxed with the push and again without it: a minimum comes back, a saddle is left for good.
"""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from harness.inputs import ListAsTuple
from harness.study.lattice import Lattice
from harness.study.numbers import number, tesla
from harness.study.protocols.base import Protocol

Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Kick(Protocol):
    """A seeded random transverse field, on and off again at every field.

    The default of 5 mT is a tenth of iron's anisotropy field and a hundredth of the nucleation field of a
    40 nm sphere: far above rounding, far too weak to carry a state over a barrier.
    """

    summary: ClassVar[str] = (
        "at every field a seeded random transverse field of b_mT, relaxed with and without it"
    )
    kind: Literal["kick"] = "kick"
    b_mT: Annotated[float, Field(gt=0, le=1000)] = 5.0
    """strength of the random field in each cell, mT"""
    seed: Seed = 1
    """seed of the random directions"""
    seeds: Annotated[tuple[Seed, ...], ListAsTuple, Field(min_length=1)] | None = None
    """several seeds: one run each"""

    @model_validator(mode="after")
    def _seed_or_seeds(self) -> Self:
        if self.seeds and "seed" in self.model_fields_set:
            raise ValueError("give seed or seeds, not both")
        return self

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Seed or seeds, so that what a manifest holds can be read back."""
        values: dict[str, object] = handler(self)
        values.pop("seed" if self.seeds else "seeds", None)
        return values

    def members(self) -> tuple[Self, ...]:
        return tuple(type(self)(b_mT=self.b_mT, seed=s) for s in self.seeds or (self.seed,))

    @property
    def slug(self) -> str:
        return f"kick{number(self.b_mT)}mT-seed{self.seed}"

    def masks(self, lattice: Lattice) -> dict[str, np.ndarray]:
        """One unit vector normal to the field in every cell."""
        first, second = _normals(np.array(self.direction))
        azimuth = np.random.default_rng(self.seed).uniform(0, 2 * np.pi, lattice.shape)
        across, along = np.multiply.outer(first, np.cos(azimuth)), np.multiply.outer(second, np.sin(azimuth))
        return {"kick": across + along}

    def setup(self) -> tuple[str, ...]:
        return (
            "// Kick: a random field normal to B, the same at every field; the seed is in the mask.",
            'kickMask := loadFile("kick.ovf")',
        )

    def at_each_field(self, find_equilibrium: tuple[str, ...]) -> tuple[str, ...]:
        return (
            f"B_ext.add(kickMask, {tesla(self.b_mT)})",
            *find_equilibrium,
            "B_ext.removeExtraTerms()",
            *find_equilibrium,
        )


def _normals(direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors that complete a direction to a right-handed frame."""
    first = np.cross(np.eye(3)[1], direction)
    first = first / np.linalg.norm(first) if np.linalg.norm(first) > 0.1 else np.eye(3)[0]
    return first, np.cross(direction, first)
