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
    from .continuation import EquilibriumBranch, continue_branch
    from .crossings import EnergyCrossing, energy_crossing
    from .demag_convergence import GridConvergence, grid_convergence
    from .grid_demag import grid_g_d
    from .hamiltonian import Hamiltonian, Minimum
    from .heuristics import heuristic_errors, heuristic_profiles
    from .landscape import Landscape, energy_landscape
    from .loop import Event, ModelLoop, field_loop
    from .minima import local_minima
    from .profiles import Profiles
    from .random_axes import OrientationAverage, orientation_average
    from .stability import NucleationMap, StabilityDiagram, nucleation_map, stability_diagram
    from .sweep import PhaseDiagram, RadiusSweep, phase_diagram, radius_sweep

_COMPILED = {
    "EnergyCrossing": "crossings",
    "EquilibriumBranch": "continuation",
    "Event": "loop",
    "GridConvergence": "demag_convergence",
    "Hamiltonian": "hamiltonian",
    "Landscape": "landscape",
    "Minimum": "hamiltonian",
    "ModelLoop": "loop",
    "NucleationMap": "stability",
    "OrientationAverage": "random_axes",
    "PhaseDiagram": "sweep",
    "Profiles": "profiles",
    "RadiusSweep": "sweep",
    "StabilityDiagram": "stability",
    "continue_branch": "continuation",
    "energy_crossing": "crossings",
    "energy_landscape": "landscape",
    "field_loop": "loop",
    "grid_convergence": "demag_convergence",
    "grid_g_d": "grid_demag",
    "heuristic_errors": "heuristics",
    "heuristic_profiles": "heuristics",
    "local_minima": "minima",
    "nucleation_map": "stability",
    "orientation_average": "random_axes",
    "phase_diagram": "sweep",
    "radius_sweep": "sweep",
    "stability_diagram": "stability",
}

__all__ = [
    "MATERIALS",
    "MU0",
    "BranchObservables",
    "EnergyCrossing",
    "EquilibriumBranch",
    "Event",
    "GridConvergence",
    "Hamiltonian",
    "Jump",
    "Landscape",
    "Material",
    "Minimum",
    "ModelError",
    "ModelLoop",
    "NucleationField",
    "NucleationMap",
    "NucleationRadius",
    "OrientationAverage",
    "PhaseDiagram",
    "Profiles",
    "RadiusSweep",
    "Sphere",
    "StabilityDiagram",
    "continue_branch",
    "energy_crossing",
    "energy_landscape",
    "field_loop",
    "full_loop",
    "grid_convergence",
    "grid_g_d",
    "heuristic_errors",
    "heuristic_profiles",
    "local_minima",
    "loop_observables",
    "material",
    "nucleation_field",
    "nucleation_map",
    "nucleation_radius",
    "orientation_average",
    "phase_diagram",
    "radius_sweep",
    "stability_diagram",
]


def __getattr__(name: str) -> object:
    """Load what stands on numba only when it is first asked for."""
    if name not in _COMPILED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_COMPILED[name]}", __name__), name)
