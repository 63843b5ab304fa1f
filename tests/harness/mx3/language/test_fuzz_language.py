"""No text makes reading and checking a script fail other than with a list of one-line problems."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.mx3 import EngineError, Options, run_script, vet
from harness.mx3.names.world import World
from harness.mx3.session.session import Session

_NAMES = sorted(World(Session()).spelling.values())
_PIECES = [
    *(
        "x",
        "y",
        "i",
        "f",
        "1",
        "0",
        "2.5",
        "1e-9",
        "1e400",
        "99999999999999999999",
        '"a"',
        '"%d"',
        "`b`",
        "'c'",
    ),
    *("+", "-", "*", "/", "%", "<", "==", "&&", "||", "!", "=", ":=", "+=", "*=", "++", "--", "."),
    *("(", ")", "{", "}", "[", "]", ",", ";", "\n", " ", "\t", "//", "/*", "*/", "\\", "\r\n", "\ufeff", "é"),
    *("if ", "else ", "for ", "func", "return", "var ", "range ", "true", "nil", "break"),
    *(".average()", ".comp(0)", ".add(", ".x()", "[0]", ".setRegion(1,", ".get()"),
]
_soup = st.lists(st.sampled_from(_PIECES + _NAMES), max_size=40).map("".join)


def _assert_vetted(text: str) -> None:
    last = text.count("\n") + 2
    for problem in vet(text):
        assert "\n" not in str(problem)
        assert problem.line is None or 1 <= problem.line <= last


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text(text: str) -> None:
    _assert_vetted(text)


@given(_soup)
@settings(max_examples=200, deadline=None)
def test_any_mixture_of_the_languages_pieces(text: str) -> None:
    _assert_vetted(text)


_number = st.sampled_from(["0", "1", "-1", "2.5", "1e-9", "inf", "x", "0/0", "t", "E_total", "1e300"])
_vector = st.builds("vector({}, {}, {})".format, _number, _number, _number)
_shape = st.sampled_from(
    ["circle(2e-9)", "universe()", "layer(0)", "cell(9,9,9)", "rect(0,0).inverse()", "cone(0,0)"]
)
_SETTINGS = (
    *("Msat", "Aex", "Ku1", "Ku2", "Kc1", "Kc3", "alpha", "NoDemagSpins", "frozenspins"),
    *("t", "EdgeSmooth", "step", "FixDt", "MaxErr", "MinDt", "MaxDt", "Headroom", "GammaLL"),
)
_statement = st.one_of(
    st.builds("x = {}".format, _number),
    st.builds("{} = {}".format, st.sampled_from(_SETTINGS), _number),
    st.builds("{} = {}".format, st.sampled_from(["B_ext", "anisU", "FixedLayer", "J"]), _vector),
    st.builds("SetGeom({})".format, _shape),
    st.builds("m = uniform({}, {}, {})".format, _number, _number, _number),
    st.builds("m.setInShape({}, vortex({}, 1))".format, _shape, _number),
    st.builds("m.setCell({}, 0, 0, {})".format, _number, _vector),
    st.builds("defRegion({}, {}); Msat.setRegion(1, {})".format, _number, _shape, _number),
    st.builds("print({}, m, E_total, B_eff, torque, Edens_total, geom, MaxTorque)".format, _vector),
    st.builds('print(sprintf("%v %d %*.3f", {}, {}, 2, 3))'.format, _number, _vector),
    st.builds("mask.set(0, {}, 0, 0, {}); B_ext.add(mask, {})".format, _number, _number, _number),
    st.builds("for i := 0; i < 3; i++ {{ x = x + {} }}".format, _number),
    st.builds("saveAs(crop(m, {}, 2, 0, 1, 0, 1), sprint({}))".format, _number, _number),
    st.builds("SetCellSize({}, 1e-9, 1e-9)".format, _number),
    st.builds("save(Div(Mul(m, geom), Const({})))".format, _number),
    st.sampled_from(
        ["tableSave()", "tableAdd(B_ext)", 'tableAddVar(x, "x", "")', "B_ext.removeExtraTerms()"]
    ),
    st.sampled_from(
        [
            "m = randomMag()",
            "relax()",
            "minimize()",
            "steps(2)",
            "run(1e-15)",
            "SetSolver(1)",
            "DoPrecess = false",
            "save(m)",
            "OutputFormat = OVF1_TEXT",
            "regions.setCell(0, 0, 0, 300)",
        ]
    ),
)


@given(st.lists(_statement, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_running_a_script_with_any_values_ends_in_a_result_or_a_one_line_error(
    tmp_path: Path, statements: list[str]
) -> None:
    lines = [
        "SetGridSize(2, 2, 1)",
        "SetCellSize(1e-9, 1e-9, 1e-9)",
        "x := 0.5",
        "mask := NewVectorMask(2, 2, 1)",
    ]
    script = tmp_path / "script.mx3"
    script.write_text("\n".join([*lines, *statements]), encoding="utf-8")
    try:
        run_script(script, tmp_path / "out", options=Options(max_evaluations=200), overwrite=True)
    except EngineError as error:
        assert "\n" not in str(error)
    assert {p.name for p in tmp_path.iterdir()} <= {"script.mx3", "out"}


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "{" * 100_000, "f(" * 50_000, "-" * 100_000 + "1", "if x {} else " * 20_000]
)
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    assert len(vet(text)) == 1


@pytest.mark.parametrize(
    "text", ["foo()\n" * 20_000, "x := " + "a" * 1_000_000, '"' + "a" * 1_000_000, "1+" * 100_000 + "1"]
)
def test_long_texts_are_checked_in_bounded_time(text: str) -> None:
    assert 1 <= len(vet(text)) <= 100


@pytest.mark.validate
@given(st.one_of(_soup, st.text()))
@settings(max_examples=20_000, deadline=None)
def test_long_fuzzing(text: str) -> None:
    _assert_vetted(text)
