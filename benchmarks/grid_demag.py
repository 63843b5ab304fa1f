"""g_d on the paper's grid of 4169 points: ours, and the pair sum written down in numpy.

In: nothing. Out: seconds a value, after one to warm up.
"""

import time

import numpy as np

NU, K = 4.443, 21


def ours() -> float:
    """Seconds of `grid_g_d`."""
    from reduced_model.papers.grid_demag import grid_g_d

    return _timed(lambda: grid_g_d(NU, K=K), repeats=20)


def plain_numpy() -> float:
    """Seconds of Eqs. S13 to S15 with one row of pairs at a time."""
    from reduced_model.papers.grid_demag import ansatz_on_grid, grid_points

    points, m = grid_points(K), ansatz_on_grid(NU, K)
    volume = (2.0 / (K - 1)) ** 3

    def value() -> float:
        total = 0.0
        for i in range(len(points)):
            r = np.delete(points[i] - points, i, axis=0)
            others = np.delete(m, i, axis=0)
            distance = np.linalg.norm(r, axis=1)[:, None]
            along = np.sum(r * others, axis=1)[:, None]
            field = np.sum(3.0 * along * r / distance**5 - others / distance**3, axis=0)
            total += m[i] @ (2.0 / 3.0 * m[i] + volume / (4.0 * np.pi) * field)
        return 3.0 / (8.0 * np.pi) * volume * total

    return _timed(value, repeats=1, warm_up=False)


def _timed(work, repeats: int, warm_up: bool = True) -> float:
    if warm_up:
        work()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats
