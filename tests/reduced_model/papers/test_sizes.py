"""What Shi 2025 and Shi & Cardwell 2026 print, against their own equations: known cases come out so."""

import dataclasses
import math

import pytest

from reduced_model.papers import sizes
from reduced_model.papers.sizes import PUBLISHED_SIZES
from reduced_model.papers.table import AGREES, DECLARED, FAILS, ROUNDS, Published, read_printed
from reduced_model.sizes.isolation import isolation_distance_m

CHECKED = [entry.check() for entry in PUBLISHED_SIZES]


def verdicts(where, start):
    found = [
        row.verdict for row in CHECKED if row.entry.where == where and row.entry.quantity.startswith(start)
    ]
    assert found, f"no entry {where}: {start}"
    return found


def test_every_entry_is_complete_and_readable():
    assert len({(e.paper, e.where, e.quantity, e.printed) for e in PUBLISHED_SIZES}) == len(PUBLISHED_SIZES)
    for entry in PUBLISHED_SIZES:
        assert entry.paper in ("Shi 2025", "Shi & Cardwell 2026")
        assert entry.where and entry.quantity and entry.equation
        read_printed(entry.reading or entry.printed)


def test_no_verdict_is_stored():
    assert "verdict" not in {field.name for field in dataclasses.fields(Published)}
    for row in CHECKED:
        note = row.entry.note.lower()
        assert not any(word in note for word in ("agrees", "does not follow", "rounds differently"))


def test_whatever_does_not_agree_says_something_about_it():
    assert all(row.entry.note for row in CHECKED if row.verdict not in (AGREES, FAILS))
    assert all((row.entry.cause is not None) == (row.verdict == FAILS) for row in CHECKED)


def test_table_one_of_shi_is_right_and_its_density_is_not():
    assert verdicts("Table I", "radius of") == [AGREES] * 5
    assert verdicts("Statistical mean-field approach", "atomic density") == [FAILS]
    assert verdicts("text on Fig. 2", "radii of 1 to 10,000 dipoles at iron's") == [FAILS]


def test_flux_quantum_radii():
    assert verdicts("abstract, Eq. 4; Shi & Cardwell 2026, Sec. 1.8", "flux-quantum radius") == [AGREES]
    assert verdicts("Sec. 1.8", "flux-quantum radius") == [ROUNDS, ROUNDS]
    assert verdicts("Sec. 1.8", "flux quantum") == [AGREES]


@pytest.mark.parametrize("field", ["1 mT", "10 mT", "100 mT", "1000 mT"])
def test_table_one_of_shi_and_cardwell(field):
    for quantity in ("x", "L(x)", "N_c"):
        assert verdicts("Table 1", f"{quantity} at {field}") == [FAILS]


@pytest.mark.parametrize(("B_T", "x", "L", "number"), [column[:4] for column in sizes._TABLE_1_COLUMNS])
def test_both_readings_of_table_one_fit_its_digits(B_T, x, L, number):
    twice = 4e-7 * math.pi * B_T * 2.5e-19 / 4.1e-21
    assert read_printed(L).holds(twice) and read_printed(x).holds(3 * float(L))
    assert read_printed(number).holds(3 * 25 / twice**2)
    assert read_printed(number).holds(10 * 25 / (3 * float(L) ** 2))


def test_what_holds_in_weak_fields_is_a_declared_approximation():
    assert verdicts("Sec. 1.6", "standard deviation") == [DECLARED]
    assert verdicts("Sec. 1.6", "exponent of N_c") == [DECLARED]


def test_the_text_contradicts_itself_on_multi_tesla_fields():
    assert verdicts("Sec. 1.5", "N_c at multi-tesla") == [FAILS]
    assert verdicts("Sec. 1.6", "N_c at multi-tesla") == [AGREES]
    assert verdicts("Sec. 1.6", "decades between") == [FAILS]


def test_table_two_and_its_inputs_are_right():
    assert {row.verdict for row in CHECKED if row.entry.where == "Table 2"} == {AGREES}
    assert verdicts("Sec. 1.9", "moment") == [AGREES]


def test_the_numbers_the_causes_quote_are_so():
    value = {(row.entry.where, row.entry.quantity): row.computed for row in CHECKED}
    assert value["Table 1", "x at 1 mT"] == pytest.approx(0.061, abs=5e-4)
    assert value["Table 1", "N_c at 1 mT"] == pytest.approx(2.0e4, rel=0.01)
    assert value["Table 1", "N_c at 1000 mT"] == pytest.approx(8.6, abs=0.05)
    ratio = value["Table 1", "N_c as printed over that from the printed L"]
    assert ratio == pytest.approx((10, 10), rel=0.01)
    assert sizes._number(4.5e-3) == pytest.approx(1000, rel=0.02)
    assert value["Sec. 1.5", "N_c at multi-tesla fields (2 to 10 T)"] == pytest.approx((8.4, 8.4), abs=0.1)
    scaling = [isolation_distance_m(Ms * 5.236e-25, 1.0) for Ms in (2.4e5, 4.8e5)]
    assert math.log2(scaling[1] / scaling[0]) == pytest.approx(2 / 3)
