"""Studies: what multiplies, what is refused, and how it is said."""

import copy
import itertools
import json

import pytest
from pydantic import ValidationError

from harness.engines import CpuEngine, MuMax3
from harness.inputs import InputError
from harness.pipeline import plan_study
from harness.shipped import find_study, study_names
from harness.study.protocols import Kick
from harness.study.script import identity, render
from harness.study.study import Case, Study
from harness.study.sweep import SWEEPABLE
from reduced_model.materials import MATERIALS

from ..conftest import SMALL

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
        "to run several, list them as Ms_A_per_m under [sweep]",
    ),
    (
        "material.name",
        ["iron", "cobalt"],
        "material: name = ['iron', 'cobalt']",
        "list them as material under [sweep]",
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
    ("solver.method", "rlax", "solver.method", "'guarded', 'relax' or 'minimize'"),
    ("sweep.radius_m", [1], "sweep.radius_m", "did you mean radius_nm?"),
    ("sweep.axis", [[0, 0, 1]], "sweep.axis", "cannot be swept"),
    ("sweep.seed", [1, 2], "sweep.seed", "cannot be swept"),
    ("sweep.Ms_A_per_m", [1], "sweep.Ms_A_per_m: Ms_A_per_m = 1", "at least 1000 and at most 1e+07"),
    ("sweep.Ku_J_per_m3", [0, "x"], 'sweep.Ku_J_per_m3: Ku_J_per_m3 = "x"', "valid number"),
    ("sweep.material", ["cobalt"], "material.name = iron", "stands in [sweep] too"),
    ("sweep.theta_deg", [1, 2], "theta_deg", "no [[protocol]] of kind tilt"),
    ("sweep.cell_nm", [1], "mesh.cell_nm = 4", "stands in [sweep] too"),
    ("sweep.edge_smooth", 2, "sweep.edge_smooth = 2", "list"),
    ("sweep.edge_smooth", [], "sweep.edge_smooth = []", "one or more"),
    ("sweep.edge_smooth", [2, -1], "sweep.edge_smooth: edge_smooth = -1", "at least 0 and at most 16"),
    ("sweep", [1], "sweep", "table"),
    ("protocol", [{"kind": "kck"}], "protocol[1].kind = kck", "'bare', 'tilt', 'bias', 'kick'"),
    ("protocol", [{"kind": "Kik"}], "protocol[1].kind = Kik", "did you mean 'kick'?"),
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


def test_cases_of_studies_that_are_there_keep_their_names():
    """Finished runs are found by them, and by the script's tokens."""
    found = [case.name for case in Study.load(find_study("demo")).cases()]
    assert found == [f"R20nm-c{cell}nm-{way}" for cell in ("4", "2.5") for way in ("bare", "kick5mT-seed1")]


def test_a_swept_value_is_the_same_run_as_a_written_one(small_with):
    for key, value in (("material", "iron"), ("Ku_J_per_m3", 4.8e4), ("radius_nm", 8)):
        (swept,) = Study.from_values(SMALL).with_(**{key: [value]}).cases()
        (written,) = Study.from_values(SMALL).cases()
        assert identity(render(swept), engine="", options={}) == identity(
            render(written), engine="", options={}
        )


SWEPT = {
    "material": ["iron", "cobalt"],
    "Ms_A_per_m": [8e5, 8.000001e5],
    "A_J_per_m": [1e-11, 2e-11],
    "Ku_J_per_m3": [0, 4.8e4],
    "radius_nm": [8, 8.5],
    "cell_nm": [4, 3],
    "edge_smooth": [0, 2],
    "offset_cells": [[0, 0, 0], [0, 0.25, 0]],
    "solver": ["relax", "minimize"],
    "tolerance_T": [1e-6, 1e-7],
    "theta_deg": [1, 2],
    "phi_deg": [0, 45],
    "chirality": [1, -1],
    "b_mT": [1, 5],
    "b0_mT": [0.5, 1],
    "algorithm": ["fast", "faithful"],
    "precision": ["double", "single"],
    "demag": ["newell", "mumax3"],
    "surface": ["cells", "smooth"],
}
"""Two values for every key of [sweep]."""
OF_THE_ENGINE = ("tolerance_T", "algorithm", "precision", "demag", "surface")
"""Keys that are no part of the script."""
PROTOCOLS_SWEPT = [{"kind": "bare"}, {"kind": "tilt"}, {"kind": "bias"}, {"kind": "kick", "seeds": [1, 2]}]


@pytest.mark.parametrize("key", SWEEPABLE)
def test_every_key_sweeps_and_names_its_cases(key):
    values = copy.deepcopy(SMALL) | {"protocol": copy.deepcopy(PROTOCOLS_SWEPT)}
    table, field = SWEEPABLE[key]
    if table != "protocol":
        values.get(table, {}).pop(field, None)
    if key != "theta_deg":
        values["protocol"][1]["theta_deg"] = 1
    cases = Study.from_values(values | {"sweep": {key: SWEPT[key]}}).cases()
    held = [getattr(getattr(case, table), field, None) for case in cases]
    first, second = (tuple(v) if isinstance(v, list) else v for v in SWEPT[key])
    assert {first, second} <= set(held)
    assert len({case.name for case in cases}) == len(cases)
    assert all(Case.model_validate(json.loads(json.dumps(c.model_dump(mode="json")))) == c for c in cases)
    assert key in OF_THE_ENGINE or len({render(case).script for case in cases}) == len(cases)


def test_sweeps_of_material_and_numbers_together_keep_every_case_apart():
    sweep = {"Ku_J_per_m3": [0, 4.8e4], "material": ["iron", "cobalt"], "A_J_per_m": [1e-11, 3.1e-11]}
    cases = Study.from_values({**SMALL, "material": {}, "sweep": sweep}).cases()
    assert len({case.name for case in cases}) == len(cases) == 8
    assert {case.material.Ms_A_per_m for case in cases} == {1.7e6, 1.44e6}
    iron = [case for case in cases if (case.material.Ku_J_per_m3, case.material.A_J_per_m) == (4.8e4, 1e-11)]
    assert [case.material.name for case in iron] == ["iron", "cobalt_Ku48000_A1e-11"]  # only iron is iron
    assert "R8nm-c4nm-cobalt-A1e-11-Ku48000-bare" in {case.name for case in cases}


def test_a_protocol_without_the_swept_key_is_run_once(small_with):
    values = small_with("protocol", [{"kind": "bare"}, {"kind": "tilt"}]) | {"sweep": {"theta_deg": [1, 2]}}
    names = [case.name for case in Study.from_values(values).cases()]
    assert names == ["R8nm-c4nm-bare", "R8nm-c4nm-tilt1deg", "R8nm-c4nm-tilt2deg"]


def test_a_changed_study_is_checked_as_a_file_is(small):
    changed = small.with_(radius_nm=14, name="larger", material="cobalt", Ku_J_per_m3=0)
    assert (changed.name, changed.particle.radius_nm, small.particle.radius_nm) == ("larger", 14, 8)
    assert (changed.material.Ms_A_per_m, changed.material.Ku_J_per_m3) == (1.44e6, 0)
    assert changed.material.name == "cobalt_Ku0"  # no longer cobalt
    assert small.with_(Ku_J_per_m3=4.8e4).material == small.material
    swept = small.with_(cell_nm=[4, 2], protocol=[{"kind": "kick"}], save={"ovf": "none"})
    assert [case.name for case in swept.cases()] == ["R8nm-c4nm-kick5mT-seed1", "R8nm-c2nm-kick5mT-seed1"]
    assert [case.name for case in swept.with_(cell_nm=3, b_mT=[1, 2]).cases()] == [
        "R8nm-c3nm-kick1mT-seed1",
        "R8nm-c3nm-kick2mT-seed1",
    ]
    assert len(swept.with_(material=["iron", "cobalt"], offset_cells=(0, 0, 0.5)).cases()) == 4
    assert small.with_() == small
    tables = small.with_(b_mT=2, protocol=[Kick()], Ku_J_per_m3=0, material={"name": "nickel"})
    assert (tables.protocol[0].b_mT, tables.material.name) == (2, "nickel_Ku0")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"radius_nm": -1}, "particle.radius_nm = -1: should be greater than 0"),
        ({"radius": 14}, "radius: unknown key; did you mean radius_nm"),
        ({"b_mT": 3}, "b_mT: there is no [[protocol]] of kind"),
        ({"material": "irn"}, "did you mean iron"),
        ({"Ku_J_per_m3": "high"}, 'Ku_J_per_m3 = "high"'),
        ({"field": {"loop": {"max_T": 1}}}, "field.loop.step_T: missing"),
        ({"cell_nm": 100}, "larger than the particle"),
        ({"sweep": {"cel_nm": [1]}}, "sweep.cel_nm: cannot be swept; did you mean cell_nm"),
        ({"sweep": 3}, "sweep: must be a table"),
        ({"cell_nm": []}, "sweep.cell_nm = []: must be a list of one or more values"),
        ({"protocol": 3}, "protocol"),
    ],
)
def test_a_change_that_cannot_be_is_said_in_a_line(small, changes, what):
    with pytest.raises(InputError) as caught:
        small.with_(**changes)
    assert what in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (
            "material",
            {"Ms_A_per_m": 1700, "A_J_per_m": 1e-11, "Ku_J_per_m3": 4.8e4},
            "Ms_A_per_m = 1.7e+06 if kA/m or emu/cm3 was meant",
        ),
        (
            "material",
            {"Ms_A_per_m": 1.7e6, "A_J_per_m": 1e-14, "Ku_J_per_m3": 4.8e4},
            "no magnet has l_ex = 0.0742 nm (known are 0.5 to 50)",
        ),
        (
            "material",
            {"Ms_A_per_m": 8.6e5, "A_J_per_m": 1.2e-11, "Ku_J_per_m3": 6.6e7},
            "Ku_J_per_m3 = 6.6e+06 if erg/cm3 was meant",
        ),
        ("field", {"loop": {"max_T": 100, "step_T": 50}}, "field: goes to 100 T, 46 times mu0 Ms + 2 Ku/Ms"),
        ("protocol", [{"kind": "kick", "b_mT": 0.005}], "protocol.b_mT = 0.005: far below the Earth's field"),
        ("protocol", [{"kind": "kick", "b_mT": 1000}], "protocol.b_mT = 1000: more than the particle's own"),
    ],
)
def test_values_that_no_magnet_has_are_named_with_the_unit_meant(small_with, path, value, what):
    notes = Study.from_values(small_with(path, value)).notes
    assert what in notes[0]


