"""Exports, read back by the programs they are for; those that are not installed here are left out by name."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import mxval
from harness.cli.app import app
from harness.inputs import InputError
from harness.runs.descent import Fault, Rule
from harness.runs.foreign.output import foreign_outputs
from harness.runs.foreign.told import Told
from harness.runs.imported import import_output
from harness.runs.output import read
from reduced_model.materials import MU0

OOMMF = Path(__file__).parents[1] / "runs" / "foreign" / "oommf"
EVERY = ("csv", "parquet", "mammos", "vtk", "hdf5", "netcdf", "sld", "numagsans")
RUN_KEYS = {"run_sha256", "material", "Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3", "field_direction", "program"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    (source,) = foreign_outputs([OOMMF])
    return read(import_output(source, Told.checked(radius_nm=20.0), tmp_path_factory.mktemp("runs")).folder)


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    """The run in every format."""
    out = tmp_path_factory.mktemp("export")
    written = mxval.export(run.folder, EVERY, out)
    assert {f for f in out.rglob("*") if f.is_file()} == set(written)
    return out / run.folder.name


@pytest.fixture
def state(run):
    return run.state(4)


def _is_of(about, run, *also):
    """Whether what a file says of itself names the run, and what is known of it."""
    assert about.keys() >= {*RUN_KEYS, *also}
    assert about["run_sha256"] == run.record.hash and about["material"] == "iron"
    assert float(about["Ms_A_per_m"]) == 1.7e6 and about["field_direction"] == "0 0 1"


def test_csv(folder, run):
    import pandas as pd

    lines = (folder / "loop.csv").read_text().splitlines()
    _is_of(dict(line[2:].split(": ", 1) for line in lines if line.startswith("# ")), run)
    table = pd.read_csv(folder / "loop.csv", comment="#")
    assert table["B_ext (T)"].tolist() == run.loop.B_T.tolist()
    assert np.array_equal(table[["mx", "my", "mz"]], run.loop.m)  # to the last bit
    assert np.array_equal(table["maxTorque (T)"], run.loop.residual_T)
    assert table["branch"][0] == "descending" and table["branch"].iloc[-1] == "ascending"
    assert table["state_file"].dropna().tolist() == ["m_step000004.ovf", "m_step000008.ovf"]


def test_parquet(folder, run):
    from pyarrow import parquet

    table = parquet.read_table(folder / "loop.parquet")
    _is_of(json.loads(table.schema.metadata[b"mxval"]), run)
    assert table.schema.field("B_ext").metadata[b"unit"] == b"T"
    assert table.schema.field("mz").metadata[b"description"] == b"z component of the mean magnetisation"
    assert table["mz"].to_pylist() == run.loop.m[:, 2].tolist()
    assert table.to_pandas()["step"].tolist() == list(range(25))


def test_parquet_without_its_package_is_one_line(run, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    done = _export(run.folder, "--to", "parquet", "--out", tmp_path)
    (line,) = done.stderr.splitlines()
    assert done.exit_code == 2 and line.endswith("pip install 'mxval[parquet]'")
    assert not list(tmp_path.rglob("*.parquet"))


def test_mammos_csv_has_the_four_lines_of_its_version(folder, run):
    text = (folder / "loop_mammos.csv").read_text().splitlines()
    assert text[0] == "# mammos csv v3" and text[1] == "#" + "-" * 40
    end = text.index(text[1], 2)
    _is_of(dict(line[2:].split(": ", 1) for line in text[3:end]), run)
    labels, _, iris, units, names = csv.reader(text[end + 1 : end + 6])
    assert labels[1:4] == ["MagneticFluxDensity", "ExternalMagneticField", "Magnetization"]
    assert all(
        bool(label) == iri.startswith("https://w3id.org/emmo")
        for label, iri in zip(labels, iris, strict=True)
    )
    assert (units[1:4], names[:4]) == (["T", "A / m", "A / m"], ["step", "B_ext", "H", "M"])


def test_mammos_entity_reads_it(folder, run):
    me = pytest.importorskip("mammos_entity", reason="mammos-entity is not installed")
    found = me.from_csv(folder / "loop_mammos.csv")
    assert found.H.ontology_label == "ExternalMagneticField" and str(found.H.unit) == "A / m"
    assert np.allclose(found.H.value, run.loop.B_T / MU0, rtol=1e-14)
    assert np.allclose(found.M.value, 1.7e6 * run.loop.m[:, 2], rtol=1e-14)
    for name, label in (("B_ext", "MagneticFluxDensity"), ("Mx", "Magnetization")):
        entity = getattr(found, name)
        assert (
            entity.ontology_iri == me.Entity(label).ontology_iri in (folder / "loop_mammos.csv").read_text()
        )
    assert run.record.hash in found.description


@pytest.mark.parametrize("suffix", ["vtk", "h5"])
def test_discretisedfield_reads_what_it_wrote(folder, state, suffix):
    import discretisedfield as df

    back = df.Field.from_file(str(folder / f"m_step000004.{suffix}"))
    assert np.array_equal(back.array, state.field.array)
    assert np.array_equal(back.valid, state.field.valid)
    assert np.allclose(back.mesh.cell, state.cell_m) and tuple(back.mesh.n) == state.m.shape[:0:-1]


def test_vtk_opens_in_a_program_of_paraview_s_kind(folder, run, state):
    pyvista = pytest.importorskip("pyvista", reason="pyvista is not installed")
    grid = pyvista.read(folder / "m_step000004.vtk")
    about = {key: grid.field_data[key][0] for key in grid.field_data.keys()}  # noqa: SIM118  no dict
    _is_of(about, run, "B_T", "step", "unit_of_lengths", "state_sha256")
    assert (about["B_T"], about["unit_of_lengths"]) == (0.2, "m")
    inside = grid.threshold(0.5, scalars="valid")
    assert inside.n_cells == np.count_nonzero(state.m.any(axis=0))
    assert np.allclose(np.linalg.norm(inside.cell_data["field"], axis=1), 1.0)


def test_hdf5_says_what_it_is_of(folder, run):
    import h5py

    with h5py.File(folder / "m_step000004.h5") as opened:
        _is_of(dict(opened.attrs), run, "B_T", "state_sha256", "unit_of_lengths")


def test_netcdf_is_an_xarray_data_set(folder, run, state):
    import xarray as xr

    with xr.open_dataset(folder / "m_step000004.nc") as data:
        _is_of(data.attrs, run, "B_T", "state_sha256")
        assert data.m.dims == ("x", "y", "z", "vdims") and data.m.attrs["units"] == "1"
        assert data.x.attrs["units"] == "m"
        assert float(data.m.sel(vdims="z").where(data.valid == 1).mean()) == pytest.approx(
            run.loop.m[4, 2], abs=1e-7
        )
        assert np.array_equal(data.m, state.field.array)


def test_sasview_s_own_reader_takes_the_sld_file(folder, state):
    sas_gen = pytest.importorskip("sas.sascalc.calculator.sas_gen", reason="sasview is not installed")
    data = sas_gen.SLDReader().read(str(folder / "m_step000004.sld"))
    unit = state.m[:, state.m.any(axis=0)]
    assert np.allclose(
        data.sld_mz, sas_gen.mag2sld(1.7e6 * unit[2], "A/m"), rtol=1e-4
    )  # its constant's digits
    assert data.vol_pix.tolist() == [125000.0] * unit.shape[1]


def test_sld_columns(folder, run, state):
    """One line of names, then x y z SLDn SLDmx SLDmy SLDmz volume, as SasView's documentation has it."""
    lines = (folder / "m_step000004.sld").read_text().splitlines()
    _is_of(dict(line[2:].split(": ", 1) for line in lines[1:] if line.startswith("# ")), run, "B_T")
    rows = np.loadtxt(folder / "m_step000004.sld", skiprows=1)
    unit = state.m[:, state.m.any(axis=0)].T
    assert rows.shape == (len(unit), 8) and set(rows[:, 7]) == {50.0**3} and not rows[:, 3].any()
    assert np.allclose(rows[:, 4:7], 1.7e6 * 2.906e-12 * unit, rtol=2e-4, atol=1e-12)  # 2.906e8 / (A m)
    assert np.abs(rows[:, :3].mean(axis=0)).max() < 1e-6 and np.abs(rows[:, :3]).max() < 200.0


