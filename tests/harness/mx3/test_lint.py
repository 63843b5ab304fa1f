"""Cautions about scripts that run but may not mean what they say."""

import pytest

from harness.mx3.errors import ScriptError
from harness.mx3.lint import MOST_LOOKS, lint

SPHERE = """SetGridSize(8, 8, 8)
SetCellSize(2e-9, 2e-9, 2e-9)
SetGeom(Ellipsoid(16e-9, 16e-9, 16e-9))
"""
IRON = "Msat = 1.7e6; Aex = 1e-11; Ku1 = 4.8e4; anisU = vector(0, 0, 1)\n"
ASKEW = "m = vortex(1, 1); B_ext = vector(0.01, 0.002, 0.1)\n"


@pytest.fixture
def cautions(tmp_path):
    def of(text):
        script = tmp_path / "script.mx3"
        script.write_text(text)
        told, fault = lint(script)
        if fault:
            raise fault
        found = [(caution.line, caution.message) for caution in told]
        assert [path.name for path in tmp_path.iterdir()] == ["script.mx3"]
        return found

    return of


def test_a_sound_script_has_none(cautions):
    assert cautions(SPHERE + IRON + ASKEW + "tableSave(); relax(); minimize(); run(1e-9); save(m)") == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("Msat = 1700", "Msat = 1700 A/m: usual sizes are 10000 to 3e+06 A/m; is it in kA/m?"),
        ("Aex = 10", "Aex = 10 J/m: usual sizes are 1e-13 to 1e-10 J/m; is it in pJ/m?"),
        ("Aex = 0", "Aex = 0 in all of the body"),
        ("Aex = -1e-11", "Aex = -1e-11 J/m is negative: neighbours turn away from each other cell by cell"),
        ("anisU = vector(0, 0, 0)", "Ku1 without anisU: an anisotropy without an axis does nothing"),
        (
            "B_ext = vector(0, 50, 300)",
            "B_ext = 304.1 T: usual sizes are 0 to 100 T; is it in mT or G or A/m?",
        ),
        ("GammaLL = 2.211e5", "is it in rad/(µT s) or m/(A s)?"),
        ("SetGeom(Universe()); SetCellSize(2, 2, 2)", "cell edge = 2 m: usual sizes are 1e-11 to 1e-06 m"),
        (
            "SetCellSize(3e-9, 3e-9, 3e-9)",
            "cells of 3 nm are wider than the exchange length √(2A/μ0Ms²), 2.35 nm",
        ),
        ("Ku1 = 1e7", "cells of 2 nm are wider than the wall width parameter √(A/Ku1), 1 nm"),
    ],
)
def test_units_and_cells(cautions, statement, message):
    found = cautions(SPHERE + IRON + ASKEW + statement + "\nrun(1e-9)\nrun(1e-9)\n")
    sets = 2 if "wall width" in message else 6  # the cells, or the statement
    assert [line for line, said in found if message in said] == [sets]  # once


def test_what_a_script_never_sets_is_told_where_it_matters(cautions):
    assert [
        line for line, said in cautions(SPHERE + "Msat = 1.7e6\n" + ASKEW + "relax()") if "Aex" in said
    ] == [6]


def test_a_field_in_a_loop_is_told_at_the_line_that_sets_it(cautions):
    looped = "for i := 0; i < 3; i++ {\n B_ext = vector(0, 1, 304 - i)\n relax()\n}"
    assert [k for k, said in cautions(SPHERE + IRON + ASKEW + looped) if "B_ext" in said] == [7]


def test_the_unit_of_gamma_matters_only_where_time_passes(cautions):
    assert cautions(SPHERE + IRON + ASKEW + "GammaLL = 1.7\nminimize()") == []


def test_a_start_that_symmetry_holds(cautions):
    ((line, said),) = cautions(
        SPHERE + IRON + "m = uniform(0, 0, 1)\nB_ext = vector(0, 0, 0.1)\nrelax()\nrelax()"
    )
    assert line == 5  # that sets m
    assert "relax starts from a state that 15 turns and reflections leave as it is" in said
    assert "the mean moment stays along z, no circulation about any axis arises" in said
    assert "a little, or run with --certify" in said
    ((_, said),) = cautions(SPHERE + IRON + "m = uniform(0, 0, 1)\nB_ext = vector(0, 0, 0.1)\nrun(1e-9)")
    assert said.startswith("run starts") and said.endswith(
        "disturb state or field a little"
    )  # no equilibrium
    ((_, said),) = cautions(SPHERE + IRON + "m = vortex(1, 1)\nB_ext = vector(0.01, 0, 0.1)\nminimize()")
    assert "the mean moment stays in the plane of x and z, the axis of circulation" in said
    ((_, said),) = cautions(SPHERE + IRON + "m = uniform(1, 2, 3)\nB_ext = vector(0.1, 0.2, 0.4)\nrelax()")
    assert "mean moment" not in said
    assert "no circulation about any axis arises" in said


