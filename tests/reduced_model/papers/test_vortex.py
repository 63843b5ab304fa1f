"""What Adams & Michels 2026 print, against their own equations: known cases come out so."""

import math

import pytest

from reduced_model.models import Model
from reduced_model.papers import vortex
from reduced_model.papers.demag_convergence import grid_curvature
from reduced_model.papers.grid_demag import ansatz_on_grid, grid_g_d
from reduced_model.papers.table import AGREES, DECLARED, FAILS, read_printed
from reduced_model.papers.vortex import NEEDS_SIMULATION, PUBLISHED_VORTEX, first_event_T, largest_jump

CHECKED = {(entry.where, entry.quantity): entry.check() for entry in PUBLISHED_VORTEX}


def row(where, start):
    (found,) = [row for (at, what), row in CHECKED.items() if at == where and what.startswith(start)]
    return found


def test_every_statement_stands_once_is_readable_and_is_explained_where_it_does_not_agree():
    assert len(CHECKED) == len(PUBLISHED_VORTEX)
    for row in CHECKED.values():
        assert row.entry.paper == "Adams & Michels 2026" and row.entry.equation
        read_printed(row.entry.reading or row.entry.printed)
        assert row.entry.note or row.verdict in (AGREES, FAILS)
        assert (row.entry.cause is not None) == (row.verdict == FAILS)


@pytest.mark.parametrize(
    ("where", "quantity"),
    [
        ("Suppl. Sec. I", "g_d of the uniform state"),
        ("Suppl. Sec. I", "g_d of the fit for large nu"),
        ("Suppl. Sec. II", "d2g_d/dnu2 at nu = 0"),
        ("Suppl. Sec. II", "prefactor of R_nuc"),
        ("Suppl. Sec. II", "factor of Ku/(mu0 Ms^2) in R_nuc"),
        ("Suppl. Sec. II", "largest Ku/(mu0 Ms^2)"),
        ("Sec. VII", "R_nuc of iron"),
        ("Sec. VII", "prefactor of mu0 Ms in B_nuc"),
    ],
)
def test_constants_follow_from_the_approximation_the_paper_declares(where, quantity):
    found = row(where, quantity)
    assert found.verdict == DECLARED and "S" in found.entry.note
    assert not found.number.holds(found.computed) and found.number.holds(found.approximated)


@pytest.mark.parametrize(
    ("where", "quantity", "cause"),
    [
        ("Suppl. Sec. I", "prefactor of g_ux", vortex.PREFACTOR_S18),
        ("Sec. V", "field below which H' leaves", vortex.PREFACTOR_S18),
        ("Sec. VI", "|B| up to which the loop of H'' is open", vortex.OPENING),
        ("Sec. VII", "radius below which", vortex.MACROSPIN),
        ("Fig. 4", "distance between linear instability", vortex.OFFSET),
        ("Fig. 4", "largest step of <m_z>", vortex.JUMPS),
    ],
)
def test_what_does_not_follow_and_its_cause(where, quantity, cause):
    assert (row(where, quantity).verdict, row(where, quantity).entry.cause) == (FAILS, cause)
    assert len([found for found in CHECKED.values() if found.verdict == FAILS]) == 6


def test_the_texts_claims_on_the_shape_of_the_loops():
    assert row("Sec. V", "bend of <m_z>").verdict == AGREES
    assert row("Suppl. Sec. II", "first derivative").verdict == AGREES
    assert row("Suppl. Sec. I", "rise of g_ex").computed == pytest.approx(3.0, abs=0.01)


def test_the_numbers_the_causes_quote_are_so():
    assert first_event_T("tau", Model.PRIME, "fits") == pytest.approx(0.117, abs=5e-4)
    assert first_event_T("tau", Model.PRIME) == pytest.approx(0.0655, abs=5e-5)
    assert vortex.open_below_T("fits") == pytest.approx(0.0244, abs=5e-5)
    assert largest_jump("H''", 12.0, 20.0) == pytest.approx((0.39, 0.91), abs=5e-3)
    assert vortex.curvature("g_d") == pytest.approx(2 / 15, abs=1e-12)
    assert grid_curvature() == pytest.approx(0.124, abs=5e-4)
    offset = vortex.nucleation_offsets()[1]
    assert offset.offset_T == pytest.approx(0.045, abs=5e-4)
    assert vortex.loop_below_spinodal_T("paper_T", "exact") == pytest.approx(offset.offset_T, abs=1e-9)
    assert 1.95 * math.log(160) == pytest.approx(9.9, abs=0.05)


def test_moments_turned_alone_are_another_texture():
    texture = ansatz_on_grid(float(vortex.NU_REMANENT))
    turned = texture[:, [2, 1, 0]] * [1.0, 1.0, -1.0]  # R_y(90 degrees) on the moments, positions kept
    assert abs(grid_g_d(m=turned) - grid_g_d(m=texture)) == pytest.approx(0.089, abs=5e-4)


def test_the_model_has_a_value_for_what_a_simulation_printed_if_it_can():
    values = [entry.by_model for entry in NEEDS_SIMULATION]
    assert values[0] == pytest.approx(4.8486, abs=1e-4)  # the exact remanent nu
    assert math.isnan(values[-1])  # curves only
