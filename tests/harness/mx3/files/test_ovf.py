"""OVF files: MuMax3's as we write them, everybody's as we read them, discretisedfield beside both."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import discretisedfield as df
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.mx3 import ScriptError, run_script
from harness.mx3.files.ovf import Header, OvfError, VectorField, read_ovf, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.study.lattice import fit_lattice

GRID = "SetGridSize(4, 3, 2)\nSetCellSize(1e-9, 2e-9, 3e-9)\n"
MAGNET = GRID + "Msat = 800e3\nAex = 13e-12\n"
CELL_M = (1e-9, 2e-9, 3e-9)
DATA = {"text": ("", 0), "binary 4": ("f4", 1234567.0), "binary 8": ("f8", 123456789012345.0)}


def run(folder: Path, text: str) -> Path:
    """Run a script; returns its output folder."""
    folder.mkdir(exist_ok=True)
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    run_script(folder / "script.mx3", folder / "out")
    return folder / "out"


def field(components: int) -> np.ndarray:
    """A field (components, 2, 3, 4) whose numbers are all different."""
    return np.random.default_rng(1).normal(size=(components, 2, 3, 4))


def written(path: Path, format: OutputFormat = OutputFormat.OVF2_BINARY, components: int = 3) -> Path:
    """A file of ours in a folder."""
    with path.open("wb") as stream:
        write_ovf(stream, field(components), Header("m", "T", 1.5e-9, CELL_M), format)
    return path


HEADER = {
    "Segment count": "1",
    "Begin": "Segment",
    "Begin ": "Header",
    "Title": "Oxs_TimeDriver::Magnetization  ## as OOMMF names it",
    "Desc": "Oxs vector field output",
    "Desc ": "Stage simulation time: 1e-12 s",
    "Desc  ": "Total simulation time:  1.5e-09 s",
    "meshunit": "m",
    "valueunit": "A/m",
    "valuemultiplier": "1",
    "valuedim": "3",
    "valuelabels": "{Total field_x} {Total field_y} {Total field_z}",
    "valueunits": "A/m A/m A/m",
    **{"xmin": "1e-9", "ymin": "-4e-9", "zmin": "0", "xmax": "5e-9", "ymax": "2e-9", "zmax": "6e-9"},
    **{"xbase": "1.5e-9", "ybase": "-3e-9", "zbase": "1.5e-9", "meshtype": "rectangular"},
    **{"xnodes": "4", "ynodes": "3", "znodes": "2"},
    **{"xstepsize": "1e-9", "ystepsize": "2e-9", "zstepsize": "3e-9"},
    "boundary": "0 0 0 1 1 1 0 0 0",
    "End": "Header",
}


def made(
    path: Path,
    first: str = "# OOMMF OVF 2.0",
    kind: str = "text",
    *,
    crlf: bool = False,
    **header: str | None,
) -> Path:
    """A file as some other program may write it; header replaces keys, or drops those set to None."""
    values = {key: value for key, value in (HEADER | header).items() if value is not None}
    lines = [first, *(f"# {key.strip()}: {value}" for key, value in values.items()), f"# Begin: Data {kind}"]
    numbers = field(3).transpose(1, 2, 3, 0).ravel()
    dtype, control = DATA[kind.lower()]
    if dtype:
        order = "<" if "2.0" in first else ">"
        data = np.concatenate(([control], numbers)).astype(order + dtype).tobytes() + b"\n"
    else:
        rows = (" ".join(map(repr, map(float, row))) for row in numbers.reshape(-1, 3))
        data = "".join(f"  {row}\n" for row in rows).encode()
    end = "\r\n" if crlf else "\n"
    text = "".join(line + end for line in lines)
    head = text.encode("latin-1" if max(text) < "\u0100" else "utf-8")
    data = data.replace(b"\n", b"\r\n") if crlf and not dtype else data
    path.write_bytes(head + data + f"# End: Data {kind}{end}# End: Segment{end}".encode())
    return path


# ---- what we write ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", list(OutputFormat))
def test_ours_are_read_by_discretisedfield_and_by_us(tmp_path: Path, format: OutputFormat) -> None:
    path = written(tmp_path / "m.ovf", format)
    theirs, ours = df.Field.from_file(path), read_ovf(path)
    # single precision: 2^-24 relative
    np.testing.assert_allclose(theirs.array, field(3).transpose(3, 2, 1, 0), rtol=1e-7)
    np.testing.assert_allclose(theirs.mesh.cell, CELL_M, rtol=1e-12)
    np.testing.assert_array_equal(theirs.mesh.n, (4, 3, 2))
    np.testing.assert_array_equal(ours.m.astype(np.float32), field(3).astype(np.float32))
    assert ours.cell_m.tolist() == list(CELL_M) and ours.origin_m.tolist() == [0, 0, 0]
    assert (ours.title, ours.unit, ours.time_s, ours.path) == ("m", "T", 1.5e-9, path)


def test_ovf2_header_is_mumax3s(tmp_path: Path) -> None:
    out = run(tmp_path, MAGNET + "save(m)\nsave(B_demag.comp(1))")
    header = (out / "m000000.ovf").read_bytes().split(b"# Begin: Data Binary 4\n")[0].decode()
    assert header.splitlines() == [
        *("# OOMMF OVF 2.0", "# Segment count: 1", "# Begin: Segment", "# Begin: Header", "# Title: m"),
        *("# meshtype: rectangular", "# meshunit: m", "# xmin: 0", "# ymin: 0", "# zmin: 0"),
        *(
            "# xmax: 4e-09",
            "# ymax: 6.000000000000001e-09",
            "# zmax: 6e-09",
            "# valuedim: 3",
            "# valuelabels: m_x m_y m_z",
        ),
        *("# valueunits: 1 1 1", "# Desc: Total simulation time:  0  s"),
        *(
            "# xbase: 5e-10",
            "# ybase: 1e-09",
            "# zbase: 1.5e-09",
            "# xnodes: 4",
            "# ynodes: 3",
            "# znodes: 2",
        ),
        *("# xstepsize: 1e-09", "# ystepsize: 2e-09", "# zstepsize: 3e-09", "# End: Header"),
    ]
    scalar = (out / "B_demag_y000000.ovf").read_bytes()
    assert b"# valuedim: 1\n# valuelabels: B_demag_y\n# valueunits: T\n" in scalar


# ---- what others write --------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["ovf", "omf", "ohf", "oef"])
@pytest.mark.parametrize("representation", ["txt", "bin4", "bin8"])
@pytest.mark.parametrize("components", [1, 3])
def test_discretisedfields_are_read_whatever_their_extension(
    tmp_path: Path, extension: str, representation: str, components: int
) -> None:
    mesh = df.Mesh(p1=(-2e-9, 3e-9, 0), p2=(2e-9, 9e-9, 6e-9), n=(4, 3, 2))
    values = field(components).transpose(3, 2, 1, 0)
    theirs = df.Field(mesh, nvdim=components, value=values, unit="A/m")
    theirs.to_file(tmp_path / "m.ovf", representation=representation)
    path = (tmp_path / "m.ovf").rename(tmp_path / f"m.{extension}")
    ours = read_ovf(str(path))
    np.testing.assert_allclose(
        ours.m, field(components), rtol=1e-7 if representation == "bin4" else 1e-15, atol=0
    )
    np.testing.assert_allclose(ours.origin_m, mesh.region.pmin, rtol=1e-12, atol=1e-24)
    np.testing.assert_allclose(ours.cell_m, mesh.cell, rtol=1e-12)
    assert ours.unit == "A/m"


FIRST_LINES = [
    "# OOMMF OVF 2.0",
    "#oommf  ovf 2.0 ",
    "# OOMMF: rectangular mesh v1.0",
    "# OOMMF: rectangular mesh v0.99",
    "# OOMMF OVF 1.0",
]


@pytest.mark.parametrize("crlf", [False, True])
@pytest.mark.parametrize("kind", ["Text", "Binary 4", "Binary 8", "binary 8"])
@pytest.mark.parametrize("first", FIRST_LINES)
def test_variants_hold_the_same(tmp_path: Path, first: str, kind: str, crlf: bool) -> None:
    path = made(tmp_path / "m.ovf", first, kind, crlf=crlf)
    ours = read_ovf(path)
    np.testing.assert_allclose(ours.m, field(3), rtol=1e-7 if kind == "Binary 4" else 0, atol=0)
    assert ours.title == "Oxs_TimeDriver::Magnetization" and ours.unit == "A/m" and ours.time_s == 1.5e-9
    assert ours.labels == ("Total field_x", "Total field_y", "Total field_z")
    assert ours.origin_m.tolist() == [1e-9, -4e-9, 0] and ours.cell_m.tolist() == list(CELL_M)
    if not crlf and kind.istitle() and first != "#oommf  ovf 2.0 ":
        np.testing.assert_array_equal(df.Field.from_file(path).array, ours.m.transpose(3, 2, 1, 0))


def test_big_endian_ovf2_and_little_endian_ovf1_are_told_by_their_control_number(tmp_path: Path) -> None:
    for first in ("# OOMMF OVF 2.0", "# OOMMF: rectangular mesh v1.0"):
        content = made(tmp_path / "m.ovf", first, "Binary 8").read_bytes()
        head, _, rest = content.partition(b"Begin: Data Binary 8\n")
        swapped = np.frombuffer(rest[: 8 * 73], "<f8").byteswap().tobytes() + rest[8 * 73 :]
        (tmp_path / "swapped.ovf").write_bytes(head + b"Begin: Data Binary 8\n" + swapped)
        np.testing.assert_array_equal(read_ovf(tmp_path / "swapped.ovf").m, field(3))


def test_values_of_ovf1_are_multiplied_and_those_of_ovf2_are_not(tmp_path: Path) -> None:
    old = made(tmp_path / "old.omf", "# OOMMF: rectangular mesh v1.0", valuemultiplier="8.6e5")
    np.testing.assert_allclose(read_ovf(old).m, 8.6e5 * field(3), rtol=1e-15)
    np.testing.assert_array_equal(read_ovf(made(tmp_path / "new.ovf", valuemultiplier="8.6e5")).m, field(3))


def test_a_box_may_go_through_the_cells_centres(tmp_path: Path) -> None:
    through = {"xmin": "1.5e-9", "ymin": "-3e-9", "zmin": "1.5e-9"}
    through |= {"xmax": "4.5e-9", "ymax": "1e-9", "zmax": "4.5e-9"}
    ours = read_ovf(made(tmp_path / "m.ovf", **through))
    np.testing.assert_allclose(ours.cell_m, CELL_M, rtol=1e-12)
    np.testing.assert_allclose(ours.origin_m, [1e-9, -4e-9, 0], rtol=1e-12, atol=1e-24)


UNITS = {
    "nm": 1,
    "NM": 1,
    "nanometers": 1,
    "um": 1e3,
    "µm": 1e3,
    "\u03bcm": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "m": 1e9,
}
UNITS |= {"\u00c5": 0.1, "\u212b": 0.1, "angstrom": 0.1, "pm": 1e-3}


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_of_length_is_honoured(tmp_path: Path, unit: str) -> None:
    keys = [key for key in HEADER if key[1:] in ("min", "max", "base", "stepsize")]
    numbers = {key: repr(float(HEADER[key]) * 1e9 / UNITS[unit]) for key in keys}
    for key in ("meshunit", "meshunits"):  # the plural by analogy to valueunits
        header = {"meshunit": None, key: unit} | numbers
        ours = read_ovf(made(tmp_path / "m.ovf", "# OOMMF: rectangular mesh v1.0", **header))
        np.testing.assert_allclose(ours.cell_m, CELL_M, rtol=1e-12)
        np.testing.assert_allclose(ours.origin_m, [1e-9, -4e-9, 0], rtol=1e-12, atol=1e-24)


def test_lengths_come_in_the_unit_of_the_mesh(tmp_path: Path) -> None:
    numbers = {"xmin": "1", "ymin": "-4", "zmin": "0", "xbase": "1.5", "ybase": "-3", "zbase": "1.5"}
    numbers |= {"xmax": "5", "ymax": "2", "zmax": "6"}
    steps = {"xstepsize": "1", "ystepsize": "2", "zstepsize": "3"}
    ours = read_ovf(made(tmp_path / "m.ovf", meshunit="nm", **numbers, **steps))
    np.testing.assert_allclose(ours.cell_m, CELL_M, rtol=1e-12)
    np.testing.assert_allclose(ours.origin_m, [1e-9, -4e-9, 0], rtol=1e-12)


def test_what_a_header_leaves_out(tmp_path: Path) -> None:
    """Without a box the nodes say where cells are, without step sizes the box does; units may be lacking."""
    no_box = dict.fromkeys(("xmin", "ymin", "zmin", "xmax", "ymax", "zmax"))
    np.testing.assert_allclose(
        read_ovf(made(tmp_path / "m.ovf", **no_box)).origin_m, [1e-9, -4e-9, 0], atol=1e-24
    )
    no_steps = dict.fromkeys(("xstepsize", "ystepsize", "zstepsize", "xbase", "ybase", "zbase"))
    ours = read_ovf(made(tmp_path / "m.ovf", **no_steps))
    np.testing.assert_allclose(ours.cell_m, CELL_M, rtol=1e-12)
    bare = dict.fromkeys(("Title", "Desc", "Desc ", "Desc  ", "valueunits", "valuelabels", "meshtype"))
    ours = read_ovf(made(tmp_path / "m.ovf", **bare, meshunit=None))
    assert (ours.title, ours.unit, ours.labels) == ("", "", ()) and math.isnan(ours.time_s)
    mixed = read_ovf(made(tmp_path / "m.ovf", valueunits="A/m A/m T"))
    assert mixed.unit == ""


def test_bytes_of_another_code_page_are_no_hindrance(tmp_path: Path) -> None:
    assert read_ovf(made(tmp_path / "m.ovf", Title="größe in µm")).title == "größe in µm"
    utf8 = made(tmp_path / "m.ovf", Title="TITLE").read_bytes().replace(b"TITLE", "größe".encode())
    (tmp_path / "m.ovf").write_bytes(utf8)
    assert read_ovf(tmp_path / "m.ovf").title == "größe"


@pytest.mark.parametrize("representation", ["txt", "bin4", "bin8"])
def test_a_script_reads_a_state_another_program_wrote(tmp_path: Path, representation: str) -> None:
    mesh = df.Mesh(p1=(0, 0, 0), p2=(4e-9, 6e-9, 6e-9), n=(4, 3, 2))
    values = np.random.default_rng(5).normal(size=(4, 3, 2, 3))
    values /= np.linalg.norm(values, axis=-1, keepdims=True)
    df.Field(mesh, nvdim=3, value=values).to_file(tmp_path / "theirs.ovf", representation=representation)
    out = run(tmp_path, GRID + 'm.loadFile("theirs.ovf")\nsaveAs(m, "ours.ovf")')
    ours = df.Field.from_file(out / "ours.ovf").array
    assert ours == pytest.approx(values, abs=1e-7)  # four-byte numbers


# ---- what is refused ----------------------------------------------------------------------------------

REFUSED = {
    "irregular mesh": ({"meshtype": "irregular"}, "its mesh is irregular, not rectangular"),
    "segments": ({"Segment count": "2"}, "it holds 2 segments"),
    "unit of length": ({"meshunit": "parsec"}, "its meshunit is parsec; m, cm"),
    "more text than cells": ({"xnodes": "3"}, "its data hold 72 numbers where 54 belong"),
    "less text than cells": ({"xnodes": "5"}, "its data hold 72 numbers where 90 belong"),
    "absurd size": ({"xnodes": "100000"}, "its data end early: 1800000 numbers do not fit into"),
    "more absurd size": ({"xnodes": "9" * 30}, "it claims 3×9999"),
    "no cells": ({"ynodes": "0"}, "its header has ynodes: 0, which is no count"),
    "part of a cell": ({"ynodes": "3.5"}, "its header has ynodes: 3.5, which is no count"),
    "flat cells": ({"zstepsize": "0"}, "its cells are 1e-09×2e-09×0 m"),
    "no number": ({"zstepsize": "much"}, "its header has zstepsize: much, which is no number"),
    "not finite": ({"xbase": "nan"}, "its header has xbase: nan, which is not finite"),
    "no nodes": (dict.fromkeys(("ynodes", "znodes")), "its header has no ynodes, znodes"),
    "no dimension": ({"valuedim": None}, "its header has no valuedim"),
    "no place": (dict.fromkeys(("xstepsize", "xmin")), "its header has neither step sizes nor a box"),
    "two sizes": (
        {"xmax": "9e-9"},
        "4 cells of 1e-09 m along x are 4e-09 m, and from xmin to xmax it is 8e-09 m",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_said_in_one_line_with_a_remedy(tmp_path: Path, what: str) -> None:
    header, why = REFUSED[what]
    with pytest.raises(OvfError) as caught:
        read_ovf(made(tmp_path / "m.ovf", **header))
    assert why in caught.value.why and "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'm.ovf'}: ")
    assert str(caught.value).endswith(f"; {caught.value.remedy}") and "again" not in caught.value.why
    assert "again" not in caught.value.remedy or "data" in why  # a short file may be copied anew


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ("# OOMMF: irregular mesh v1.0", "its mesh is irregular"),
        ("# OOMMF OVF 3.0", "it is of OVF version 3"),
        ("# hello", "its first line is not that of an OVF file"),
    ],
)
def test_foreign_first_lines_are_named(tmp_path: Path, first: str, why: str) -> None:
    with pytest.raises(OvfError, match=why):
        read_ovf(made(tmp_path / "m.ovf", first))


OTHER = {
    "gzip": (b"\x1f\x8b\x08", "it is compressed with gzip", "gunzip"),
    "zip": (b"PK\x03\x04", "it is a zip archive", "unpack it first"),
    "HDF5": (b"\x89HDF\r\n", "it is an HDF5 file", "as OVF"),
    "VTK": (b"# vtk DataFile Version 3.0\n", "it is a VTK file", "as OVF"),
    "MuMax3's dump": (b"#dump002\x03", "it is a dump of MuMax3", "mumax3-convert"),
    "SVF": (b"# File: a.svf\n1e-9 2e-9 3e-9 0 0 1\n", "it is columns of numbers", "sample it on a grid"),
    "SVF, bare": (b"1e-9 2e-9 3e-9 0 0 1\n", "it is columns of numbers", "sample it on a grid"),
    "OVF 0": (b"# OOMMF: irregular mesh v0.0\n1 2 3 0 0 1\n", "its mesh is irregular", "sample it on a grid"),
    "nothing": (b"", "it is empty", "copy it again"),
}


@pytest.mark.parametrize("what", OTHER)
def test_other_formats_are_told_by_their_content(tmp_path: Path, what: str) -> None:
    content, why, remedy = OTHER[what]
    (tmp_path / "r_0.5T").write_bytes(content)
    with pytest.raises(OvfError) as caught:
        read_ovf(tmp_path / "r_0.5T")
    assert why in caught.value.why and remedy in caught.value.remedy
    with pytest.raises(ScriptError, match=r'^script line 3: "r_0\.5T" is not a readable OVF file: ') as told:
        run(tmp_path, GRID + 'm.loadfile("r_0.5T")')
    assert remedy in str(told.value)


@pytest.mark.parametrize("name", ["r_0.5T", "state", "state.dump", "state.dat"])
def test_ovf_is_told_by_its_content_too(tmp_path: Path, name: str) -> None:
    np.testing.assert_array_equal(read_ovf(made(tmp_path / name)).m, field(3))
    np.testing.assert_array_equal(read_ovf(made(tmp_path / "m.ovf")).m, field(3))
    run(tmp_path, GRID + f'm.loadfile("{name}")')


def test_binary_data_of_another_width_than_called_are_named(tmp_path: Path) -> None:
    for kind, called in (("Binary 8", "Binary 4"), ("Binary 4", "Binary 8")):
        content = made(tmp_path / "m.ovf", kind=kind).read_bytes()
        content = content.replace(f"Data {kind}".encode(), f"Data {called}".encode())
        (tmp_path / "m.ovf").write_bytes(content + b" " * 600)  # room for the numbers that are not there
        with pytest.raises(OvfError, match=f"called {called.lower()} and begin .* of {kind.lower()};"):
            read_ovf(tmp_path / "m.ovf")
    content = made(tmp_path / "m.ovf", kind="Binary 4").read_bytes().partition(b"Binary 4\n")
    (tmp_path / "m.ovf").write_bytes(content[0] + content[1] + np.float32(2).tobytes() + content[2][4:])
    with pytest.raises(OvfError, match="begin with 2 where binary 4 has the control number 1234567"):
        read_ovf(tmp_path / "m.ovf")


@pytest.mark.parametrize("components", [1, 2, 3, 6])
def test_each_component_has_its_label_and_unit(tmp_path: Path, components: int) -> None:
    path = written(tmp_path / "m.ovf", components=components)
    lines = path.read_bytes().split(b"# End: Header")[0].decode().splitlines()
    listed = {key: value.split() for key, _, value in (line[2:].partition(": ") for line in lines)}
    assert listed["valueunits"] == ["T"] * components
    assert len(set(listed["valuelabels"])) == components
    ours = read_ovf(path)
    assert (ours.unit, len(ours.labels), ours.m.shape) == ("T", components, field(components).shape)
    np.testing.assert_array_equal(df.Field.from_file(path).array, ours.m.transpose(3, 2, 1, 0))


def test_missing_files_and_unknown_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(OvfError, match=r"gone\.ovf: .*No such file"):
        read_ovf(tmp_path / "gone.ovf")
    content = made(tmp_path / "m.ovf").read_bytes().replace(b"Data text", b"Data Csv")
    (tmp_path / "m.ovf").write_bytes(content)
    with pytest.raises(OvfError, match="its data are csv; text, binary 4 and binary 8 are read"):
        read_ovf(tmp_path / "m.ovf")


@pytest.mark.parametrize("kind", ["Text", "Binary 4", "Binary 8"])
def test_no_part_of_a_file_passes_for_the_whole(tmp_path: Path, kind: str) -> None:
    whole = made(tmp_path / "m.ovf", kind=kind).read_bytes()
    ends = whole.index(b"# End: Data") - 3
    for cut in (*range(0, ends, 37), ends):
        (tmp_path / "cut.ovf").write_bytes(whole[:cut])
        with pytest.raises(OvfError):
            read_ovf(tmp_path / "cut.ovf")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.integers(0, 1500), st.binary(max_size=6)), min_size=1, max_size=4))
def test_damaged_files_are_read_or_refused_but_never_stumbled_over(
    tmp_path: Path, places: list[tuple[int, bytes]]
) -> None:
    content = made(tmp_path / "m.ovf", kind="Binary 8").read_bytes()
    for place, replacement in places:
        content = content[:place] + replacement + content[place + len(replacement) :]
    (tmp_path / "m.ovf").write_bytes(content)
    try:
        assert read_ovf(tmp_path / "m.ovf").m.ndim == 4
    except OvfError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"# OOMMF OVF 2.0\n",
        b"# OOMMF OVF 2.0\n# valuedim: 3\n# xnodes: 9999\n# ynodes: 9999\n# znodes: 1\n# Begin: Data Text\n",
        b"# OOMMF OVF 2.0\n# valuedim: 3\n# xnodes: 1\n# ynodes: 1\n# znodes: 1\n# Begin: Data Binary 4\n"
        + b"0" * 16,
        b"# OOMMF OVF 2.0\n# valuedim: 3\n# xnodes: 1\n# ynodes: 1\n# znodes: 1\n# Begin: Data Text\n1 2\n",
        b"# OOMMF OVF 2.0\n# valuedim: x\n# xnodes: 1\n# ynodes: 1\n# znodes: 1\n# Begin: Data Text\n1 2\n",
        b"# OOMMF OVF 2.0\n# xnodes: 1\n# Begin: Data Csv\n1 2\n",
    ],
)
def test_broken_ovf_files_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.ovf").write_bytes(content)
    with pytest.raises(ScriptError, match=r'^script line 3: "bad\.ovf" is not a readable OVF file: '):
        run(tmp_path, GRID + 'm.loadfile("bad.ovf")')


# ---- what users get -----------------------------------------------------------------------------------


@pytest.fixture
def state(tmp_path: Path) -> VectorField:
    """A state off the origin, with two cells that hold no moment."""
    values = field(3) / np.linalg.norm(field(3), axis=0)
    values[:, 0, 0, :2] = 0
    mesh = df.Mesh(p1=(-2e-9, 3e-9, 1e-9), p2=(2e-9, 9e-9, 7e-9), n=(4, 3, 2))
    df.Field(mesh, nvdim=3, value=values.transpose(3, 2, 1, 0), unit="A/m").to_file(tmp_path / "m.ovf")
    return read_ovf(tmp_path / "m.ovf")


@pytest.mark.parametrize("name", ["m.vtk", "m.h5", "m.ovf"])
def test_a_state_goes_into_other_formats_and_back(state: VectorField, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    state.field.to_file(folder / name)
    back = df.Field.from_file(folder / name)
    np.testing.assert_array_equal(back.array, state.m.transpose(3, 2, 1, 0))
    np.testing.assert_allclose(back.mesh.region.pmin, state.origin_m, rtol=1e-12)
    np.testing.assert_allclose(back.mesh.region.pmin, [-2e-9, 3e-9, 1e-9], rtol=1e-12)
    np.testing.assert_allclose(back.mesh.cell, state.cell_m, rtol=1e-12)


def test_a_state_as_xarray_keeps_values_and_coordinates(state: VectorField) -> None:
    array = state.field.to_xarray()
    np.testing.assert_array_equal(array.values, state.m.transpose(3, 2, 1, 0))
    np.testing.assert_allclose(array["x"], [-1.5e-9, -0.5e-9, 0.5e-9, 1.5e-9], rtol=1e-12)
    np.testing.assert_allclose(array["z"], [2.5e-9, 5.5e-9], rtol=1e-12)
    back = df.Field.from_xarray(array)
    np.testing.assert_allclose(back.mesh.region.pmin, state.origin_m, rtol=1e-9)


def test_a_state_can_be_cut_and_knows_its_magnetic_cells(state: VectorField) -> None:
    assert state.field.unit == "A/m" and state.field.valid.sum() == 22
    assert not state.field.valid[:2, 0, 0].any()
    plane = state.field.sel(z=2e-9)
    np.testing.assert_array_equal(plane.array, state.m[:, 0].transpose(2, 1, 0))


def test_values_are_for_reading_only(state: VectorField) -> None:
    for array in (state.m, state.cell_m, state.origin_m):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_radius_from_volume() -> None:
    lattice = fit_lattice(20, 1)
    m = np.zeros((3, *lattice.shape))
    m[2] = (lattice.positions() ** 2).sum(axis=0) <= lattice.radius_m**2
    ball = VectorField(m, np.full(3, 1e-9), np.zeros(3), None)
    assert ball.sphere_radius_m == pytest.approx(20e-9, rel=5e-3)  # the staircase volume at R/c = 20


def test_a_field_leaves_the_style_of_drawings_as_it_was() -> None:
    code = """
import matplotlib, numpy as np
from harness.mx3.files.ovf import VectorField
before = dict(matplotlib.rcParams)
VectorField(np.ones((3, 2, 2, 2)), np.full(3, 1e-9), np.zeros(3), None).field
assert dict(matplotlib.rcParams) == before
"""
    subprocess.run([sys.executable, "-c", code], check=True)
