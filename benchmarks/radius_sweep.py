"""The sweep from 6 to 30 nm in steps of 0.1 nm, both models: ours on every core, plain scipy from one loop.

In: nothing. Out: seconds a sweep, after a short one to warm up.
"""

import time

import numpy as np

RADII = np.arange(6.0, 30.05, 0.1) * 1e-9
MODELS = 2


def ours() -> float:
    """Seconds of `radius_sweep`."""
    from reduced_model.loops.sweep import radius_sweep

    radius_sweep(RADII[:4])
    start = time.perf_counter()
    radius_sweep(RADII)
    return time.perf_counter() - start


def plain_scipy() -> float:
    """Seconds the procedure of `model_loop.plain_scipy` would take: one loop of 20 nm, times their number."""
    from benchmarks.model_loop import plain_scipy as one_loop

    return one_loop() * RADII.size * MODELS
