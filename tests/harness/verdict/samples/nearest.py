"""Samples of findings: who is nearest to the continuum."""

from harness.verdict import Kind

from .shared import NAN

BOTH = ("descending", "ascending")
WINDOW = {
    "first_T": 0.5,
    "last_T": 0.26,
    "n_rows": 52,
    "distance": (0.018, 0.063),
    "factor": 3.5,
    "error": 1e-4,
}
WINDOW |= {"rms_simulation": 0.063, "rms_prime": 0.018, "rms_double_prime": 0.018}
WINDOW |= {"smaller_cell_nm": 1.3, "linear_cells_nm": (4.0, 2.5)}
WINDOW_OF = {
    "both_signs": True,
    "mirrored": (),
    "branches": BOTH,
    "reason": "nearer",
    "stable_kind": "upright vortex",
}
WINDOW_OF |= {"names": ("H′ and H″", "the simulation"), "times": "3.5"}
NOBODY_OFF = {"off_names": (), "off_who": (), "off_kinds": (), "off_stability": ()}
BOTH_OFF = {
    "off_names": ("H′", "H″", "the simulation"),
    "off_who": ("H′ and H″", "the simulation"),
    "off_kinds": ("upright vortex", "uniform"),
    "off_stability": ("saddle", "minimum"),
}
ALONE = {"names": ("the simulation",), "reason": "alone", "stable_kind": "tilted vortex"}
AT_ONE = {"first_T": 0.12, "last_T": 0.12, "smaller_cell_nm": NAN}
CHANGE = {"simulation_T": 0.155, "simulation_error_T": 0.005, "continuum_T": 0.129046}
CHANGE |= {"continuum_error_T": 9e-4, "prime_T": 0.065473, "prime_error_T": 0.0}
CHANGE |= {"double_prime_T": NAN, "double_prime_error_T": NAN}

SAMPLES = (
    *(
        (
            Kind.LOOPS_EVENT,
            CHANGE
            | {"first_T": 1.0, "loop_T": (0.15, T), "loop_error_T": (0.0025, NAN)}
            | {
                "low_T": (0.1, T),
                "low_error_T": (0.0025, NAN),
                "n_loops": (n, 1.0),
                "n_known": (2.0, 1.0),
                "angle_deg": A,
            },
            {"event": "tilt", "before": (), "names": ("mine", "yours"), "lacks": ("", lacks)},
        )
        for T, lacks, n, A in (
            (0.12, "", 2.0, NAN),
            (NAN, "", 3.0, 90.0),
            (NAN, "before", 2.0, NAN),
            (NAN, "untold", 1.0, NAN),
        )
    ),
    (Kind.DIRECTIONS, {"angle_deg": (0.0, 90.0)}, {"names": ("“a” and “b”", "“c”")}),
    *(
        (
            Kind.REPLICAS,
            {"n_loops": 3.0, "n_told": told, "high_T": (0.3,) * n, "high_error_T": (0.005,) * n}
            | {"low_T": (0.2,) * n, "low_error_T": (0.005,) * n, "scatter_T": (0.05, NAN)[:n]},
            {"names": "“a”, “b” and “c”", "where": ("where it is", "where it was")[:n]}
            | {"highest": ("a", "b")[:n], "lowest": ("c", "a")[:n]},
        )
        for n, told in ((1, (3.0,)), (2, (3.0, 2.0)))
    ),
    (Kind.BUDGET_WINDOW, WINDOW, WINDOW_OF | NOBODY_OFF),
    (Kind.BUDGET_WINDOW, WINDOW | {"distance": (5e-5, 0.063)}, WINDOW_OF | BOTH_OFF | {"both_signs": False}),
    (Kind.BUDGET_WINDOW, WINDOW, WINDOW_OF | NOBODY_OFF | {"both_signs": False, "mirrored": ("ascending",)}),
    (Kind.BUDGET_WINDOW, WINDOW | AT_ONE | {"distance": (0.01,)}, WINDOW_OF | BOTH_OFF | ALONE),
    (
        Kind.BUDGET_WINDOW,
        WINDOW | AT_ONE | {"distance": (0.01,), "last_T": -0.12},
        WINDOW_OF
        | BOTH_OFF
        | ALONE
        | {"off_kinds": ("another tilted vortex", "uniform"), "off_stability": ("", "")},
    ),
    *(
        (
            kind,
            WINDOW | AT_ONE | {"distance": (0.01,)},
            WINDOW_OF | BOTH_OFF | {"names": ("H′",), "reason": reason, "off_kinds": ("unknown", "uniform")},
        )
        for kind, reason in ((Kind.BUDGET_WINDOW, "nearer"), (Kind.BUDGET_UNDECIDED, "undecided"))
    ),
    (Kind.BUDGET_NOBODY, WINDOW | {"distance": ()}, WINDOW_OF | BOTH_OFF | {"names": (), "reason": "nobody"}),
    (Kind.BUDGET_UNDECIDED, WINDOW, WINDOW_OF | NOBODY_OFF | {"reason": "undecided"}),
    (
        Kind.BUDGET_UNDECIDED,
        WINDOW | {"distance": (0.0, 1e-5)},
        WINDOW_OF | BOTH_OFF | {"reason": "undecided"},
    ),
    *(
        (
            Kind.OFF_BRANCH,
            {"first_T": 0.12, "last_T": last_T, "n_rows": 7},
            {
                "both_signs": last_T != 0.12,
                "mirrored": (),
                "branches": BOTH,
                "names": names,
                "state": "upright vortex",
            }
            | {"stability": stability, "stable_kind": stable},
        )
        for last_T in (0.12, 0.07, -0.12)
        for names in (("H′",), ("H′", "H″"))
        for stability in ("saddle", "minimum", "")
        for stable in ("tilted vortex", "")
    ),
    *(
        (
            Kind.BUDGET_EVENT,
            CHANGE | {"double_prime_T": T, "first_T": 0.4},
            {"event": event, "branches": ("descending",), "before": ()},
        )
        for T in (NAN, 0.065473)
        for event in ("tilt", "nucleation", "reversal", "annihilation")
    ),
    (
        Kind.BUDGET_EVENT,
        CHANGE | {"simulation_T": NAN, "simulation_error_T": NAN, "double_prime_T": NAN, "first_T": 0.4},
        {"event": "tilt", "branches": ("descending",), "before": (), "untold": ("simulation", "continuum")},
    ),
)
