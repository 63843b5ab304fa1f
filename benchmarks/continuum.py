"""The continuum of the 40 nm iron sphere: equilibria against degree, their tables, a certified half loop.

In: nothing. Out: seconds of ours; kernels are compiled before the clock starts.
"""

from benchmarks.timing import Seconds, mean_of

FIELDS = 101


def _equilibrium(degree: int) -> Seconds:
    """Seconds of the upright vortex at 0.30 T from that at 0.32 T, its curvature left out."""
    from reduced_model.continuum.equilibrium import solver
    from reduced_model.continuum.follow import first_state
    from reduced_model.continuum.problem import Continuum
    from reduced_model.materials import material

    problem = Continuum(material("iron"), 20e-9, (0.0, 0.0, 1.0))
    state = first_state(problem, 0.32, degree).state
    at = solver(degree, 1)
    c = problem.carried(state, at)
    return mean_of(3, lambda: problem.stationary(at, 0.30, c))


def equilibrium_12() -> Seconds:
    """Seconds of an upright equilibrium at N = 12."""
    return _equilibrium(12)


def equilibrium_16() -> Seconds:
    """The same at N = 16."""
    return _equilibrium(16)


def equilibrium_24() -> Seconds:
    """The same at N = 24."""
    return _equilibrium(24)


def tables() -> Seconds:
    """Seconds of all tables of the full ball at N = 24."""
    import numpy as np

    from reduced_model.continuum.basis import Ball
    from reduced_model.continuum.equilibrium import Solver
    from reduced_model.continuum.state import Energy

    def made(degree: int) -> float:
        at = Solver(Ball(degree))
        energy = Energy(at.ball, 1.0, 100.0, np.zeros(3), np.array([0.0, 0.0, 1.0]))
        c = np.zeros((3, at.ball.n_basis))
        c[2] = at.ball.project(np.ones((*at.ball.shape, 1)))[0]
        return float(at.coordinates.of_gradient(energy.at(c).gradient).sum())

    made(4)
    return mean_of(1, lambda: made(24))


def eigenvalues_24() -> Seconds:
    """Seconds of the two smallest curvatures at N = 24 on the whole ball; it may take a gigabyte."""
    import resource

    import numpy as np

    from reduced_model.continuum.curvature import spectrum
    from reduced_model.continuum.equilibrium import solver
    from reduced_model.continuum.problem import Continuum
    from reduced_model.materials import material

    problem, at = Continuum(material("iron"), 20e-9, (0.0, 0.0, 1.0)), solver(24)
    c = np.zeros((3, at.ball.n_basis))
    c[2] = at.ball.project(np.ones((*at.ball.shape, 1)))[0]
    spent = mean_of(1, lambda: spectrum(at, problem.energy(at, 0.6).at(c), 2, shift=60.0))
    used_MiB = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if used_MiB > 1000.0:
        raise MemoryError(f"{used_MiB:.0f} MiB at N = 24, not below 1000")
    return spent


def half_loop() -> Seconds:
    """Seconds of a certified loop of 101 fields from 1 T to -1 T, accuracy 1e-4."""
    import numpy as np

    from reduced_model.continuum.loop import continuum_loop

    path = np.linspace(1.0, -1.0, FIELDS)
    continuum_loop([1.0], radius_m=20e-9, accuracy=1e-3)
    return mean_of(1, lambda: continuum_loop(path, radius_m=20e-9, material="iron"))
