"""Samples of findings: what was asked, and what stands before everything else."""

from harness.verdict import Kind

ASKED = {"radius_nm": (20.0,), "cell_nm": (4.0, 2.5), "turns_T": (0.8, -0.8, 0.8), "steps_T": (0.01, 0.01)}
ASKED |= {"n_fields": 322, "Ku_J_per_m3": 4.8e4, "axis_angle_deg": (0.0,)}
OF = {"material": "iron", "several": False, "protocols": ("bare", "kick"), "solved": False}

SAMPLES = (
    (Kind.QUESTION, ASKED, OF),
    (Kind.QUESTION, ASKED | {"Ku_J_per_m3": 0.0, "steps_T": (0.01, 0.1)}, OF | {"material": ""}),
    (Kind.QUESTION, ASKED, OF | {"material": "iron and cobalt", "several": True}),
    (Kind.QUESTION, ASKED | {"axis_angle_deg": (0.0, 45.0), "turns_T": (0.2,), "n_fields": 1}, OF),
    (Kind.QUESTION, ASKED, OF | {"solved": True}),
    *(
        (
            Kind.LOOPS,
            {"radius_nm": 20.0, "Ku_J_per_m3": Ku, "axis_angle_deg": (0.0,), "cell_nm": (2.0,) * n}
            | {"n_fields": (802.0,) * n, "first_T": (1.0,) * n, "turn_T": (-1.0,) * n},
            {"material": "iron", "names": ("mine", "yours")[:n], "programs": ("OOMMF, imported",) * n},
        )
        for n, Ku in ((1, 4.8e4), (2, 0.0))
    ),
    *(
        (
            Kind.SITS_ON,
            {"n_rows": 401.0, "n_saddle": saddle, "n_held": held, "n_off": off},
            {"saddles": "0.12 to −0.02 T down", "off": "0.52 T"},
        )
        for saddle, held, off in ((0, 0, 0), (29, 0, 0), (29, 29, 1), (29, 4, 1), (0, 0, 1))
    ),
    (Kind.DOUBTFUL_VALUES, {}, {"lines": ("Ms_A_per_m = 1700: no magnet", "mesh.cell_nm = 1e-9: an atom")}),
    (
        Kind.CONTRADICTED,
        {"taken": (1.7e6, 20.0), "told": (8e5, 30.0)},
        {"what": ("Ms", "R"), "units": ("A/m", "nm"), "by": ("m.ovf", "loop.mx3"), "imported": True},
    ),
)
