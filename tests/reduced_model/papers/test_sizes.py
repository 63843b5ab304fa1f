"""What Shi 2025 and Shi & Cardwell 2026 print, against their own equations: known cases come out so."""

import dataclasses

import pytest

from reduced_model.papers.sizes import PUBLISHED_SIZES
from reduced_model.papers.table import AGREES, FAILS, ROUNDS, Published, read_printed

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
    assert all(row.entry.note for row in CHECKED if row.verdict != AGREES)


def test_table_one_of_shi_is_right_and_its_density_is_not():
    assert verdicts("Table I", "radius of") == [AGREES] * 5
    assert verdicts("Statistical mean-field approach", "atomic density") == [FAILS]


def test_flux_quantum_radii():
    assert verdicts("abstract, Eq. 4", "flux-quantum radius") == [AGREES]
    assert verdicts("Sec. 1.8", "flux-quantum radius") == [AGREES, ROUNDS, ROUNDS]
    assert verdicts("Sec. 1.8", "flux quantum") == [AGREES]


def test_the_two_models_converge_by_the_printed_density_only():
    assert verdicts("text on Fig. 2", "radii of 1 to 10,000 dipoles at the printed") == [AGREES]
    assert verdicts("text on Fig. 2", "radii of 1 to 10,000 dipoles at iron's") == [FAILS]


@pytest.mark.parametrize("field", ["1 mT", "10 mT", "100 mT", "1000 mT"])
def test_table_one_of_shi_and_cardwell(field):
    assert verdicts("Table 1", f"x at {field}") == [FAILS]
    assert verdicts("Table 1", f"L at {field} from the printed x") == [AGREES]
    assert verdicts("Table 1", f"N_c at {field}") == [FAILS, FAILS]  # from the field, and from the printed L


def test_the_printed_sigma_holds_in_a_weak_field_only():
    assert verdicts("Sec. 1.6", "standard deviation") == [AGREES, FAILS, FAILS, FAILS]


def test_the_text_contradicts_itself_on_multi_tesla_fields():
    assert verdicts("Sec. 1.5", "N_c at multi-tesla") == [FAILS]
    assert verdicts("Sec. 1.6", "N_c at multi-tesla") == [AGREES]


def test_table_two_and_its_inputs_are_right():
    assert {row.verdict for row in CHECKED if row.entry.where == "Table 2"} == {AGREES}
    assert verdicts("Sec. 1.9", "moment") == [AGREES, ROUNDS]  # the second from the printed, rounded volume
    assert verdicts("Sec. 1.9", "exponent of r in Ms") == [FAILS]


def test_the_numbers_the_notes_quote_are_so():
    value = {(row.entry.where, row.entry.quantity): row.computed for row in CHECKED}
    assert 2.4e-7 / value["Table 1", "x at 1 mT"] == pytest.approx(3.9e-6, rel=0.02)
    assert value["Table 1", "N_c at 1 mT"] == pytest.approx(2.0e4, rel=0.01)
    assert value["Table 1", "N_c at 1000 mT"] == pytest.approx(8.6, abs=0.05)
    assert value["Table 1", "N_c at 1 mT from the printed L"] == pytest.approx(1.3e15, rel=0.01)
    assert value["Sec. 1.9", "exponent of r in Ms"] == pytest.approx(2 / 3)