def test_numagsans_rows_and_folders(folder, run, state):
    """RealSpaceData/MagData/Object_1/m_1.csv, no header, nm, Bohr magnetons: the documented scenario 2."""
    place = folder / "RealSpaceData" / "MagData" / "Object_1"
    assert sorted(f.name for f in place.iterdir()) == ["m_1.csv", "m_2.csv"]
    rows = np.array(
        [[float(x) for x in line.split()] for line in (place / "m_1.csv").read_text().splitlines()]
    )
    unit = state.m[:, state.m.any(axis=0)].T
    assert np.allclose(rows[:, 3:], 1.7e6 * 125e-27 / 9.2740100783e-24 * unit, rtol=1e-6, atol=1e-4)
    assert np.linalg.norm(rows[:, :3], axis=1).max() <= 20.0
    with (folder / "RealSpaceData" / "states.csv").open() as stream:
        told = list(csv.DictReader(stream))
    _is_of(told[0], run, "unit_of_lengths")
    assert [(t["number"], t["B_T"], t["unit_of_lengths"]) for t in told] == [
        ("1", "0.2", "nm"),
        ("2", "-0.2", "nm"),
    ]


@pytest.mark.parametrize("name", ["loop.csv", "loop_mammos.csv"])
def test_its_own_tables_can_be_imported(folder, run, tmp_path, name):
    (source,) = foreign_outputs([folder / name])
    found = import_output(source, Told(), tmp_path)
    again = read(found.folder)
    assert (again.case.material, again.case.particle) == (run.case.material, run.case.particle)
    assert again.case.mesh.cell_nm == 5.0 and again.case.direction == run.case.direction
    of_header = {one.what for one in found.inferred if one.source == str(folder / name)}
    assert of_header == {"radius", "cells", "material", "easy axis", "field direction"}
    other = import_output(source, Told.checked(material="iron_21pJ", radius_nm=21.0), tmp_path)
    assert f"{folder / name}: A is 1e-11 J/m by it, and 2.1e-11 J/m is taken" in other.notes[1]
    assert f"{folder / name}: R is 20 nm by it, and 21 nm is taken" in other.notes[0]
    assert again.loop.B_T.tolist() == run.loop.B_T.tolist()
    assert np.allclose(again.loop.m, run.loop.m, rtol=1e-14, atol=1e-15)


