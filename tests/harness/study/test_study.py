"""Studies: what multiplies, what is refused, and how it is said."""

import pytest
from pydantic import ValidationError

from harness.inputs import InputError
from harness.shipped import find_study, study_names
from harness.study.study import Study

BAD = [
    ("particle.radius_m", 2e-8, "particle.radius_m", "did you mean radius_nm?"),
    ("mesh.cell_size_nm", 2, "mesh.cell_size_nm", "did you mean cell_nm?"),
    ("particle.radius_nm", -3, "particle.radius_nm = -3", "greater than 0 and at most 1000"),
    ("particle.radius_nm", "20", 'particle.radius_nm = "20"', "number, greater than 0 and at most 1000"),
    ("particle.shape", "cube", 'particle.shape = "cube"', "'sphere'"),
    ("mesh.cell_nm", 50, "mesh.cell_nm = 50", "larger than the particle, whose diameter is 16 nm"),
    ("mesh.cell_nm", 0, "mesh.cell_nm = 0", "greater than 0"),
    ("mesh.cell_nm", float("nan"), "mesh.cell_nm", "finite"),
    ("mesh.cell_nm", True, "mesh.cell_nm = true", "number"),
    ("mesh.cell_nm", 0.01, "mesh.cell_nm = 0.01", "take at least"),
    ("mesh.cell_nm", [1, 2], "mesh.cell_nm = [1, 2]", "cell_nm under [sweep]"),
    ("mesh.edge_smooth", 1.5, "mesh.edge_smooth = 1.5", "integer"),
    ("mesh.offset_cells", [0, 0], "mesh.offset_cells = [0, 0]", "at least 3"),
    ("mesh.offset_cells", [0, 0, 2], "mesh.offset_cells[3] = 2", "at most 0.5"),
    ("material.name", "irn", "irn", "did you mean iron?"),
    ("material.Ms_A_per_m", 1e5, "iron", "stands for other numbers"),
    ("material", {"name": "new"}, "new", "allowed: cobalt"),
    (
        "material",
        {"Ms_A_per_m": [1e6], "A_J_per_m": 1e-11, "Ku_J_per_m3": 0},
        "Ms_A_per_m = [1000000.0]",
        "can be listed, under [sweep]",
    ),
    ("material", {"Ms_A_per_m": 1e6, "A_J_per_m": 10, "Ku_J_per_m3": 0}, "A_J_per_m = 10", "at most 1e-09"),
    ("material", 3, "material = 3", "table"),
    ("material.axis", [0, 0, 0], "material.axis", "not the zero vector"),
    ("feild", {}, "feild: unknown", "did you mean field?"),
    ("field", {}, "field", "give one of segments, loop, values_T"),
    ("field.step_T", 1, "field.step_T", "unknown key"),
    ("field.values_T", [1.0], "field", "got loop and values_T"),
    ("field.loop.step_T", 0.3, "step_T = 0.3", "does not divide the way from 1 to -1 T"),
    ("field.loop.step_T", -0.5, "field.loop.step_T = -0.5", "greater than 0"),
    ("field.loop.step_T", 1e-9, "field", "at most 100000"),
    ("field.loop.max_T", 1e6, "field.loop.max_T", "at most 100"),
    ("field.loop.max_T", 1.0000000000001, "field.loop.max_T", "more than 12 decimals"),
    ("field", {"segments": [{"start_T": 1, "stop_T": 1, "step_T": 1}]}, "both 1", "values_T"),
    ("save.ovf", 3, "save.ovf = 3", '"remanence", "all", "none"'),
    ("save.ovf", [0.25], "0.25 T", "not a value of the field path"),
    ("solver.method", "rlax", "solver.method", "'relax' or 'minimize'"),
    ("sweep.radius_m", [1], "sweep.radius_m", "did you mean radius_nm?"),
    ("sweep.Ms_A_per_m", [1], "sweep.Ms_A_per_m", "cannot be swept"),
    ("sweep.cell_nm", [1], "mesh.cell_nm = 4", "stands in [sweep] too"),
    ("sweep.edge_smooth", 2, "sweep.edge_smooth = 2", "list"),
    ("sweep.edge_smooth", [], "sweep.edge_smooth = []", "one or more"),
    ("sweep.edge_smooth", [2, -1], "sweep.edge_smooth: edge_smooth = -1", "at least 0 and at most 16"),
    ("sweep", [1], "sweep", "table"),
    ("protocol", [{"kind": "kck"}], "protocol[1].kind = kck", "'bare', 'tilt', 'bias', 'kick'"),
    ("protocol", [{"b_mT": 1}], "protocol[1].kind", "missing"),
    (
        "protocol",
        [{"kind": "bare"}, {"kind": "kick", "b_T": 1}],
        "protocol[2].kick.b_T",
        "did you mean b_mT?",
    ),
    (
        "protocol",
        [{"kind": "bias", "b_mT": [0.1, 1]}],
        "b_mT = [0.1, 1]",
        "[[protocol]] table for each",
    ),
    ("protocol", [{"kind": "kick", "seed": 1, "seeds": [2]}], "protocol[1].kick", "seed or seeds"),
    ("protocol", [{"kind": "tilt"}], "theta_deg", "missing"),
    ("protocol", {"kind": "kick"}, "protocol", "list"),
    ("protocol", [], "protocol", "at least 1"),
    ("name", "../up", "name", "letters, digits"),
    ("name", "studies", "name = studies", "reserved"),
]


