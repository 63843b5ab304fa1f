"""Samples of findings: what is left in zero field, and whose equilibria they are."""

from harness.verdict import Kind

from .shared import NAN

STATE = {"nu": 5.139, "nu_spread": 0.64, "nu_prime": 5.162, "nu_double_prime": 4.849, "nu_printed": 4.443}
STATE |= {"angle_deg": 67.0, "angle_prime_deg": 90.0, "angle_double_prime_deg": 0.0, "nu_continuum": NAN}
STATE |= {"angle_continuum_deg": NAN, "nu_continuum_error": NAN}
COLLAR = {"lowest_m_z": -0.11, "nu_least": 4.6, "nu_most": 5.25, "nu_fit_error": 0.047, "nu_printed": 4.443}
COLLAR |= {"nu_nearest": 4.6}
BY = {"least_by": "m_φ", "most_by": "m_z", "nearest_by": "m_φ"}
CHOICE = {"rms_prime": 0.03, "rms_double_prime": 0.155, "reach_T": 0.06, "n_fields": 26, "n_all": 80}
CHOICE |= {"rms_all_prime": 0.02, "rms_all_double_prime": 0.05}
SAME = {"n_fields": 80, "parts_T": NAN}
PINNED = {"angle_deg": 54.7, "angle_prime_deg": 90.0, "angle_double_prime_deg": 0.0, "apart_deg": 0.04}
PINNED |= {"angle_continuum_deg": NAN}

SAMPLES = (
    (Kind.REMANENT_STATE, STATE, {"state": "tilted vortex"}),
    (Kind.REMANENT_STATE, STATE | {"nu_printed": NAN}, {"state": "uniform"}),
    (Kind.REMANENT_STATE, STATE | {"nu_continuum": 5.05, "angle_continuum_deg": 90.0}, {"state": "vortex"}),
    (Kind.COLLAR, COLLAR, BY),
    (Kind.COLLAR, COLLAR | {"nu_printed": NAN}, BY),
    *(
        (
            Kind.HAMILTONIAN,
            CHOICE | {"reach_T": reach},
            {"nearer": nearer, "few": few, "far": far, "engine": "CPU engine, fast"},
        )
        for reach in (0.06, 0.0)
        for nearer in ("H′", "neither")
        for few in (True, False)
        for far in (True, False)
    ),
    (Kind.SAME_HAMILTONIANS, SAME | {"rms_all": 0.4}, {"without_anisotropy": True, "far": True}),
    (Kind.SAME_HAMILTONIANS, SAME | {"rms_all": 0.01}, {"without_anisotropy": False, "far": False}),
    (Kind.SAME_HAMILTONIANS, SAME | {"rms_all": NAN}, {"without_anisotropy": False, "far": False}),
    (
        Kind.SAME_HAMILTONIANS,
        SAME | {"rms_all": 1.414, "parts_T": -0.5},
        {"without_anisotropy": False, "far": True, "models_turn": False},
    ),
    (Kind.HAMILTONIAN_UNTOLD, {}, {"coarse": True}),
    (Kind.HAMILTONIAN_UNTOLD, {}, {"coarse": False}),
    (
        Kind.LATTICE_PINS,
        PINNED | {"angle_continuum_deg": 90.0},
        {"axis": "⟨111⟩", "isotropic": False, "no_model_s": True},
    ),
    *(
        (Kind.LATTICE_PINS, PINNED, {"axis": axis, "isotropic": isotropic, "no_model_s": no_model_s})
        for axis in ("⟨111⟩", "")
        for isotropic in (False, True)
        for no_model_s in (True, False)
    ),
    (
        Kind.CORE_BY_CELLS,
        PINNED | {"radius_nm": 20.0, "edge_smooth": 0.0} | {"cell_nm": (4.0, 2.0), "angle_deg": (67.0, 90.0)},
        {"way": "kick"},
    ),
)
