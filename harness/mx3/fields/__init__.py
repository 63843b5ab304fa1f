"""Terms of the effective field, a file each.

In: cells and material parameters.
Out: operators that add their field in tesla to an array; quadratic terms have the energy -1/2 sum M.B V.
"""

from .anisotropy import UniaxialAnisotropy
from .demag import Demag
from .exchange import Exchange

__all__ = ["Demag", "Exchange", "UniaxialAnisotropy"]