def test_a_sphere_of_atoms_is_named():
    tiny = {**SMALL, "particle": {"radius_nm": 2e-8}, "mesh": {"cell_nm": 4e-9}}
    assert "a handful of atoms" in Study.from_values(tiny).notes[0]


def test_shipped_studies_and_materials_leave_no_doubt():
    for study in (Study.load(find_study(name)) for name in study_names()):
        assert not any(case.doubts for case in study.cases())
    assert not any(entry.doubt for entry in MATERIALS.values())
    assert Study.from_values({**SMALL, "material": {"name": "nickel"}}).notes == (
        f"nickel: {MATERIALS['nickel'].note} (source: {MATERIALS['nickel'].source})",
    )


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


def test_algorithm_and_precision_are_the_cpu_engines_and_in_the_name(small_with, tmp_path):
    values = small_with("sweep", {"algorithm": ["fast", "faithful"], "precision": ["double", "single"]})
    study = Study.from_values(values)
    names = ["", "single-", "faithful-", "faithful-single-"]
    assert [case.name for case in study.cases()] == [f"R8nm-c4nm-{name}bare" for name in names]
    runs = plan_study(study, CpuEngine(), tmp_path)
    asked = [(run.options["algorithm"], run.options["float_dtype"]) for run in runs]
    assert asked == list(itertools.product(("fast", "faithful"), ("float64", "float32")))
    assert len({run.folder.hash for run in runs}) == 4
    with pytest.raises(
        InputError, match="R8nm-c4nm-bare and R8nm-c4nm-single-bare are the same run on engine mumax3"
    ):
        plan_study(study, MuMax3(), tmp_path)


