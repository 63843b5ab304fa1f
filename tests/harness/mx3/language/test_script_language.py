"""The script language: values, types, control flow and closures behave as in MuMax3's interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.mx3 import ScriptError, run_script, vet

GRID = "SetGridSize(2, 2, 1)\nSetCellSize(1e-9, 1e-9, 1e-9)\n"


def printed(folder: Path, text: str) -> list[str]:
    """What a script prints, line by line."""
    script = folder / "script.mx3"
    script.write_text(text, encoding="utf-8")
    lines: list[str] = []
    run_script(script, folder / "out", on_log=lines.append)
    engine_output = [line.removeprefix("//") for line in lines if line.startswith("//")]
    return engine_output[3:]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        # the table of MuMax3's own interpreter tests: arithmetic is always in floating point
        ("1+1", "2"),
        ("7-5", "2"),
        ("2*3", "6"),
        ("10/5", "2"),
        ("1+10/5", "3"),
        ("(1+14)/5", "3"),
        ("1+2*3/4-5-6", "-8.5"),
        ("7/2", "3.5"),
        ("1/0", "+Inf"),
        ("-1/0", "-Inf"),
        ("0/0", "NaN"),
        ("1<1", "false"),
        ("1<2", "true"),
        ("2>=1 && !(1==2)", "true"),
        ("1!=1 || false", "false"),
        ("sqrt(3*3)", "3"),
        ("-pi", "-3.141592653589793"),
        ("1e-9*2", "2e-09"),
        ("1234567*1", "1.234567e+06"),
        ("123456*1", "123456"),
        ("0.0001*1", "0.0001"),
        ("3", "3"),
        ("3.0", "3"),
        ('"a b"', "a b"),
        ('"a\\n"', "a\\n"),  # MuMax3 keeps escapes as they are written
        ("vector(1, 2, 3).cross(vector(0, 0, 1))", "[2 -1 0]"),
        ("vector(1, 2, 3)[1]", "2"),
        ("vector(3, 4, 0).len()", "5"),
        ("sqrt(-1)", "NaN"),
        ("log(0)", "-Inf"),
        ("mod(-7, 3)", "-1"),
        ("max(1, 2)", "2"),
        ("heaviside(0)", "0.5"),
        ("sinc(0)", "1"),
        ("pow10(-3)", "0.001"),
        ("erf(0)", "0"),
        ("isNaN(0/0)", "true"),
        ("isInf(inf, 1)", "true"),
        ("SIN(0)", "0"),
        ("True", "true"),
        ('sprint("a", 1, 2, "b", 3)', "a1 2b3"),
        ('sprintf("%06d|%.2f|%v|%5.1e|%s|%%", 12, 0.5, 1e-9, 12345.0, "x")', "000012|0.50|1e-09|1.2e+04|x|%"),
        ('sprintf("%d", 2*1)', "%!d(float64=2)"),
        ('sprintf("%d %d", 1)', "1 %!d(MISSING)"),
    ],
)
def test_expressions_have_mumax3s_values(tmp_path: Path, expression: str, text: str) -> None:
    assert printed(tmp_path, f"print({expression})") == [text]


def test_statements(tmp_path: Path) -> None:
    script = """
        total := 0.0
        for i := 0; i < 100; i++ { total = total + i }
        for i := 100; i >= 0; i-- { total += i }   /* both directions */
        print(total)
        n := 0
        for n < 5 { n++ }
        print(n, TOTAL)
        for k := 0; k < 3; k++ {
            if k == 0 { print("zero")
            } else if k == 1 { print("one")
            } else { print("many") }
        }
        v := vector(1,
            2,    // a comment inside
            3)
        v = v.mul(2)
        s := "x"; s = sprint(s, "y")
        b := 1 < 2
        if b && true { print(s, v.x(), b) };;
        x := 1.5
        { x := 2; print(x) }
        print(x)
        x -= 1
        print(x)
    """
    expected = ["10000", "5 10000", "zero", "one", "many", "xy 2 true", "2", "1.5", "0.5"]
    assert printed(tmp_path, script) == expected


def test_and_looks_at_its_second_operand_only_if_needed(tmp_path: Path) -> None:
    assert printed(tmp_path, "v := vector(0, 0, 0)\nprint(false && v[5] > 0, true || v[5] > 0)") == [
        "false true"
    ]


def test_an_integer_takes_whole_numbers_only(tmp_path: Path) -> None:
    assert printed(tmp_path, "n := 4\nn = n/2\nprint(n)\nn++\nprint(n)") == ["2", "3"]
    with pytest.raises(ScriptError, match=r"^script line 3: cannot use 0\.5 as an integer$"):
        run_text(tmp_path / "b", "n := 4\n\nn = n/8")


def run_text(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    run_script(folder / "script.mx3", folder / "out")


def test_a_parameter_follows_t_and_freezes_every_other_variable(tmp_path: Path) -> None:
    script = (
        GRID
        + """
        i := 800
        Msat = i*1e3
        i = 400
        print(Msat.average())
        Msat = i*1e3 + 0*t
        i = 1
        t = 1e-9
        print(Msat.average())
        B_ext = vector(0, 0, t*1e9 + i)
        i = 7
        t = 2e-9
        print(B_ext.average())
        B_ext.add(NewVectorMask(2, 2, 1), 1)
        print(B_ext.average())
    """
    )
    assert printed(tmp_path, script) == ["800000", "400000", "[0 0 3]", "[0 0 3]"]


def test_a_table_variable_is_evaluated_anew_for_each_row(tmp_path: Path) -> None:
    script = (
        GRID
        + """
        f := 0
        tableAddVar(2*f, "twice f", "Hz")
        for f = 0; f < 3; f++ { tableSave() }
    """
    )
    printed(tmp_path, script)
    rows = (tmp_path / "out" / "table.txt").read_text().splitlines()
    assert rows[0] == "# t (s)\tmx ()\tmy ()\tmz ()\ttwice f (Hz)"
    assert [row.split("\t")[-1] for row in rows[1:]] == ["0", "2", "4"]


def test_quantities_give_numbers_and_averages(tmp_path: Path) -> None:
    script = (
        GRID
        + """
        Msat = 1/mu0
        m = uniform(0, 0, 2)
        EnableDemag = false
        B_ext = vector(0, 0, 1)
        e := E_Zeeman
        if e < 0 { print(e*mu0/1e-27) }
        print(m.comp(2).average(), m.average(), m)
        print(E_total.get() == E_Zeeman.get(), maxTorque.get() == 0)
        print(m_full.average()[2]*mu0)
    """
    )
    lines = printed(tmp_path, script)
    assert float(lines[0]) == pytest.approx(-4, rel=1e-12)  # -M B V of four cells of 1 nm³, to rounding
    assert lines[1:] == ["1 [0 0 1] 0 0 1", "true true", "1"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("x = 1", 'line 1: unknown name "x"'),
        ("setgeomm(universe())", 'line 1: unknown name "setgeomm"; did you mean "setGeom"?'),
        ("relaxx()", 'line 1: unknown name "relaxx"; did you mean "relax"?'),
        ("Relaxx()", 'line 1: unknown name "Relaxx"; did you mean "Relax"?'),
        ("x := 1\nx := 2", 'line 2: "x" is already defined; assign with = or choose another name'),
        ("t := 1", 'line 1: "t" is already defined, by MuMax3 itself; assign with = or choose another name'),
        ("J := 1", 'line 1: "J" is already defined, by MuMax3 itself; assign with = or choose another name'),
        ("pi = 3", 'line 1: cannot assign to "pi"'),
        ("E_total = 3", 'line 1: cannot assign to "E_total"'),
        ("1++", 'line 1: cannot assign to "1"'),
        ("x := sin(1, 2)", "line 1: sin needs 1 argument, got 2"),
        ("\n\nSetGridSize(1,\n2)", "line 3: SetGridSize needs 3 arguments, got 2"),
        ("a := 1.\na = true", "line 2: a number is needed here, not true/false"),
        ("Msat = vector(1, 2, 3)", "line 1: a number is needed here, not a vector"),
        ("B_ext = 1", "line 1: a vector is needed here, not an integer"),
        ("m = vector(1, 0, 0)", "line 1: an initial state is needed here, not a vector"),
        ("print(save(m))", "line 1: this gives no value, but one is needed"),
        ("x := save(m)", 'line 1: "save(m)" gives no value to store in x'),
        ("if 1 { }", "line 1: true/false is needed here, not an integer"),
        ("a := vector(1,2,3)\nb := a + a", 'line 2: "+" works on numbers; vectors have .add(b)'),
        ("x := m + 1", "line 1: a number is needed here, not a magnetisation; use its .average()"),
        ("tableAddVar(E_total, \"E\", \"J\")", "line 1: a number is needed here, not a scalar value; use"),
        ("m.foo()", "line 1: a magnetisation has no method foo (it has: "),
        ("x := m.average", 'line 1: "m.average" is a method: call it with ()'),
        ("print(sin)", "line 1: sin is a function: call it with ()"),
        ("x := 1\nx()", 'line 2: "x" is not a function'),
        ("x := 5 % 2", 'line 1: operator "%" is not part of MuMax3\'s language; use mod(a, b)'),
        ("x := 1\nx *= 2", "line 2: *= is not part of MuMax3's language: write x = x * …"),
        ("a, b := 1, 2", "line 1: only one variable can be assigned at a time"),
        ("for { break }", "line 1: break is not part of MuMax3's language: put the condition"),
        ("x := 0x10", 'line 1: "0x10" is not a number MuMax3 reads: write plain decimals'),
        ("var x = 3", "line 1: var is not part of MuMax3's language: declare with :="),
        ("x := [3]int{1,2,3}", "line 1: composite literal is not part of MuMax3's language"),
        ("relax(\n)\nx := (1", 'line 3: syntax error: this "(" is not closed'),
        ("x := sin((1)\ny := 2\nz := 3\n", 'line 1: syntax error: this "(" is not closed'),
        ("for i := 0; i < 3; i++ {\n  if true {\n  print(i)\n}\n\nrelax()", 'line 1: syntax error: this "{"'),
        ("m = uniform(1, 0, 0\nrelax()\nfor true { save(m) }", 'line 1: syntax error: this "(" is not'),
        ("{ print(\"(\") /* ( */ // (\nx := `(`; y := vector(1, 2)[1\n}", 'line 2: syntax error: this "["'),
        ("relax()\nx := 1)\n", 'line 2: syntax error: this ")" closes nothing'),
        ("x := \"abc\nrelax()\n", 'line 1: syntax error: this text has no closing "'),
        ("relax()\n/* a\nb\n", 'line 2: syntax error: this comment has no closing */'),
        ("a := 1\n}\nb := 2", "line 2: syntax error"),
        ("a := 1\n} func g() {\n", "line 2: syntax error"),
        ("a := 3 4", "line 1: syntax error near"),
        ("print(1,\n2\n)", 'line 2: syntax error: put ")" on the line of the last argument'),
        ("x := \"abc", "line 1: syntax error"),
        ("sprintf(\"%v\", m)", "line 1: m is a quantity: give its value, with .average() or .get()"),
        ("SetGridSize(2.5, 1, 1)", "line 1: cannot use 2.5 as an integer"),
        ("x := " + "(" * 300 + "1" + ")" * 300, "line 1: nested too deeply"),
        ("a\0b", "line 1: the script contains a NUL byte"),
    ],
)  # fmt: skip
def test_mistakes_are_found_before_anything_runs(tmp_path: Path, script: str, message: str) -> None:
    problems = vet(script)
    assert problems, "no problem was found"
    assert str(problems[0]).startswith(f"script {message}")
    (tmp_path / "script.mx3").write_text(script, encoding="utf-8")
    with pytest.raises(ScriptError) as raised:
        run_script(tmp_path / "script.mx3", tmp_path / "out")
    assert str(raised.value) == str(problems[0])
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "Dind = 3e-3",
            "the Dzyaloshinskii-Moriya interaction is not supported here; run this script with MuMax3",
        ),
        ("Temp = 300", "Temp must stay 0: temperature is not supported here; run this script with MuMax3"),
        ("d := 1e-3; relax(); Dind = d", "Dind must stay 0: the Dzyaloshinskii-Moriya"),
        ("a := 2; b := a*1e-3; relax(); Dbulk = b", "Dbulk must stay 0: "),
        ("d := 0.0; relax(); d = 1e-3; Dind = d", "Dind must stay 0, and this may be another value: "),
        ("for T := 0; T < 300; T += 100 { Temp = T }", "Temp must stay 0, and this may be another value: "),
        ("if maxTorque.get() > 1 { Temp = 300 }", "Temp must stay 0: "),
        ("Temp = 300*t", "Temp must stay 0, and this may be another value: "),
        ("Dind = Aex.getRegion(0)", "Dind must stay 0, and this may be another value: "),
        ("B1.setRegion(1, 1e6)", "B1 must stay 0: magnetoelastic coupling is not supported here"),
        ("Dind.set(1e-3)", "Dind must stay 0: "),
        ("p := Dind; p.set(1e-3)", "Dind must stay 0: "),
        ("J = vector(1e12*sin(t), 0, 0)", "J must stay vector(0, 0, 0), and this may be another value: "),
        ("J.setRegion(1, vector(1, 0, 0))", "J must stay vector(0, 0, 0): spin-transfer torque is not"),
        ("J.add(NewVectorMask(2, 2, 1), sin(t))", "J must stay vector(0, 0, 0), and this may be another"),
        ("J = vector(1e12, 0, 0)", "spin-transfer torque is not supported here"),
        ("SetPBC(-1, 0, 0)", "periodic repetitions must be 0 (open) or more, got -1, 0, 0"),
        ("SetMesh(1, 1, 1, 1e-9, 1e-9, 1e-9, 0, -2, 0)", "periodic repetitions must be 0 (open) or more"),
        ("run(-1e-9)", "Run needs a time in s that is not negative"),
        ("run(inf)", "Run needs a time in s that is not negative"),
        ("SetSolver(-1)", "backward Euler (-1) is not supported here"),
        ("SetSolver(7)", "there is no solver 7"),
        ("FixDt = -1e-15", "FixDt must be zero or a positive number"),
        ("MaxErr = 0", "MaxErr must be a positive number"),
        (
            "AddFieldTerm(m)",
            "AddFieldTerm: adding field or energy terms is not supported here; run this script",
        ),
        ("ext_makegrains(1e-9, 1, 1)", "ext_makegrains: making grains is not supported here"),
        ('ImageShape("a.png")', "ImageShape: making a shape from a picture is not supported here"),
        ("ext_centerWall(2)", "following a domain wall with the simulation window is not supported here"),
        ("tableAdd(ext_dwpos)", "following a domain wall with the simulation window is not supported here"),
        ("tableAdd(ext_corepos)", "finding the vortex core is not supported here"),
        ("print(ext_topologicalcharge)", "counting topological charges is not supported here"),
        ("OutputFormat = DUMP", "MuMax3's own dump format is not supported here"),
        ('source("more.mx3")', "source: including a script is not supported here"),
        (
            "Nx = 64",
            "Nx: not a name of MuMax3 but of amumax, its fork: run this script with amumax, or define",
        ),
        ('SaveAsChunk(m, "a", 1)', "SaveAsChunk: not a name of MuMax3 but of amumax"),
        ("exx.add(NewScalarMask(2, 2, 1), t)", "exx must stay 0, and this may be another value: "),
        ("tableAdd(vector(1, 2, 3))", "a quantity is needed here, not a vector; TableAddVar(value, "),
        ("x := 1; tableAdd(x)", "a quantity is needed here, not an integer; TableAddVar(value, "),
    ],
)
def test_what_is_out_of_scope_is_refused_with_advice(tmp_path: Path, script: str, told: str) -> None:
    text = GRID + script
    (tmp_path / "script.mx3").write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError) as raised:
        run_script(tmp_path / "script.mx3", tmp_path / "out")
    assert raised.value.line == 3
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("x := 0; B_ext = vector(0, 0/x, 0)", "component y of B_ext is NaN, from 0/0"),
        ("B_ext = vector(1/0, 0, 0)", "component x of B_ext is +Inf, from 1/0"),
        ("B_ext.set(vector(0, 0, exp(1000)))", "component z of B_ext is +Inf"),
        ("B_ext = vector(0, 0, 2*sqrt(-1))", "component z of B_ext is NaN, from sqrt(-1)"),
        ("B_ext = vector(0, 0, inf)", "component z of B_ext is +Inf"),
        ("B_ext = vector(0, 0, sin(t)/t)", "component z of B_ext is NaN, from 0/0 at t = 0 s"),
        ("B_ext.add(NewVectorMask(2, 2, 1), 1/t)",
         "the amplitude of a mask of B_ext is +Inf, from 1/0 at t = 0 s"),
        ("v := NewVectorMask(2, 2, 1); v.set(1, 1, 0, 0, 0/0); B_ext.add(v, 1)",
         "component y of cell (1, 0, 0) of the mask added to B_ext is NaN"),
        ("Ku1 = log(0)", "Ku1 is -Inf, from log(0)"),
    ],
)  # fmt: skip
def test_a_number_that_is_not_finite_is_told_with_its_cause(tmp_path: Path, script: str, told: str) -> None:
    with pytest.raises(ScriptError) as raised:
        run_text(tmp_path / "a", GRID + script)
    assert str(raised.value) == f"script line 3: {told}"


def test_neutral_values_of_missing_effects_are_accepted() -> None:
    script = """
        Nx := 64; source := Nx; exx.add(NewScalarMask(1, 1, 1), 0)
        off := 0; none := vector(0, off, 0); Dbulk = off; J = none; J.setRegion(1, none); B2.set(off)
        J.add(NewVectorMask(1, 1, 1), 0)
        Temp = 0; Dind = 0; Dbulk = 0.0; J = vector(0, 0, 0); Ku2 = 0; Kc1 = 0
        NoDemagSpins = 0; frozenspins = 0
        SetPBC(0, 0, 0); run(0); DoPrecess = false; OpenBC = true; B1 = 0; exx = 0; xi = 0.1; Pol = 0.5
        FixedLayerPosition = FIXEDLAYER_BOTTOM; MaxErr = 1e-6; FixDt = 0; MinimizerStop = 1e-7
        RelaxTorqueThreshold = 1e-4; SetSolver(5); anisC1 = vector(1, 0, 0); GammaLL = 1.76e11; ThermSeed(1)
        DemagAccuracy = 8; SnapshotFormat = "png"; MinimizerSamples = 5; FreeLayerThickness = 1e-9
    """
    assert vet(script) == []


def test_a_value_known_only_while_running_is_refused_then(tmp_path: Path) -> None:
    late = "x := randInt(1)\n"
    with pytest.raises(ScriptError, match=r"^script line 4: Msat must not be below 0, got -1$"):
        run_text(tmp_path / "a", GRID + late.replace("\n", " - 1\n") + "Msat = x")


def test_every_problem_is_reported_once_and_in_order() -> None:
    problems = vet(
        "x := foo(1)\nprint(x)\nx = 3\nfor i := 0; i < bar; i++ { baz() }\nif qux { } else { y = 1 }"
    )
    assert [p.line for p in vet('f := FunctionFromDatafile("a.csv", 0, 1)\nx := f(1)')] == [1]
    assert [(p.line, p.message) for p in problems] == [
        (1, 'unknown name "foo"'),
        (4, 'unknown name "bar"'),
        (4, 'unknown name "baz"'),
        (5, 'unknown name "qux"'),
        (5, 'unknown name "y"'),
    ]


def test_expect_ends_the_run(tmp_path: Path) -> None:
    from harness.mx3 import CheckFailed

    with pytest.raises(CheckFailed, match=r"^script line 2: expect: two: have 1, want 2 ± 0\.5$"):
        run_text(tmp_path / "a", 'expect("one", 1, 1, 0)\nexpect("two", 1, 2, 0.5)')
    run_text(
        tmp_path / "b", 'expectv("v", vector(1, 2, 3), vector(1, 2, 3), 0)\nexit()\nexpect("never", 1, 2, 0)'
    )


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("0, 1e-9, 1e-9", "cell edges must be positive lengths in m, got 0, 1e-09, 1e-09"),
        ("1e-9, -1e-9, 1e-9", "cell edges must be positive lengths"),
        ("1e-9, 1e-9, inf", "cell edges must be positive lengths"),
        ("1e-9, 1e-9, 1e-3", "cell edges must lie between 1e-15 and 1000 m, and within a factor 10000"),
    ],
)
def test_odd_cells_are_refused(tmp_path: Path, cell: str, told: str) -> None:
    with pytest.raises(ScriptError, match=r"^script line 1: ") as raised:
        run_text(tmp_path / "a", f"SetCellSize({cell})")
    assert told in str(raised.value)


def test_growth_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="limited to 1000 characters"):
        run_text(tmp_path / "a", 'print(sprintf("%999999999d", 1))')
    with pytest.raises(ScriptError, match="a text grew beyond"):
        run_text(tmp_path / "b", 's := "xx"\nfor i := 0; i < 99; i++ { s = sprint(s, s) }')
    with pytest.raises(ScriptError, match=r"^script line 1: a mask of .* is too large"):
        run_text(tmp_path / "c", "s := NewVectorMask(100000, 100000, 1)")
    with pytest.raises(ScriptError, match=r"^script line 2: a grid of .* needs about .* GB of memory"):
        run_text(tmp_path / "d", "SetCellSize(1e-9, 1e-9, 1e-9)\nSetGridSize(100000, 100000, 100)")