@pytest.mark.parametrize(("path", "value", "where", "what"), BAD, ids=[f"{p}={v}"[:50] for p, v, *_ in BAD])
def test_bad_value_is_named_in_one_line(small_with, path, value, where, what):
    with pytest.raises(InputError) as caught:
        Study.from_values(small_with(path, value), source="my.toml")
    text = str(caught.value)
    assert where in text and what in text and text.endswith("(my.toml)")
    assert "\n" not in text


def test_every_problem_gets_its_line(small_with):
    values = small_with("particle.radius_nm", -1) | {"feild": 1}
    with pytest.raises(InputError) as caught:
        Study.from_values(values)
    assert len(caught.value.problems) == 2


def test_missing_and_malformed_files(tmp_path):
    with pytest.raises(InputError, match=r"gone.toml: no such study file"):
        Study.load(tmp_path / "gone.toml")
    bad = tmp_path / "bad.toml"
    bad.write_text("[mesh\ncell_nm = 2")
    with pytest.raises(InputError, match=r"bad.toml: not valid TOML.*line 1"):
        Study.load(bad)
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="cannot be read"):
        Study.load(bad)
    with pytest.raises(InputError, match="cannot be read"):
        Study.load(tmp_path)


def test_study_is_frozen(small):
    with pytest.raises(ValidationError):
        small.cases()[0].mesh.cell_nm = 3


def test_file_name_is_the_name_if_none_is_given(tmp_path, small_with):
    file = tmp_path / "my_sphere.toml"
    file.write_text(
        "[material]\nname = 'iron'\n[particle]\nradius_nm = 8\n[mesh]\ncell_nm = 4\n"
        "[field]\nvalues_T = [1, 0]\n"
    )
    assert Study.load(file).name == "my_sphere"


def test_material_by_name_is_the_reference_iron(small):
    material = small.material
    assert (material.Ms_A_per_m, material.A_J_per_m, material.Ku_J_per_m3) == (1.7e6, 1e-11, 4.8e4)
    assert material.axis == (0, 0, 1)


def test_axis_is_normalised(small_with):
    assert Study.from_values(small_with("material.axis", [0, 3, 4])).material.axis == pytest.approx(
        (0, 0.6, 0.8)
    )


def test_only_sweeps_protocols_and_seeds_multiply(small_with):
    values = small_with("sweep", {"edge_smooth": [0, 8], "solver": ["relax", "minimize"]})
    values["protocol"] = [{"kind": "bare"}, {"kind": "kick", "seeds": [1, 2, 3]}]
    cases = Study.from_values(values).cases()
    assert len(cases) == 2 * 2 * (1 + 3)
    assert len({c.name for c in cases}) == len(cases)
    assert {c.protocol.seed for c in cases if c.protocol.kind == "kick"} == {1, 2, 3}


def test_equal_cases_are_run_once(small_with):
    values = small_with("sweep", {"edge_smooth": [0, 8, 0]})
    values["protocol"] = [{"kind": "kick"}, {"kind": "kick", "b_mT": 5.0, "seeds": [1, 1]}]
    assert len(Study.from_values(values).cases()) == 2


def test_too_many_cases_are_refused(small_with):
    values = small_with("sweep", {"edge_smooth": list(range(17)), "tolerance_T": [1e-6] * 1000})
    with pytest.raises(InputError, match="17000 cases; at most 10000"):
        Study.from_values(values)


