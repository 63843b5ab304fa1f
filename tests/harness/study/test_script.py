"""Scripts: the study's numbers read back, stable identities, masks on disk."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.engines import CpuEngine
from harness.mx3 import vet
from harness.mx3.files.ovf import read_ovf
from harness.mx3.magnet.solvers import faithful
from harness.shipped import find_study
from harness.study.script import identity, render, script_tokens
from harness.study.study import Study


def first_case(values):
    return Study.from_values(values).cases()[0]


def hash_of(rendered, **changed):
    return identity(rendered, **({"engine": "cpu", "options": {"tolerance_T": 1e-6}} | changed))


def table_of(case, folder):
    """The table of a case, run by the CPU engine."""
    folder.mkdir()
    engine = CpuEngine()
    engine.run(render(case).write(folder), folder / "out", engine.options(**case.engine_options))
    return pd.read_csv(folder / "out" / "table.txt", sep="\t")


def scripted_fields(script):
    """The fields a script steps through, by evaluating its own expressions for every row."""
    rows = int(re.search(r"for row = 0; row < (\d+); row\+\+", script)[1])
    first = re.search(r"^\tB = (.*)$", script, re.M)
    later = re.findall(r"if row (>=|==) (\d+) \{\s*B = (.*?)(?: \}|\n)", script)
    fields = []
    for row in range(rows):
        expression = first[1] if first else "0"
        for sign, bound, candidate in later:
            if row >= int(bound) if sign == ">=" else row == int(bound):
                expression = candidate
        fields.append(eval(expression, {"row": row}))
    return tuple(fields)


def test_script_read_back_gives_the_studys_numbers():
    bare, _ = Study.load(find_study("fe_sphere_40nm")).cases()
    script = render(bare).script
    for name, value in (("Msat", 1.7e6), ("Aex", 1e-11), ("Ku1", 4.8e4), ("EdgeSmooth", 0)):
        assert float(re.search(rf"^{name}\s*= (\S+)", script, re.M)[1]) == value
    assert "SetGridSize(20, 20, 20)" in script
    assert "SetCellSize(2e-9, 2e-9, 2e-9)" in script
    assert "SetGeom(Ellipsoid(4e-8, 4e-8, 4e-8))" in script
    assert "anisU = vector(0, 0, 1)" in script
    assert scripted_fields(script) == bare.field_values_T
    assert tuple(map(int, re.findall(r"row == (\d+) \{ keep", script))) == bare.saved_steps


@pytest.mark.parametrize(
    "field",
    [
        {"values_T": [0.3, -0.123456789, 0, 1e-7]},
        {"segments": [{"start_T": -0.5, "stop_T": 0.25, "step_T": 0.125}]},
        {
            "segments": [
                {"start_T": 0, "stop_T": 1, "step_T": 0.1},
                {"start_T": 0.9, "stop_T": -1, "step_T": 0.05},
            ]
        },
    ],
)
def test_every_kind_of_path_is_scripted_exactly(small_with, field):
    case = first_case(small_with("field", field))
    assert scripted_fields(render(case).script) == case.field_values_T


def test_rows_are_keyed_by_a_name_mumax3_leaves_free(small):
    """MuMax3 declares `step` itself: a script that defines it again is refused."""
    script = render(small.cases()[0]).script
    assert 'tableAddVar(row, "step", "")' in script
    assert not re.search(r"\bstep\s*:?=", script)


def test_start_is_uniform_along_the_first_field(small_with):
    up = first_case(small_with("field", {"values_T": [0.5, 1]}))
    down = first_case(small_with("field", {"values_T": [-0.5, 1]}))
    assert "m = uniform(0, 0, 1)" in render(up).script
    assert "m = uniform(0, 0, -1)" in render(down).script


def test_offset_and_tilt_reach_the_script(small_with):
    values = small_with("mesh.offset_cells", [0.25, 0, -0.5])
    values["protocol"] = [{"kind": "tilt", "theta_deg": 90}]
    script = render(first_case(values)).script
    assert ".Transl(1e-9, 0, -2e-9))" in script
    assert "B_ext = vector(B, 0, 0)" in script


@pytest.mark.parametrize("method", ["relax", "minimize"])
def test_a_method_of_mumax3_is_its_statement_and_no_more(small_with, method):
    script = render(first_case(small_with("solver.method", method))).script
    body = script[script.index("B_ext = ") : script.index("tableSave()")]
    assert [line.strip() for line in body.splitlines()][1:] == [f"{method}()", ""]


def test_guard_knows_the_rounding_of_mesh_and_particle(small_with):
    """rest: 2^-23 (24 A / Ms d^2 + mu0 Ms + B) = floor, four times; E_rounding: twice V (Ms floor + 2^-23 w).

    With w = mu0 Ms^2/2 + Ms B + Ku.
    """
    case = first_case(small_with("mesh.cell_nm", 4))
    script, Ms, B = render(case).script, 1.7e6, max(case.field_values_T)
    floor = 2**-23 * (24e-11 / (Ms * 16e-18) + 4e-7 * np.pi * Ms + B)
    energy = 2**-23 * (2e-7 * np.pi * Ms**2 + Ms * B + 4.8e4)
    volume = 4 / 3 * np.pi * case.radius_m**3
    assert f"rest := {float(f'{4 * floor:.1e}'):g}".replace("e-06", "e-6") in script
    given = float(script.split("E_rounding := ")[1].split()[0])
    assert given == pytest.approx(2 * volume * (Ms * floor + energy), rel=0.05)


def test_guard_of_smoothed_edges_asks_the_torque_alone(small_with):
    """There the field is no gradient of the energy, and a sound search may end above its start."""
    script = render(first_case(small_with("mesh.edge_smooth", 4))).script
    assert "if !(maxTorque.Get() <= rest) {" in script and "E_before" not in script
    assert "E_rounding" not in script


def test_guard_may_be_loosened(small_with):
    loose = small_with("solver.tolerance_T", 1e-3)
    assert "rest := 0.001 " in render(first_case(loose)).script


SPOILED = {
    "a maximum": lambda m: np.where(np.indices(m.shape).sum(axis=0) % 2, m, -m),
    "no state at all": lambda m: m * np.nan,
    "a state that is not at rest": lambda m: m + 1e-3 * np.eye(3)[0][:, None],
}


@pytest.mark.parametrize("kind", [{"kind": "bare"}, {"kind": "kick"}], ids=["bare", "kick"])
@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_guard_sets_back_what_minimize_spoils(small_with, tmp_path, monkeypatch, spoil, kind):
    """With minimize spoiled in every row the loop is that of relax, and the table says that relax made it."""
    values = small_with("protocol", [kind]) | {"field": {"values_T": [0.5, 0.2]}}
    values["material"] = {"name": "iron", "axis": [1, 0, 1]}
    solver = {"algorithm": "faithful"}
    relaxed = table_of(first_case(values | {"solver": solver | {"method": "relax"}}), tmp_path / "relax")
    really = faithful.minimize

    def spoiled(*arguments):
        descent = really(*arguments)
        m = spoil(descent.m)
        return replace(descent, m=m / np.linalg.norm(m, axis=0))

    monkeypatch.setattr(faithful, "minimize", spoiled)
    guarded = table_of(first_case(values | {"solver": solver}), tmp_path / "guarded")
    assert (guarded["relaxed ()"] >= 1).all()
    for column in ("mx ()", "mz ()"):
        assert guarded[column].to_numpy() == pytest.approx(relaxed[column].to_numpy(), abs=1e-5)


def test_guard_lets_a_sound_minimize_stand(small, tmp_path):
    assert (table_of(small.cases()[0], tmp_path / "run")["relaxed ()"] == 0).all()


def test_all_states_are_saved_without_asking_each_row(small_with):
    script = render(first_case(small_with("save.ovf", "all"))).script
    assert 'saveAs(m, sprintf("m_step%06d", row))' in script and "row ==" not in script


def test_scripts_hold_no_dates_or_versions(small):
    script = render(small.cases()[0]).script
    assert not re.search(r"20\d\d-|version|mxval", script, re.I)


def test_identity_ignores_comments_and_blank_lines(small):
    rendered = render(small.cases()[0])
    spoken = (
        "// a note\n\n" + rendered.script.replace("relax()", "relax()   // find it") + "\n/* end\n of it */\n"
    )
    assert hash_of(replace(rendered, script=spoken)) == hash_of(rendered)


def test_identity_follows_what_decides_the_result(small, small_with):
    rendered = render(small.cases()[0])
    mask = rendered.masks["position"].copy()
    mask[0, 0, 0, 0] += 1e-6
    others = [
        hash_of(replace(rendered, script=rendered.script.replace("1.7e6", "1.71e6"))),
        hash_of(replace(rendered, masks={"position": mask})),
        hash_of(rendered, engine="mumax3"),
        hash_of(rendered, options={"tolerance_T": 1e-7}),
        hash_of(rendered, revision=2),
        hash_of(rendered, replica=1),
    ]
    assert len({hash_of(rendered), *others}) == 7


def test_identity_of_a_case_stays(small):
    """A changed hash makes everybody's finished runs unfindable: change it knowingly, with the results."""
    assert script_tokens('m = Uniform(0,0,1) // up\n\nsaveAs(m, "a // b")') == [
        "m = Uniform ( 0 , 0 , 1 )",
        'saveAs ( m , "a // b" )',
    ]
    assert hash_of(render(small.cases()[0])) == hash_of(render(Study.from_values(dict(small)).cases()[0]))


