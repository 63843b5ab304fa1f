"""Protocol imported: a loop that another program ran, read and not to be repeated.

In: a name for it, the field's direction. Out: what a record says of it; no study asks for it.
What broke its symmetry, if anything did, and whether each row began at the one before, is not known.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from harness.inputs import InputError, ListAsTuple
from harness.study.lattice import Triple, unit_vector
from harness.study.protocols.base import Protocol


class Imported(Protocol):
    """A loop of another program."""

    summary: ClassVar[str] = "run elsewhere; what broke its symmetry, if anything did, is not known"
    kind: Literal["imported"] = "imported"
    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$")]
    """name of the loop"""
    field_direction: Annotated[Triple, ListAsTuple, AfterValidator(unit_vector)] = (0.0, 0.0, 1.0)
    """of the applied field; normalised"""

    @property
    def slug(self) -> str:
        return self.source

    @property
    def direction(self) -> Triple:
        return self.field_direction

    @property
    def engine_options(self) -> dict[str, Any]:
        """None: nothing here runs it."""
        raise InputError(f"protocol imported: {self.source} was run elsewhere; to run the like, take bare")