def test_what_was_exported_is_imported_again_under_its_own_name(folder, run, tmp_path):
    """Once or twice, and the folder's two tables are one loop."""
    for given in (folder, folder / "loop.csv", folder / "loop_mammos.csv"):
        (source,) = foreign_outputs([given])
        again = read(import_output(source, Told(), tmp_path / "runs").folder)
        assert again.case.name == run.case.name and again.record.details["called"] == run.case.name
        assert source.tables[0].name == (given.name if given.is_file() else "loop.csv")
    (file,) = mxval.export(again.folder, "csv", tmp_path / "export")
    (source,) = foreign_outputs([file])
    assert read(import_output(source, Told(), tmp_path / "twice").folder).case.name == run.case.name
    other = import_output(source, Told.checked(radius_nm=21.0), tmp_path / "other")
    assert other.folder.name.startswith(f"R21nm-c5nm-{run.case.name}-")


@pytest.mark.parametrize("name", ["loop.csv", "loop_mammos.csv"])
def test_a_component_that_nobody_knows_is_not_written(tmp_path, name):
    (table := tmp_path / "loop.txt").write_text("B (T)\tmz\n1\t0.99\n0\t0.2\n-1\t-0.99\n")
    told = Told.checked(radius_nm=20.0, material="iron", cell_nm=2.0)
    folder = import_output(*foreign_outputs([table]), told, tmp_path / "runs").folder
    written = mxval.export(folder, ["csv", "mammos"], tmp_path / "out")
    (file,) = [file for file in written if file.name == name]
    names = [line for line in file.read_text().splitlines() if line.startswith(("step,branch", "step,B_ext"))]
    assert not {"mx", "my", "Mx", "My"} & set(names[-1].split(","))
    again = read(import_output(*foreign_outputs([file]), Told(), tmp_path / "again").folder)
    assert not again.record.details["whole_vector"]
    assert np.allclose(again.loop.m[:, 2], [0.99, 0.2, -0.99])


@pytest.mark.parametrize("name", ["loop.csv", "loop_mammos.csv"])
def test_a_row_that_is_no_result_says_so_and_is_not_imported_as_one(run, tmp_path, monkeypatch, name):
    at_fault = (Fault(3, 0.3, Rule.CEILING, 1e-18),)
    monkeypatch.setattr("harness.runs.output.faults_of", lambda loop, case: at_fault)
    written = mxval.export(run.folder, ["csv", "mammos"], tmp_path)
    monkeypatch.undo()
    (file,) = [file for file in written if file.name == name]
    assert "0 where the row is no result of the field path" in file.read_text()
    found = import_output(*foreign_outputs([file]), Told(), tmp_path / "runs")
    assert f"{file}: 1 row whose column sound is 0 is no result of the field path: left out" in found.notes
    assert read(found.folder).loop.B_T.tolist() == [B for k, B in enumerate(run.loop.B_T) if k != 3]