def test_every_start_that_symmetry_holds_is_told(cautions):
    again = "m = uniform(0, 0, 1)\nB_ext = vector(0, 0, 0.1)\nrelax()\n"
    both = cautions(SPHERE + IRON + again + again.replace("0, 0, 1", "0, 0, -1", 1))
    assert [line for line, _ in both] == [5, 8] and both[0][1] == both[1][1]
    looped = "for i := 0; i < 3; i++ {\n m = uniform(0, 0, 1)\n relax()\n}"
    assert len(cautions(SPHERE + IRON + looped)) == 1


def test_what_holds_on_is_said_once_and_what_changes_again(cautions):
    script = (
        SPHERE
        + IRON
        + ASKEW
        + "B_ext = vector(0, 0, 300)\nrelax()\nrelax()\nB_ext = vector(0, 0, 500)\nrelax()"
    )
    told = [said.split(":")[0] for _, said in cautions(script) if said.startswith("B_ext")]
    assert told == ["B_ext = 300 T", "B_ext = 500 T"]
    swept = "for B := 200.; B < 1000; B += 100 {\n B_ext = vector(0, 0, B)\n relax()\n}"
    assert len([said for _, said in cautions(SPHERE + IRON + ASKEW + swept) if "B_ext" in said]) == 1


def test_a_mask_that_pushes_lets_go(cautions):
    push = """mask := newVectorMask(1, 1, 2)
mask.setVector(0, 0, 0, vector(0.01, 0.02, 0))
B_ext.add(mask, 1)
relax()
B_ext.removeExtraTerms()
relax()"""
    assert cautions(SPHERE + IRON + "m = uniform(1, 2, 3)\n" + push) == []


@pytest.mark.parametrize("rows", ["\ntableSave()\ntableSave()", "tableAutoSave(1e-11)\nrun(1e-10)"])
def test_a_column_that_is_no_number_at_first(cautions, rows):
    ((line, said),) = cautions(SPHERE + IRON + ASKEW + 'tableAddVar(t/t, "rate", "")\n' + rows)
    assert (line, said) == (8, "table column rate is not a finite number in the first row")


def test_what_shows_only_on_the_way_is_a_mistake(cautions):
    with pytest.raises(ScriptError, match=r"line 6: .*B_ext"):
        cautions(SPHERE + IRON + ASKEW + "B_ext = vector(0, 0, sin(t)/t)\nrelax()")


def test_a_loop_that_waits_for_a_state_ends(cautions, monkeypatch):
    monkeypatch.setattr("harness.mx3.session.rehearsal.MOST_STATEMENTS", 1000)
    with pytest.raises(ScriptError, match="goes on for ever, or until a state changes"):
        cautions(SPHERE + IRON + ASKEW + "for m.comp(2).average() > -1 {\nrelax()\n}")


def test_a_search_that_comes_by_for_ever_is_looked_at_so_often_and_no_more(cautions, monkeypatch):
    looks = []
    monkeypatch.setattr("harness.mx3.session.rehearsal.MOST_STATEMENTS", 5000)
    monkeypatch.setattr("harness.mx3.lint._Reader._cells", lambda reader: iter(looks.append(1) or ()))
    with pytest.raises(ScriptError, match="goes on for ever"):
        cautions(SPHERE + IRON + ASKEW + "for i := 0; i < 1; i = i {\nminimize()\n}")
    assert len(looks) == MOST_LOOKS + 1  # and where it stops


@pytest.mark.parametrize(
    ("fault", "until"),
    [
        ("relaxx()\n", 5),
        ("for i := 0; i < 2; i++ {\nrelaxx()\n}\n", 6),
        ("SetGeom(Ellipsoid(1e-12, 1e-12, 1e-12))\n", None),
    ],
)
def test_what_is_set_before_a_fault_is_judged_and_what_is_missing_is_not(tmp_path, fault, until):
    script = tmp_path / "script.mx3"
    script.write_text(SPHERE + "Msat = 1700; Ku1 = 4.8e4\n" + fault + "Aex = 10\nrelax()\n")
    told, stopped = lint(script, until=until)
    cut = until == 6  # in a block
    assert [str(each) for each in told] == [
        "line 4: Msat = 1700 A/m: usual sizes are 10000 to 3e+06 A/m; is it in kA/m?"
    ] * (not cut)
    assert (stopped is None) == (until is not None)
