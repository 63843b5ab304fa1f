"""Our scripts against the names MuMax3 3.9, 3.10 and 3.11 document, and what is left out for an old one.

mumax3_names.json holds the language's names: of 3.9c and 3.10 from their manuals, of 3.11.1 from its source.
The methods of m, of its buffer, of E_total and of maxTorque are from the source of all three.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from harness.engines import MuMax3
from harness.engines.base import ScriptError
from harness.engines.mumax3.versions import adapt, require_own_files, version_remark
from harness.study.script import render
from harness.study.study import Study

MUMAX3 = MuMax3()
WHY_NOT = MUMAX3.unavailable()
NAMES = json.loads(Path(__file__).with_name("mumax3_names.json").read_text())
OWN = {"keep", "row", "b", "kickmask", "for", "if"}
OWN |= {"before", "e_before", "e_rounding", "rest", "tries", "relaxed"}
PROTOCOLS = [
    {"kind": "bare"},
    {"kind": "tilt", "theta_deg": 3},
    {"kind": "bias"},
    {"kind": "kick"},
]


@pytest.fixture(scope="module")
def scripts():
    """Every kind of script the templates can make."""
    values = {
        "name": "all",
        "material": {"name": "iron"},
        "particle": {"radius_nm": 8},
        "field": {
            "segments": [{"start_T": 1, "stop_T": -1, "step_T": 1}, {"start_T": -1, "stop_T": 1, "step_T": 1}]
        },
        "mesh": {"cell_nm": 4},
        "sweep": {
            "edge_smooth": [0, 4],
            "offset_cells": [[0, 0, 0], [0.5, 0, 0]],
            "solver": ["guarded", "relax", "minimize"],
        },
        "protocol": PROTOCOLS,
    }
    saves = ({"ovf": "all"}, {"ovf": "remanence"}, {"ovf": "none"})
    studies = [Study.from_values({**values, "save": saves[0]})]
    # what is saved and how fields are listed does not depend on what is swept
    studies += [Study.from_values({**values, "sweep": {}, "save": save}) for save in saves[1:]]
    studies.append(Study.from_values({**values, "sweep": {}, "field": {"values_T": [1, 0.5]}}))
    return [render(case).script for study in studies for case in study.cases()]


def lacking(script, version):
    """Names and methods of a script that a version does not document."""
    documented = {name.lower() for name in NAMES[version]["names"]}
    methods = {
        (thing.lower(), method.lower())
        for thing, known in NAMES[version]["methods"].items()
        for method in known
    }
    code = re.sub(r'"[^"]*"|//[^\n]*|(?<!\w)\d[\w.]*(?:e[+-]\d+)?', " ", script).lower()
    names = set(re.findall(r"(?<![\w.)])[a-z_]\w*", code)) - OWN
    called = set(re.findall(r"(?<!\w)(?=([a-z_]\w*)(?:\([^()]*\))?\.(\w+)\()", code))
    return {name for name in names if name not in documented} | {
        f"{thing}.{method}" for thing, method in called if (thing, method) not in methods
    }


@pytest.mark.parametrize(
    ("version", "known_gaps"), [("3.9c", {"cross", "fixedlayer.add"}), ("3.10", set()), ("3.11.1", set())]
)
def test_every_name_is_documented(scripts, version, known_gaps):
    assert set().union(*(lacking(script, version) for script in scripts)) == known_gaps


@pytest.mark.gpu
@pytest.mark.skipif(WHY_NOT is not None, reason=f"MuMax3 cannot run here: {WHY_NOT}")
def test_mumax3_itself_takes_every_script(scripts, tmp_path):
    """MuMax3's own check of each script as this version gets it, without running it."""
    files = [tmp_path / f"s{k}.mx3" for k in range(len(scripts))]
    for file, script in zip(files, scripts, strict=True):
        file.write_text(adapt(script, MUMAX3.version()).script)
    done = subprocess.run([str(MUMAX3.program), "-vet", *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count(": OK") == len(files), done.stdout


def test_old_versions_get_what_they_can_run(scripts):
    for script in scripts:
        adapted = adapt(script, "3.9c")
        assert lacking(adapted.script, "3.9c") == set()
        assert (
            len(adapted.warnings) == 2
            and "MuMax3 3.9c has no Cross, which came with 3.10" in adapted.warnings[1]
        )
        kept = [line for line in adapted.script.splitlines() if not line.startswith("// left out")]
        assert [line for line in script.splitlines() if line not in kept] == [
            'FixedLayer.add(loadFile("position.ovf"), 1)',
            "tableAdd(Cross(FixedLayer, m))",
        ]


@pytest.mark.parametrize("version", ["3.10", "3.11.1", None])
def test_newer_versions_get_the_script_as_it_is(scripts, version):
    assert all(adapt(script, version) == (script, ()) for script in scripts)


def test_physics_is_never_left_out():
    with pytest.raises(ScriptError, match=r"line 2: MuMax3 3.9.3 has no Cross.*take MuMax3 3.10 or later"):
        adapt("m = uniform(1, 0, 0)\nAddFieldTerm(Cross(a, m))\n", "3.9.3")


def test_remarks_on_versions():
    assert version_remark("3.10") is None and version_remark("3.11.1") is None
    assert "no Cross" in version_remark("3.9.3")
    assert "outside 3.9 to 3.11" in version_remark("3.12") and "outside" in version_remark("3.8")
    assert version_remark(None) == "its version cannot be told"


def test_our_scripts_name_only_files_of_their_own(scripts):
    assert [require_own_files(script) for script in scripts] == [None] * len(scripts)


@pytest.mark.parametrize(
    "line",
    [
        'saveas(m, "../../elsewhere")',
        'saveas(m, "/etc/passwd")',
        'saveas(m, "a\\\\b")',
        'saveas(m, "\\x2e\\x2e\\x2fx")',
        "saveas(m, `../x`)",
        'fprintln("/tmp/x", 1)',
        'loadfile("/etc/shadow")',
        'm.loadfile("../other/m.ovf")',
        'loadfile("http://example.org/m.ovf")',
        'saveas(m, sprintf("%c%c%cx", 46, 46, 47))',
        'saveas(m, sprintf("%[1]c", 47))',
        'fprintln("..", 1)',
    ],
)
def test_paths_are_refused_before_mumax3_sees_them(line):
    with pytest.raises(ScriptError, match="line 2"):
        require_own_files(f"m = uniform(1, 0, 0)\n{line}\n")
