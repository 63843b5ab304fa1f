"""Terms of the effective field, a file each.

In: cells and material parameters.
Out: operators that add their field in tesla to an array; quadratic terms have the energy -1/2 sum M.B V, the
others give their energy themselves.
"""

from harness.mx3.magnet.fields.anisotropy import UniaxialAnisotropy
from harness.mx3.magnet.fields.cubic import CubicAnisotropy
from harness.mx3.magnet.fields.demag import Demag
from harness.mx3.magnet.fields.exchange import Exchange

Anisotropy = UniaxialAnisotropy | CubicAnisotropy
"""A term that acts within one cell."""

__all__ = ["Anisotropy", "CubicAnisotropy", "Demag", "Exchange", "UniaxialAnisotropy"]