def test_many_files_are_named_by_their_pattern(run, tmp_path):
    done = _export(run.folder, "--to", ",".join(EVERY), "--out", tmp_path)
    place = tmp_path / run.folder.name
    told = done.stdout.splitlines()
    assert f"written: {place}/m_step000004.h5 and m_step000008.h5" in told
    assert f"written: {place}/loop.parquet" in told and "more" not in done.stdout


def test_a_header_that_was_spoilt_is_one_line(folder, tmp_path):
    table = tmp_path / "loop.csv"
    whole = (folder / "loop.csv").read_text()
    for before, after, told in (
        ("radius_nm: 20.0", "radius_nm: twenty", "radius_nm: twenty, which is no number"),
        ("radius_nm: 20.0", "radius_nm: -20", "its header: "),
        ("easy_axis: 0 0 1", "easy_axis: 0 0", "its header: axis = "),
    ):
        table.write_text(whole.replace(before, after))
        (source,) = foreign_outputs([table])
        with pytest.raises(InputError, match=told) as refused:
            import_output(source, Told(), tmp_path / "runs")
        assert str(refused.value).startswith(f"{table}: its header")


def _export(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_one_state_of_a_run_is_known_by_it(run, tmp_path):
    done = _export(run.loop.states[8], "--to", "vtk", "--out", tmp_path)
    assert done.exit_code == 0
    assert [f.name for f in (tmp_path / run.folder.name).iterdir()] == ["m_step000008.vtk"]


def test_a_state_of_no_run(tmp_path):
    file = OOMMF / "sphere-Oxs_MinDriver-Magnetization-04-0000139.omf"
    done = _export(file, "--to", "hdf5,sld", "--out", tmp_path)
    assert done.exit_code == 0
    lines = (tmp_path / file.stem / f"{file.stem}.sld").read_text().splitlines()
    about = dict(line[2:].split(": ", 1) for line in lines[1:] if line.startswith("# "))
    assert about["state_file"] == file.name and float(about["Ms_A_per_m"]) == pytest.approx(1.7e6)


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("nm", "its cells are 5e-18 x 5e-18 x 5e-18 m by its meshunit; 1e-11 to 0.001"),
        ("foo", "meshunit is foo"),
    ],
)
def test_a_state_of_another_meshunit_is_refused(tmp_path, unit, told):
    state = next(OOMMF.glob("*-08-*.omf"))
    wrong = tmp_path / "m.omf"
    wrong.write_bytes(state.read_bytes().replace(b"# meshunit: m\n", f"# meshunit: {unit}\n".encode()))
    with pytest.raises(InputError, match=told):
        mxval.export(wrong, "vtk", tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_states_at_some_fields(run, tmp_path):
    (file,) = mxval.export(run, "netcdf", tmp_path, fields_T=[-0.2])
    assert file.name == "m_step000008.nc"


def test_a_folder_of_runs(run, tmp_path):
    done = _export(run.folder.parent, "--to", "csv", "--out", tmp_path, "--json")
    assert json.loads(done.stdout)["files"] == [str(tmp_path / run.folder.name / "loop.csv")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("RUN", "--to", "vtx"), "--to vtx: unknown; did you mean vtk?"),
        (("RUN", "--to", "vtk", "--fields-T", "0.3"), "saved no state there; the nearest are at 0.2, -0.2 T"),
        (("STATE", "--to", "csv"), "--to csv: STATE is one state and no loop"),
        (("nowhere", "--to", "csv"), "nowhere"),
        ((str(OOMMF), "--to", "csv"), "no run.json is in it"),
        (("RUN", "--to", "vtk", "--Ms-A-per-m", "-1"), "must be a positive number"),
        (("RUN", "--to", "vtk", "--Ms-A-per-m", "3"), "3: RUN has Ms = 1.7e+06 A/m; drop the flag"),
        (("STATE", "--to", "sld", "--Ms-A-per-m", "8e5"), "800000: STATE has Ms = 1.7e+06 A/m; drop"),
        (("RUN", "RUN", "--to", "csv"), "two sources have this name"),
        (("demo", "--to", "csv"), "mxval run demo --runs "),
    ],
)
def test_what_is_wrong_is_one_line_and_writes_nothing(run, tmp_path, arguments, told):
    names = {"RUN": run.folder, "STATE": OOMMF / "sphere-Oxs_MinDriver-Magnetization-04-0000139.omf"}
    given = [names.get(word, word) for word in arguments]
    done = _export(*given, "--out", tmp_path / "out", "--runs", tmp_path / "runs")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    for name, place in names.items():
        line = line.replace(str(place), name)
    assert told in line and not (tmp_path / "out").exists()


