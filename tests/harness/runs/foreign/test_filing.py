"""States by the row whose moment they have, whatever they are called."""

from pathlib import Path

import numpy as np
import pytest

from harness.runs.foreign.filing import filed

B_T = np.array([0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
M = np.array([0.9990, 0.9987, 0.9983, 0.9978, 0.97, 0.8])[:, None]
FILES = [Path(f"m{k}.ovf") for k in range(5)]


@pytest.mark.parametrize("digits", [4, 16])
def test_states_whose_numbers_are_shifted_are_put_by_their_moment_on_a_plateau_too(digits):
    """Between neighbours the moment of four of them changes by less than a state may be off its row."""
    means = {file: M[k + 1] for k, file in enumerate(FILES)}
    found = filed(dict(enumerate(FILES)), "their order", means, M.round(digits), B_T)
    assert found.rows == {k + 1: file for k, file in enumerate(FILES)} and found.moved and not found.left
    assert "m0.ovf: is of row 0 of the table (0.8 T, ⟨m⟩ = 0.9990) by their order" in found.notes[0]
    assert "is that of row 1 of the table (0.7 T, ⟨m⟩ = 0.9987); so it is with 4 more" in found.notes[0]


def test_states_that_round_to_their_rows_stay_there():
    means = {file: M[k] + 4e-5 * (-1) ** k for k, file in enumerate(FILES)}
    found = filed(dict(enumerate(FILES)), "their order", means, M, B_T)
    assert found.rows == dict(enumerate(FILES)) and found.notes == () and found.by == "their order"


def test_a_state_of_no_row_is_left_out_and_the_others_stay():
    means = {file: M[k] for k, file in enumerate(FILES)} | {FILES[2]: np.array([0.5])}
    found = filed(dict(enumerate(FILES)), "their order", means, M, B_T)
    assert set(found.rows) == {0, 1, 3, 4} and found.left == () and not found.moved
    assert found.notes[0].startswith(
        "m2.ovf: its mean moment is ⟨m⟩ = 0.5000, and it is of row 2 of the table"
    )
