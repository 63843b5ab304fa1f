"""Samples of findings: how sure."""

from harness.verdict import Kind

from .shared import NAN

SERIES = {
    "cell_nm": (4.0, 2.0, 1.0),
    "nucleation_T": (0.47, 0.49, 0.51),
    "brown_T": 0.5282,
    "next_cell_nm": 0.5,
}
SERIES |= {"nucleation_error_T": (0.01, 0.01, 0.01), "radius_nm": 20.0, "edge_smooth": 8.0}
LIMIT = {
    **{"radius_nm": 20.0, "edge_smooth": 0.0, "cell_nm": (4.0, 2.5, 1.0), "percent": 95.0, "n_lattices": 3},
    **{"n_fields": 21, "n_told": 18, "n_known": 17, "n_agree": 16, "n_refused": (2.0, 1.0)},
    **{"rms_extrapolated": 0.0021, "rms_finest": 0.0107},
    **{"nucleation": 0.5262, "nucleation_low": 0.5194, "nucleation_high": 0.5402, "nucleation_order": 1.2},
    **{"nucleation_continuum": 0.5282, "nucleation_agrees": 1.0, "nucleation_finest_error": -0.0091},
    **{"m": 0.6446, "m_low": 0.6401, "m_high": 0.6425, "m_order": NAN, "m_continuum": 0.6443},
    **{"m_agrees": 0.0, "m_finest_error": 0.0119, "m_at_T": 0.3},
}
LIMIT_OF = {"way": "kick", "branch": "descending", "nucleation_why": "", "rows": False}
LIMIT_OF |= {
    "reasons": ("it goes up and down from size to size", "fewer than three cell sizes hold such a state")
}
TWO = {"cell_nm": (4.0, 2.0), "nucleation_T": (0.47, 0.51), "nucleation_error_T": (0.01, NAN)}
ROWS = {"n_rows": 322, "worst_residual_T": 3e-3, "limit_T": 1e-6, "floor_T": NAN}
FAULTY = {"n_rows": 114, "first_step": 25, "first_T": 0.075, "last_T": 0.7, "excess_J": 2.4e-16}
FAULT = {"why": "its energy is 2.4e-16 J above all that descent from the row before allows"}

SAMPLES = (
    (
        Kind.FIELD_STEP,
        {"error_T": 0.005, "next_step_T": 0.002},
        {"hides": ("the distance to theory", "what the cells change"), "listed": False},
    ),
    (
        Kind.FIELD_STEP,
        {"error_T": 0.005, "next_step_T": 0.002},
        {"hides": ("the distance to theory",), "listed": True},
    ),
    *(
        (
            Kind.FIELD_STEP,
            {"error_T": 0.005, "next_step_T": 0.002},
            {"hides": (), "listed": True, "uneven": u},
        )
        for u in (True, False)
    ),
    (Kind.CONVERGED, ROWS, {}),
    (Kind.CONVERGED, ROWS | {"limit_T": 4.5e-5, "floor_T": 4.5e-6}, {}),
    (Kind.UNCONVERGED_ROWS, ROWS | {"n_above": 3, "at_T": (-0.1, 0.2), "worst_at_T": -0.1}, {}),
    (
        Kind.UNCONVERGED_ROWS,
        ROWS
        | {"n_above": 5, "at_T": (0.1, 0.2, 0.3, 0.4, 0.5), "worst_at_T": 0.3}
        | {"limit_T": 4.5e-5, "floor_T": 4.5e-6},
        {},
    ),
    *(
        (
            Kind.ROWS_AT_FAULT,
            FAULTY | {"n_faults": count, "last_step": 24 + count},
            FAULT | {"method": method},
        )
        for count, method in ((89, "minimize"), (1, "relax"), (2, "guarded"))
    ),
    (Kind.NO_RESIDUALS, {}, {}),
    *(
        (Kind.MESH_TREND, SERIES, {"way": "kick", "trend": trend})
        for trend in (
            "closing in on",
            "moving away from",
            "the same within the field step",
            "without a clear trend",
        )
    ),
    (Kind.MESH_TREND, SERIES | {"brown_T": NAN, "next_cell_nm": 4.0}, {"way": "kick", "trend": ""}),
    (Kind.MESH_TREND, SERIES | TWO, {"way": "kick", "trend": ""}),
    (Kind.MESH_LIMIT, LIMIT, LIMIT_OF),
    (Kind.MESH_LIMIT, LIMIT | {"n_told": 21, "n_refused": ()}, LIMIT_OF | {"reasons": ()}),
    (
        Kind.MESH_LIMIT,
        LIMIT | dict.fromkeys(("nucleation", "nucleation_agrees", "m", "m_agrees"), NAN) | {"n_known": 0},
        LIMIT_OF
        | {"nucleation_why": "the rows are too far apart to tell what the cells change", "rows": True},
    ),
    (
        Kind.MESH_LIMIT,
        LIMIT | dict.fromkeys(("nucleation", "m"), NAN) | {"n_known": 0, "n_told": 0},
        LIMIT_OF | {"nucleation_why": ""},
    ),
    (Kind.ONE_MESH, {"cell_nm": 4.0, "next_cell_nm": 2.0}, {"aside": (), "measured": False}),
    (Kind.ONE_MESH, {"cell_nm": 0.2, "next_cell_nm": 0.4}, {"aside": ("0.5",), "measured": True}),
    (Kind.SYMMETRY_UNKNOWN, {}, {}),
)
