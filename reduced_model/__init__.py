"""The minimal vortex model of a magnetic sphere (Adams & Michels 2026), exact to rounding and fast.

In: a material and a radius; fields along z.
Out: profile functions, energies, minima, hysteresis loops, nucleation fields, Stoner-Wohlfarth limits.

>>> from reduced_model import Sphere
>>> Sphere(radius_nm=20, material="iron").loop(model="H''")
ModelLoop(iron, R = 20 nm, H'', 802 fields, 6 events)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .errors import ModelError
from .materials import MATERIALS, MU0, Material, material
from .nucleation import NucleationField, NucleationRadius, nucleation_field, nucleation_radius
from .observables import BranchObservables, Jump, loop_observables
from .sphere import Sphere, full_loop

if TYPE_CHECKING:
    from .grid_demag import grid_g_d
    from .hamiltonian import Hamiltonian, Minimum
    from .heuristics import heuristic_profiles
    from .loop import Event, ModelLoop, field_loop
    from .minima import local_minima
    from .profiles import Profiles

_COMPILED = {
    "Event": "loop",
    "Hamiltonian": "hamiltonian",
    "Minimum": "hamiltonian",
    "ModelLoop": "loop",
    "Profiles": "profiles",
    "field_loop": "loop",
    "grid_g_d": "grid_demag",
    "heuristic_profiles": "heuristics",
    "local_minima": "minima",
}

__all__ = [
    "MATERIALS",
    "MU0",
    "BranchObservables",
    "Event",
    "Hamiltonian",
    "Jump",
    "Material",
    "Minimum",
    "ModelError",
    "ModelLoop",
    "NucleationField",
    "NucleationRadius",
    "Profiles",
    "Sphere",
    "field_loop",
    "full_loop",
    "grid_g_d",
    "heuristic_profiles",
    "local_minima",
    "loop_observables",
    "material",
    "nucleation_field",
    "nucleation_radius",
]


def __getattr__(name: str) -> object:
    """Load what stands on numba only when it is first asked for."""
    if name not in _COMPILED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_COMPILED[name]}", __name__), name)