def test_the_kernel_is_the_cpu_engines_and_told_only_where_it_is_not_the_usual(small_with, tmp_path):
    study = Study.from_values(small_with("sweep", {"demag": ["newell", "mumax3"]}))
    exact, quadrature = plan_study(study, CpuEngine(), tmp_path)
    assert [run.case.name for run in (exact, quadrature)] == ["R8nm-c4nm-bare", "R8nm-c4nm-mumax3kernel-bare"]
    assert "demag" not in exact.options and quadrature.options["demag"] == "mumax3"
    (plain,) = plan_study(Study.from_values(small_with("solver", {})), CpuEngine(), tmp_path)
    assert plain.folder.hash == exact.folder.hash != quadrature.folder.hash


def test_a_smooth_surface_is_made_of_whole_cells_and_told_in_the_name(small_with, tmp_path):
    study = Study.from_values(small_with("sweep", {"surface": ["cells", "smooth"]}))
    cells, smooth = plan_study(study, CpuEngine(), tmp_path)
    assert smooth.case.name == "R8nm-c4nm-smoothsurface-bare"
    assert "surface" not in cells.options and smooth.options["surface"] == "smooth"
    with pytest.raises(InputError, match="engine mumax3 has no other surface than its cells'"):
        plan_study(study, MuMax3(), tmp_path)
    with pytest.raises(InputError, match=r"mesh\.edge_smooth = 4: a smooth surface is made of whole cells"):
        Study.from_values(
            small_with("solver", {"surface": "smooth"}) | {"mesh": {"cell_nm": 4, "edge_smooth": 4}}
        )


def test_a_study_that_asks_for_mumax3s_ways_runs_on_mumax3(small_with, tmp_path):
    """They are what MuMax3 does anyway, so that one file serves both engines."""
    study = Study.from_values(
        small_with("solver", {"algorithm": "faithful", "precision": "single", "demag": "mumax3"})
    )
    usual = Study.from_values(small_with("solver", {}))
    (asked,), (plain,) = (plan_study(s, MuMax3(), tmp_path) for s in (study, usual))
    assert asked.folder.hash == plain.folder.hash


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
