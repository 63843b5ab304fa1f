"""Terms of the effective field, a file each.

In: cells and material parameters.
Out: operators that add their field in tesla to an array; quadratic terms have the energy -1/2 sum M.B V, the
others give their energy themselves.
"""

from .anisotropy import UniaxialAnisotropy
from .cubic import CubicAnisotropy
from .demag import Demag
from .exchange import Exchange

Anisotropy = UniaxialAnisotropy | CubicAnisotropy
"""A term that acts within one cell."""

__all__ = ["Anisotropy", "CubicAnisotropy", "Demag", "Exchange", "UniaxialAnisotropy"]