def test_masks_are_read_only_float32(small):
    mask = render(small.cases()[0]).masks["position"]
    assert mask.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = 0


def test_written_masks_come_back(small_with, tmp_path):
    values = small_with("mesh.offset_cells", [0.5, 0, 0]) | {"protocol": [{"kind": "kick"}]}
    rendered = render(first_case(values))
    script = rendered.write(tmp_path)
    assert script.read_text() == rendered.script
    for name, mask in rendered.masks.items():
        field = read_ovf(tmp_path / f"{name}.ovf")
        np.testing.assert_array_equal(field.m, mask)
        np.testing.assert_allclose(field.cell_m, 4e-9)


@pytest.mark.parametrize(
    ("field", "save"),
    [
        ({"loop": {"max_T": 1, "step_T": 0.002}}, {"ovf": "none", "every_T": 0.004}),
        ({"values_T": [k / 1000 for k in range(2000)]}, {"ovf": [0.5, 1.0, 1.5]}),
    ],
)
def test_thousands_of_rows_and_hundreds_of_saved_states_stay_a_script_the_engine_takes(
    small_with, field, save
):
    case = first_case(small_with("field", field) | {"save": save})
    script = render(case).script
    assert vet(script) == []
    kept = tuple(map(int, re.findall(r"row == (\d+) \{ keep", script)))
    assert kept == case.saved_steps
    assert scripted_fields(script) == case.field_values_T
