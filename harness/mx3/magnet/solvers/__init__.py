"""Solvers of the embedded engine, a file each.

In: a magnetisation and a callable that gives its effective field.
Out: an equilibrium with the work it took and the residual torque it reached.
"""

from harness.mx3.magnet.solvers.equilibrium import Equilibrium, EquilibriumSolver

__all__ = ["Equilibrium", "EquilibriumSolver"]
