"""What a user of the package sees: every name with its words, every result on a screen."""

import numpy as np
import pytest

import harness
import mxval
import reduced_model
from harness.verdict import judge

CONSTANTS = {"MATERIALS", "MU0", "__version__"}


def test_mxval_has_the_names_of_both_packages():
    assert set(mxval.__all__) == {*harness.__all__, *reduced_model.__all__} == set(dir(mxval))


@pytest.mark.parametrize("name", mxval.__all__)
def test_every_name_loads_and_says_what_it_is(name):
    value = getattr(mxval, name)
    assert name in CONSTANTS or value.__doc__


@pytest.mark.parametrize(
    "shown",
    [
        lambda c: c,
        judge,
        lambda c: judge(c).findings[0],
        lambda c: c.prediction_of[0],
        lambda c: c.study,
        lambda c: c.study.cases()[0],
        lambda c: c.results[0],
        lambda c: c.results[0].loop,
        lambda c: c.results[0].states[0],
        lambda c: c.results[0].states[0].fit,
        lambda c: c.results[0].states[0].fit.profile,
        lambda c: c.results[0].states[0].read(),
    ],
)
def test_every_result_shows_itself_on_a_screen(comparison, shown):
    text = repr(shown(comparison))
    assert len(text.splitlines()) <= 24 and max(map(len, text.splitlines())) <= 250
    assert "array([" not in text


def test_a_study_result_shows_itself_on_a_screen(comparison):
    result = mxval.StudyResult(comparison.study, "cpu", "as asked", (), None, {"a": "damaged: cut short"})
    assert repr(result).startswith("StudyResult(") and len(repr(result).splitlines()) <= 24
    assert repr(result).endswith("\na: damaged: cut short")


def test_a_notebook_shows_rounding_noise_as_zero(comparison):
    row = comparison.rows[0]
    assert row.quantity == "remanence"
    noisy = type(comparison)(
        comparison.study,
        comparison.results,
        comparison.prediction_of,
        tuple(type(row)(**{**vars(r), "simulated": -1e-17}) for r in comparison.rows),
    )
    html = noisy._repr_html_()
    assert "e-17" not in html and "<td>-0</td>" not in html
    assert np.isclose(noisy.table.simulated, -1e-17, rtol=1e-9, atol=0.0).all()  # the data keep it
