"""Symmetry-breaking protocols, one file each.

In: a [[protocol]] table of a study. Out: one of the parameter models below.
To add one: write its file, add its line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from harness.protocols.bare import Bare
from harness.protocols.base import Protocol
from harness.protocols.bias import Bias
from harness.protocols.kick import Kick
from harness.protocols.tilt import Tilt

PROTOCOLS: dict[str, type[Protocol]] = {
    "bare": Bare,
    "tilt": Tilt,
    "bias": Bias,
    "kick": Kick,
}

if TYPE_CHECKING:
    AnyProtocol = Protocol
else:
    AnyProtocol = Annotated[Union[tuple(PROTOCOLS.values())], Field(discriminator="kind")]  # noqa: UP007

__all__ = ["PROTOCOLS", "AnyProtocol", "Bare", "Bias", "Kick", "Protocol", "Tilt"]
