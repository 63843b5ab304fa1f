"""The minimal vortex model of a magnetic sphere (Adams & Michels 2026), exact to rounding and fast.

In: a material and a radius; fields along z.
Out: profile functions, energies, minima, hysteresis loops, nucleation fields, Stoner-Wohlfarth limits.

>>> from reduced_model import Sphere
>>> Sphere(radius_nm=20, material="iron").loop(model="H''")
ModelLoop(iron, R = 20 nm, H'', 802 fields, 6 events)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from reduced_model.errors import ModelError
from reduced_model.loops.observables import BranchObservables, Jump, loop_observables
from reduced_model.materials import MATERIALS, MU0, Material, material
from reduced_model.nucleation.spinodals import (
    NucleationField,
    NucleationRadius,
    nucleation_field,
    nucleation_radius,
)
from reduced_model.sphere import Sphere, full_loop

if TYPE_CHECKING:
    from reduced_model.loops.continuation import EquilibriumBranch, continue_branch
    from reduced_model.loops.loop import Event, ModelLoop, field_loop
    from reduced_model.loops.random_axes import OrientationAverage, orientation_average
    from reduced_model.loops.stability_map import (
        NucleationMap,
        StabilityDiagram,
        nucleation_map,
        stability_diagram,
    )
    from reduced_model.loops.sweep import PhaseDiagram, RadiusSweep, phase_diagram, radius_sweep
    from reduced_model.nucleation.crossings import EnergyCrossing, energy_crossing
    from reduced_model.papers.demag_convergence import GridConvergence, grid_convergence
    from reduced_model.papers.grid_demag import grid_g_d
    from reduced_model.papers.heuristics import heuristic_errors, heuristic_profiles
    from reduced_model.vortex.hamiltonian import Hamiltonian, Minimum
    from reduced_model.vortex.landscape import Landscape, energy_landscape
    from reduced_model.vortex.minima import local_minima
    from reduced_model.vortex.profiles import Profiles

_COMPILED = {
    "EnergyCrossing": "nucleation.crossings",
    "EquilibriumBranch": "loops.continuation",
    "Event": "loops.loop",
    "GridConvergence": "papers.demag_convergence",
    "Hamiltonian": "vortex.hamiltonian",
    "Landscape": "vortex.landscape",
    "Minimum": "vortex.hamiltonian",
    "ModelLoop": "loops.loop",
    "NucleationMap": "loops.stability_map",
    "OrientationAverage": "loops.random_axes",
    "PhaseDiagram": "loops.sweep",
    "Profiles": "vortex.profiles",
    "RadiusSweep": "loops.sweep",
    "StabilityDiagram": "loops.stability_map",
    "continue_branch": "loops.continuation",
    "energy_crossing": "nucleation.crossings",
    "energy_landscape": "vortex.landscape",
    "field_loop": "loops.loop",
    "grid_convergence": "papers.demag_convergence",
    "grid_g_d": "papers.grid_demag",
    "heuristic_errors": "papers.heuristics",
    "heuristic_profiles": "papers.heuristics",
    "local_minima": "vortex.minima",
    "nucleation_map": "loops.stability_map",
    "orientation_average": "loops.random_axes",
    "phase_diagram": "loops.sweep",
    "radius_sweep": "loops.sweep",
    "stability_diagram": "loops.stability_map",
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
