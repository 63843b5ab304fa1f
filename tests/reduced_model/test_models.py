"""The enumeration of models: every way to write a name leads to it, and it still is its own text."""

import json

import pytest

from reduced_model import Hamiltonian, Model, ModelError, Sphere, field_loop
from reduced_model.models import VORTEX_MODELS


@pytest.mark.parametrize("model", list(Model))
def test_text_symbol_and_option_all_name_it(model):
    assert {Model(text) for text in (model, model.value, model.symbol, model.option)} == {model}
    assert model == model.value and f"{model}" == model.value
    assert json.loads(json.dumps({"model": model})) == {"model": model.value}


@pytest.mark.parametrize("text", ["Hpp", "H″", "H''", Model.DOUBLE_PRIME])
def test_results_carry_the_enumeration_whatever_was_typed(text):
    assert Hamiltonian("iron", 20e-9, text).model is Model.DOUBLE_PRIME
    assert field_loop([1.0, 0.5], radius_m=20e-9, material="iron", model=text).model is Model.DOUBLE_PRIME


@pytest.mark.parametrize("value", ["H3", "", None, 3, ["H'"]])
def test_an_unknown_model_is_refused_with_key_value_and_choices(value):
    with pytest.raises(ModelError) as refusal:
        Sphere().loop(model=value)
    said = str(refusal.value)
    assert said.startswith(f"model = {value!r}") and all(model in said for model in Model)


def test_a_rigid_moment_has_no_vortex():
    assert set(Model) - set(VORTEX_MODELS) == {Model.STONER_WOHLFARTH}
