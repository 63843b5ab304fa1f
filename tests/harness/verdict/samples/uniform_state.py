"""Samples of findings: how the uniform state ended."""

from harness.verdict import Kind

from .shared import MINIMUM, NAN, PROOF, SADDLE, UNPROVED

COUNT = {
    "n_states": 18,
    "n_minimum": 18,
    "n_saddle": 0,
    "n_undecided": 0,
    "softest_T": 0.1,
    "lambda_min_T": 0.0021,
}
NUCLEATION = {"nucleation_T": 0.51, "nucleation_error_T": 0.01, "brown_T": 0.5282, "ansatz_T": 0.5086}
NUCLEATION |= {"paper_T": 0.5534, "prime_T": 0.51, "double_prime_T": 0.49, "most_circulation": 0.97}
NUCLEATION |= {"continuum_T": NAN}
NO_THEORY = NUCLEATION | {"brown_T": NAN, "ansatz_T": NAN, "paper_T": NAN}
BESIDE = {"radius_nm": 20.0} | {
    "value": (0.4875, 0.4625),
    "error": (0.0125, 0.0125),
    "n_runs": 2,
    "cell_nm": 4.0,
    "brown_T": 0.5282,
}
RUNS = {"quantity": "nucleation field", "runs": ("“minimize”", "“relax”"), "in_tesla": True}
RUNS |= {"names": ("minimize", "relax"), "unsettled": (), "holder": "", "all_saved": False}
LIMITS = {"held_to_T": 0.52, "uniform_lost_brown_T": 0.5282, "uniform_lost_ansatz_T": 0.5086}

