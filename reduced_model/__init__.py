# ruff: noqa: F401
# The imports below are for type checkers; at run time a name loads when it is first asked for.
"""The minimal vortex model of a magnetic sphere (Adams & Michels 2026), exact to rounding and fast.

In: a material and a radius; fields along z.
Out: profile functions, energies, minima, hysteresis loops, nucleation fields, Stoner-Wohlfarth limits.
A value outside the range that a function gives raises `ModelError`: key, value and what is allowed.

>>> from reduced_model import Sphere
>>> Sphere(radius_nm=20, material="iron").loop(model="H''")
ModelLoop(iron, R = 20 nm, H'', 802 fields, 6 events)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reduced_model.continuum.ansatz import AnsatzResidual, AnsatzResiduals, ansatz_residual
    from reduced_model.continuum.branches import ContinuumBranch, ContinuumBranches
    from reduced_model.continuum.equilibrium import NotResolved
    from reduced_model.continuum.events import ContinuumEvent
    from reduced_model.continuum.ladder import AnsatzLadder, ansatz_ladder
    from reduced_model.continuum.loop import ContinuumLoop, continuum_loop
    from reduced_model.continuum.problem import ContinuumState
    from reduced_model.continuum.survey import continuum_branches
    from reduced_model.continuum.vortex_fit import AnsatzFit
    from reduced_model.errors import ModelError
    from reduced_model.loops.continuation import EquilibriumBranch, continue_branch
    from reduced_model.loops.loop import Event, ModelLoop, field_loop
    from reduced_model.loops.observables import BranchObservables, Jump, loop_observables
    from reduced_model.loops.path import full_loop
    from reduced_model.loops.random_axes import OrientationAverage, orientation_average
    from reduced_model.loops.stability_map import (
        NucleationMap,
        StabilityDiagram,
        nucleation_map,
        stability_diagram,
    )
    from reduced_model.loops.sweep import PhaseDiagram, RadiusSweep, phase_diagram, radius_sweep
    from reduced_model.materials import MATERIALS, MU0, Material, material
    from reduced_model.models import Model
    from reduced_model.nucleation.crossings import EnergyCrossing, energy_crossing
    from reduced_model.nucleation.spinodals import (
        NucleationField,
        NucleationRadius,
        nucleation_field,
        nucleation_radius,
    )
    from reduced_model.papers.demag_convergence import GridConvergence, grid_convergence
    from reduced_model.papers.grid_demag import grid_g_d
    from reduced_model.papers.heuristics import heuristic_errors, heuristic_profiles
    from reduced_model.sizes.size_map import SizeMap, size_map
    from reduced_model.sphere import Sphere
    from reduced_model.vortex.hamiltonian import Hamiltonian, local_minima
    from reduced_model.vortex.landscape import Landscape, energy_landscape
    from reduced_model.vortex.minima import Minimum
    from reduced_model.vortex.profiles import Profiles

_NAMES = {
    "continuum.ansatz": "AnsatzResidual AnsatzResiduals ansatz_residual",
    "continuum.branches": "ContinuumBranch ContinuumBranches",
    "continuum.equilibrium": "NotResolved",
    "continuum.ladder": "AnsatzLadder ansatz_ladder",
    "continuum.events": "ContinuumEvent",
    "continuum.loop": "ContinuumLoop continuum_loop",
    "continuum.problem": "ContinuumState",
    "continuum.survey": "continuum_branches",
    "continuum.vortex_fit": "AnsatzFit",
    "errors": "ModelError",
    "loops.continuation": "EquilibriumBranch continue_branch",
    "loops.loop": "Event ModelLoop field_loop",
    "loops.observables": "BranchObservables Jump loop_observables",
    "loops.path": "full_loop",
    "loops.random_axes": "OrientationAverage orientation_average",
    "loops.stability_map": "NucleationMap StabilityDiagram nucleation_map stability_diagram",
    "loops.sweep": "PhaseDiagram RadiusSweep phase_diagram radius_sweep",
    "materials": "MATERIALS MU0 Material material",
    "models": "Model",
    "nucleation.crossings": "EnergyCrossing energy_crossing",
    "nucleation.spinodals": "NucleationField NucleationRadius nucleation_field nucleation_radius",
    "papers.demag_convergence": "GridConvergence grid_convergence",
    "papers.grid_demag": "grid_g_d",
    "papers.heuristics": "heuristic_errors heuristic_profiles",
    "sizes.size_map": "SizeMap size_map",
    "sphere": "Sphere",
    "vortex.hamiltonian": "Hamiltonian local_minima",
    "vortex.landscape": "Landscape energy_landscape",
    "vortex.minima": "Minimum",
    "vortex.profiles": "Profiles",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_HOME)


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    """Load a name's module when the name is first asked for: most of them stand on numba."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
