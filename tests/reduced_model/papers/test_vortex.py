"""What Adams & Michels 2026 print, against their own equations: known cases come out so."""

import math

import pytest

from reduced_model.papers.table import AGREES, FAILS, read_printed
from reduced_model.papers.vortex import NEEDS_SIMULATION, PUBLISHED_VORTEX

CHECKED = {(entry.where, entry.quantity): entry.check() for entry in PUBLISHED_VORTEX}


def verdict(where, start):
    (found,) = [row.verdict for (at, what), row in CHECKED.items() if at == where and what.startswith(start)]
    return found


def test_every_entry_is_complete_readable_and_explained_where_it_fails():
    assert len(CHECKED) == len(PUBLISHED_VORTEX)
    for row in CHECKED.values():
        assert row.entry.paper == "Adams & Michels 2026" and row.entry.equation
        read_printed(row.entry.reading or row.entry.printed)
        assert row.entry.note or row.verdict == AGREES


@pytest.mark.parametrize(
    ("where", "quantity"),
    [
        ("Suppl. Sec. II", "d2g_d/dnu2 at nu = 0, of the"),
        ("Suppl. Sec. II", "prefactor of R_nuc from the"),
        ("Suppl. Sec. II", "factor of Ku/(mu0 Ms^2) from the"),
        ("Sec. VII", "prefactor of mu0 Ms in B_nuc, from the"),
    ],
)
def test_constants_follow_from_the_fit_and_not_from_the_integral(where, quantity):
    fit = "fit" if "d2g_d" in quantity else "fitted curvature"
    assert verdict(where, f"{quantity} {fit}") == AGREES
    assert verdict(where, f"{quantity} integral") == FAILS


def test_the_tilting_field_of_H_prime_follows_from_the_fits_alone():
    assert verdict("Sec. V", "field below which H' tilts, profiles by the printed fits") == AGREES
    assert verdict("Sec. V", "field below which H' tilts, profiles by integration") == FAILS


def test_the_model_has_a_value_for_what_a_simulation_printed_if_it_can():
    values = [entry.by_model for entry in NEEDS_SIMULATION]
    assert values[0] == pytest.approx(4.8486, abs=1e-4)  # the exact remanent nu
    assert math.isnan(values[-1])  # curves only