def test_a_source_of_several_that_cannot_be_written_is_named_and_the_others_are(run, tmp_path):
    good = next(OOMMF.glob("*-04-*.omf"))
    (bad := tmp_path / "bad.omf").write_bytes(good.read_bytes()[:3000])
    done = _export(bad, run.folder, good, "--to", "vtk", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"mxval: {bad}: not a readable OVF file") and line.endswith(": left out")
    assert len(json.loads(done.stdout)["files"]) == 1 + len(run.loop.states)
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == sorted([run.folder.name, good.stem])


def test_a_loop_without_states_is_written_and_what_it_lacks_is_told(run, tmp_path):
    (table := tmp_path / "loop.txt").write_text("B (T)\tmz\n1\t0.99\n0\t0.2\n-1\t-0.99\n")
    (source,) = foreign_outputs([table])
    told = Told.checked(radius_nm=20.0, material="iron", cell_nm=2.0)
    folder = import_output(source, told, tmp_path / "runs").folder
    ran = _export(folder, "--to", "vtk,csv", "--out", tmp_path / "to")
    nothing = _export(folder, "--to", "vtk", "--fields-T", "0.37", "--out", tmp_path / "none")
    assert nothing.stderr.endswith("saved no state\n")
    assert [file.name for file in (tmp_path / "to").rglob("*.*")] == ["loop.csv"]
    assert ran.exit_code == 1 and "--to vtk: " in ran.output and "has no saved state" in ran.output


def test_formats_that_weigh_cells_are_left_out_of_partly_filled_ones(run, tmp_path, monkeypatch):
    mesh = run.case.mesh.model_copy(update={"edge_smooth": 4})
    smooth = replace(run, case=run.case.model_copy(update={"mesh": mesh}))
    monkeypatch.setattr("harness.exports.source.read", lambda folder: smooth)
    done = _export(run.folder, "--to", "sld,vtk,numagsans", "--out", tmp_path / "to")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"mxval: --to sld,numagsans: {run.folder} has partly filled cells")
    assert line.endswith(": left out")
    assert {f.suffix for f in (tmp_path / "to").rglob("*.*")} == {".vtk"}
    none = _export(run.folder, "--to", "sld", "--out", tmp_path / "none")
    assert none.exit_code == 2 and "edge_smooth = 4" in none.stderr and not (tmp_path / "none").exists()


def test_a_table_is_no_state(tmp_path):
    done = _export(OOMMF / "sphere.odt", "--to", "csv", "--out", tmp_path / "out")
    assert done.exit_code == 2 and "not a readable OVF file" in done.stderr
    assert not (tmp_path / "out").exists()


def test_files_that_are_there_are_kept(run, tmp_path):
    mxval.export(run, "csv", tmp_path)
    (tmp_path / run.folder.name / "loop.csv").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        mxval.export(run, ["csv", "vtk"], tmp_path)
    assert [f.name for f in (tmp_path / run.folder.name).iterdir()] == ["loop.csv"]
    mxval.export(run, ["csv"], tmp_path, overwrite=True)
    assert (tmp_path / run.folder.name / "loop.csv").read_text().startswith("# written_by: mxval")


def test_a_state_of_m_needs_its_saturation_magnetisation_for_scattering(run, tmp_path):
    lone = tmp_path / "alone.ovf"
    lone.write_bytes(run.loop.states[4].read_bytes())
    with pytest.raises(InputError, match="give --Ms-A-per-m"):
        mxval.export(lone, "sld", tmp_path / "a")
    done = _export(lone, "--to", "sld,vtk", "--out", tmp_path / "vtk")
    assert done.exit_code == 1 and "--to sld: " in done.stderr
    assert [file.name for file in (tmp_path / "vtk").rglob("*.*")] == ["alone.vtk"]
    (file,) = mxval.export(lone, "sld", tmp_path / "b", Ms_A_per_m=8e5)
    assert np.abs(np.loadtxt(file, skiprows=1)[:, 6]).max() == pytest.approx(8e5 * 2.9064e-12, rel=0.02)
