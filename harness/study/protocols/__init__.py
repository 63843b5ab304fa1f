"""Symmetry-breaking protocols, one file each.

In: a [[protocol]] table of a study. Out: one of the parameter models below.
To add one: write its file, add its line here.
"""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from harness.study.protocols.bare import Bare
from harness.study.protocols.base import Protocol
from harness.study.protocols.bias import Bias
from harness.study.protocols.certified import Certified
from harness.study.protocols.imported import Imported
from harness.study.protocols.kick import Kick
from harness.study.protocols.tilt import Tilt

PROTOCOLS: dict[str, type[Protocol]] = {
    "bare": Bare,
    "tilt": Tilt,
    "bias": Bias,
    "kick": Kick,
    "certified": Certified,
}

if TYPE_CHECKING:
    AnyProtocol = Protocol
else:
    AnyProtocol = Annotated[Union[(*PROTOCOLS.values(), Imported)], Field(discriminator="kind")]

__all__ = ["PROTOCOLS", "AnyProtocol", "Bare", "Bias", "Certified", "Imported", "Kick", "Protocol", "Tilt"]