def test_the_papers_loop_has_802_fields():
    study = Study.load(find_study("fe_sphere_40nm"))
    bare, kick = study.cases()
    assert len(bare.field_values_T) == 802
    assert bare.field_values_T[0] == 1 and bare.field_values_T[400] == bare.field_values_T[401] == -1
    assert bare.field_values_T[200] == bare.field_values_T[601] == 0
    assert {200, 601} <= set(bare.saved_steps)
    assert bare.grid == (20, 20, 20)
    assert (bare.protocol.kind, kick.protocol.kind) == ("bare", "kick")


def test_segments_and_loop_give_the_same_path(small_with, small):
    segments = [{"start_T": 1, "stop_T": -1, "step_T": 0.5}, {"start_T": -1, "stop_T": 1, "step_T": 0.5}]
    study = Study.from_values(small_with("field", {"segments": segments}))
    assert study.cases()[0].field_values_T == small.cases()[0].field_values_T


def test_fields_do_not_drift(small_with):
    study = Study.from_values(small_with("field.loop", {"max_T": 0.3, "step_T": 0.0001}))
    values = study.field.all_values_T
    assert all(value == round(value, 12) for value in values)
    assert values[3000] == 0


def test_saved_steps(small_with):
    def saved(ovf):
        return Study.from_values(small_with("save.ovf", ovf)).cases()[0].saved_steps

    assert saved("remanence") == (2, 7)
    assert saved("none") == ()
    assert saved("all") == tuple(range(10))
    assert saved([0.5, -1]) == (1, 4, 5, 8)


def test_states_saved_at_every_multiple_of_a_field(small_with):
    values = small_with("save", {"ovf": "none", "every_T": 0.2})
    values["field"] = {"values_T": [0.3, 0.2, 0.1, 0, -0.1, -0.2]}
    assert Study.from_values(values).cases()[0].saved_steps == (1, 3, 5)
    values["save"]["ovf"] = [0.3]
    assert Study.from_values(values).cases()[0].saved_steps == (0, 1, 3, 5)


@pytest.mark.parametrize("name", study_names())
def test_ready_studies_are_valid(name):
    study = Study.load(find_study(name))
    assert study.name == name and study.description and study.cases()


def test_ready_studies_are_there():
    assert {"demo", "fe_sphere_40nm", "fe_sphere_mesh"} <= set(study_names())
    assert [c.mesh.cell_nm for c in Study.load(find_study("fe_sphere_mesh")).cases()] == [4, 2.5, 2, 1.25, 1]


def test_a_file_comes_before_a_ready_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_study("demo").name == "demo.toml"
    (tmp_path / "demo").write_text("")
    assert str(find_study("demo")) == "demo"


def test_cases_that_differ_in_any_digit_have_names_of_their_own(small_with):
    values = small_with("sweep", {"cell_nm": [2, 2.0000001], "tolerance_T": [1e-6, 1e-9]})
    values["mesh"].pop("cell_nm", None)
    cases = Study.from_values(values).cases()
    assert len(cases) == len({case.name for case in cases}) == 4 * len(values.get("protocol", [0]))


def test_a_file_whose_name_names_no_study_says_so(tmp_path):
    path = tmp_path / "b ñ.toml"
    path.write_text('[material]\nname = "iron"\n', encoding="utf-8")
    with pytest.raises(InputError, match="the file's own name cannot stand in for it"):
        Study.load(path)


def test_missing_keys_are_one_line():
    with pytest.raises(InputError) as raised:
        Study.from_values({"name": "empty"})
    assert len(raised.value.problems) == 1
    assert "material, particle, mesh, field: missing" in str(raised.value)


def test_a_bound_says_what_the_value_means(small_with):
    segment = {"start_T": 1, "stop_T": -1, "step_T": -0.1}
    with pytest.raises(InputError, match="its sign follows from start and stop"):
        Study.from_values(small_with("field", {"segments": [segment]}))


@pytest.mark.parametrize("path", [None, 3, "", " "])
def test_what_is_no_path_is_refused_in_words(path):
    with pytest.raises(InputError, match="must be the path of a study file"):
        Study.load(path)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (
            "field",
            {"values_T": []},
            r"values_T = \[\]: should be a list of at least 1 value \(explicit",
        ),
        ("protocol", [], r"protocol = \[\]: should be a list of at least 1 value \(what breaks"),
        ("mesh.offset_cells", [0.0, 0.0], r"should be a list of at least 3 values \(shift"),
        ("mesh.offset_cells", [0.0] * 4, r"should be a list of at most 3 values \(shift"),
    ],
)
def test_lists_of_a_wrong_length_are_told_so(small_with, path, value, told):
    with pytest.raises(InputError, match=told):
        Study.from_values(small_with(path, value))
