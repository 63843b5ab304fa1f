"""One script run again and again by MuMax3 on one GPU: what the runs share, and what rounding decides.

    python -m benchmarks.replicas

In: the tables under mumax_runs/recorded/replicas. Out: docs/results/fe_sphere_replicas.csv, a picture, and
the fields at which each run lets go of a branch.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from harness.report.figures.style import FIELD_LABEL, MOMENT_LABEL, PAGE_IN, SETTINGS

RECORDED = Path("mumax_runs/recorded/replicas")
TABLE, PICTURE = Path("docs/results/fe_sphere_replicas.csv"), Path("docs/pictures/fe_sphere_replicas.png")
N_FIELDS = 282
TURN = 141
"""Row at which the ascending branch begins."""
ROUNDING = 1e-4
"""Runs further apart than this in m_z are on different branches."""
TILT_T = 0.157
"""Below this field the upright core is a saddle on these cells: the root of its smallest curvature."""


def moments() -> pd.DataFrame:
    """m_z of each run in rows of the field path; NaN where a run was stopped before."""
    k = np.arange(N_FIELDS)
    fields = np.where(k < TURN, 70 - k, k - TURN - 70) / 100
    runs = {}
    for file in sorted(RECORDED.glob("run*/table.txt")):
        table = pd.read_csv(file, sep="\t")
        runs[file.parent.name] = table["mz ()"].reindex(range(N_FIELDS))
    return pd.DataFrame({"B_T": fields, **runs})


def leavings(m: np.ndarray) -> dict[str, float | None]:
    """Row of each branch at which a run leaves the uniform state, and the upright core after that."""
    rows = {}
    for name, part in (("descending", slice(0, TURN)), ("ascending", slice(TURN, N_FIELDS))):
        of = m[part]
        left = np.flatnonzero(np.abs(of) < 0.99)
        jumps = np.flatnonzero(np.abs(np.diff(of)) > 0.02) + 1  # a field step alone moves m_z by 0.018
        later = [j for j in jumps if len(left) and j > left[0]]
        rows[f"{name}, uniform state"] = part.start + left[0] if len(left) else None
        rows[f"{name}, upright core"] = part.start + later[0] if later else None
    return rows


def main() -> None:
    """Write the table and the picture, and print what the page says."""
    import matplotlib.pyplot as plt

    data = moments()
    runs = data.drop(columns="B_T")
    apart = runs.max(axis=1) - runs.min(axis=1)
    data.round({name: 7 for name in runs}).to_csv(TABLE, index_label="step")
    found = pd.DataFrame({name: leavings(runs[name].to_numpy()) for name in runs}).T
    fields = found.map(lambda row: np.nan if pd.isna(row) else data.B_T[int(row)])
    print(fields.to_string(), "\n", fields.agg(["count", "min", "max"]).to_string())
    print(
        f"rows whose runs part: {(apart > ROUNDING).sum()}; else at most {apart[apart < ROUNDING].max():.1e}"
    )
    branches = (
        ("(a) descending", slice(0, TURN), (-0.2, 0.4)),
        ("(b) ascending", slice(TURN, None), (-0.4, 0.2)),
    )
    with plt.rc_context(SETTINGS):
        figure, panels = plt.subplots(1, 2, figsize=(PAGE_IN, 2.7))
        for panel, (title, rows, span), sign in zip(panels, branches, (1, -1), strict=True):
            for name in runs:
                panel.plot(data.B_T[rows], data[name][rows], ".-", color="0.45", lw=0.5, ms=2.5, mew=0)
            panel.axvline(sign * TILT_T, color="0", lw=0.8, ls=(0, (6, 2)))
            panel.set(xlim=span, xlabel=FIELD_LABEL, ylabel=MOMENT_LABEL)
            panel.set_title(title, loc="left")
        figure.savefig(PICTURE)


if __name__ == "__main__":
    main()