SAMPLES = (
    (Kind.PART_OF_LOOP, {}, {"missing": "one branch only, 0.7 to −0.7 T"}),
    (Kind.NUCLEATION, NUCLEATION, {"closed_form": True, "bias": False}),
    (Kind.NUCLEATION, NUCLEATION, {"closed_form": True, "bias": True}),
    (Kind.NUCLEATION, NO_THEORY, {"closed_form": True, "bias": False}),
    (Kind.NUCLEATION, NO_THEORY, {"closed_form": False, "bias": False}),
    (Kind.NUCLEATION, NO_THEORY | {"double_prime_T": NAN}, {"closed_form": False, "bias": False}),
    (Kind.NUCLEATION, NO_THEORY | {"continuum_T": 0.517}, {"closed_form": False, "bias": False}),
    (
        Kind.NUCLEATION,
        NO_THEORY | {"prime_T": 0.3, "double_prime_T": 0.3},
        {"closed_form": False, "bias": False},
    ),
    (
        Kind.STARTS_WITH_VORTEX,
        {"first_field_T": 0.2, "uniform_lost_T": 0.5282, "uniform_to_T": NAN},
        {"only_field": False, "bias": False},
    ),
    (
        Kind.STARTS_WITH_VORTEX,
        {"first_field_T": 0.2, "uniform_lost_T": NAN, "uniform_to_T": NAN},
        {"only_field": True, "bias": True, "beside": False},
    ),
    (
        Kind.STARTS_WITH_VORTEX,
        {"first_field_T": 0.2, "uniform_lost_T": NAN, "uniform_to_T": NAN},
        {"only_field": True, "bias": False},
    ),
    (
        Kind.SINGLE_DOMAIN,
        {"crossing_brown_nm": 8.46, "crossing_ansatz_nm": 9.09, "coherent_T": -0.0565, "path_end_T": -0.04},
        {"path_ends_before": True, "isotropic": False, "only_field": False},
    ),
    (
        Kind.SINGLE_DOMAIN,
        {"crossing_brown_nm": 8.46, "crossing_ansatz_nm": 9.09, "coherent_T": 0.0, "path_end_T": -0.04},
        {"path_ends_before": False, "isotropic": True, "only_field": False},
    ),
    (
        Kind.SINGLE_DOMAIN,
        {"crossing_brown_nm": NAN, "crossing_ansatz_nm": NAN, "coherent_T": NAN, "path_end_T": -0.04},
        {"path_ends_before": False, "isotropic": False, "only_field": False},
    ),
    (Kind.ENDS_BEFORE_THEORY, LIMITS, {}),
    (Kind.BETWEEN_THEORIES, LIMITS, {}),
    (Kind.NO_VORTEX, {}, {}),
    *(
        (
            Kind.OUTLIVES_THEORY,
            PROOF | {"held_to_T": 0.0, "unstable_from_T": 0.5086},
            told | {"closed_form": closed},
        )
        for told in (UNPROVED, SADDLE, MINIMUM)
        for closed in (True, False)
    ),
    (
        Kind.SADDLES,
        {"n_saddles": 1, "n_states": 1, "n_maxima": 0, "at_T": (0.4,), "lambda_T": (-0.03,)}
        | {"borne_to_T": NAN},
        {"modes": ("",)},
    ),
    (
        Kind.SADDLES,
        {"n_saddles": 5, "n_states": 18, "n_maxima": 2, "at_T": (0.4, 0.0), "lambda_T": (-0.03, -0.0256)}
        | {"borne_to_T": -0.0565},
        {"modes": ("curling", "tilt of the core")},
    ),
    (Kind.CELLS_HOLD, PROOF | {"uniform_lost_T": 0.5086}, MINIMUM),
    (Kind.CERTIFIED, COUNT, {}),
    (Kind.CERTIFIED, COUNT | {"n_minimum": 15, "n_saddle": 2, "n_undecided": 1}, {}),
    (Kind.CERTIFIED, COUNT | {"n_states": 1, "n_minimum": 0, "n_saddle": 1, "lambda_min_T": NAN}, {}),
    (
        Kind.NOT_CERTIFIED,
        {"n_states": (1.0, 12.0)},
        {"reasons": ("too far", "left"), "nothing": False, "saved": True},
    ),
    *(
        (Kind.NOT_CERTIFIED, {"n_states": ()}, {"reasons": why, "nothing": True, "saved": saved})
        for why in ((), ("too far",))
        for saved in (True, False)
    ),
    (Kind.RUNS_DIFFER, BESIDE, RUNS),
    (Kind.RUNS_DIFFER, BESIDE | {"value": (0.4875, NAN), "error": (0.0125, NAN), "brown_T": NAN}, RUNS),
    (
        Kind.RUNS_DIFFER,
        BESIDE | {"value": (0.151, 0.052), "error": (NAN, NAN), "brown_T": NAN},
        RUNS | {"in_tesla": False, "quantity": "remanence"},
    ),
    (Kind.RUNS_DIFFER, BESIDE, RUNS | {"unsettled": ("relax",)}),
    (Kind.RUNS_DIFFER, BESIDE | PROOF, RUNS | MINIMUM | {"holder": "relax"}),
    (
        Kind.RUNS_DIFFER,
        BESIDE | {"value": 5 * (0.4,), "error": 5 * (0.01,), "n_runs": 5},
        RUNS | {"runs": tuple("abcde")},
    ),
    (Kind.RUNS_AGREE, BESIDE | {"value": (0.51,), "error": (0.01,)}, RUNS | {"runs": ("“a”, “b”",)}),
    (Kind.RUNS_AGREE, BESIDE | {"n_runs": 5}, RUNS),
    *(
        (Kind.BY_MOMENT, {"n_rows": 12.0, "n_untold": n, "reach": 0.1, "noise": n / 60}, {})
        for n in (0.0, 3.0)
    ),
    *(
        (
            Kind.TORQUE_GROWS,
            {"first_T": 0.02, "last_T": -0.12, "by_row": 1.7, "n_rows": 15.0, "n_saddle": n}
            | {"from_torque_T": 1.9e-6, "to_torque_T": 2.2e-3},
            {},
        )
        for n in (0.0, 15.0)
    ),
)
