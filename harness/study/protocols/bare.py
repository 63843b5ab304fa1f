"""Protocol bare: nothing is added to the field.

In: nothing. Out: a script that only follows the field.
A centred sphere then keeps m(r) = m(-r) but for rounding: where a vortex appears says little about physics.
"""

from typing import ClassVar, Literal

from harness.study.protocols.base import Protocol


class Bare(Protocol):
    """The loop as run: no perturbation."""

    summary: ClassVar[str] = "no perturbation; the loop may sit on a saddle until rounding errors tip it"
    kind: Literal["bare"] = "bare"

    @property
    def slug(self) -> str:
        return "bare"
