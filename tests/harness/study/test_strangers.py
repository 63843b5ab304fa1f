"""Studies and scripts from strangers: nothing in them runs as code, leaves its folder, or opens a port."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import mx3
from harness.inputs import InputError
from harness.study.script import render, script_tokens
from harness.study.study import Study

PLAIN = {
    "name": "plain",
    "material": {"name": "label", "Ms_A_per_m": 1e6, "A_J_per_m": 1e-11, "Ku_J_per_m3": 1e4},
    "particle": {"radius_nm": 8},
    "mesh": {"cell_nm": 4},
    "field": {"values_T": [1.0, 0.0]},
    "protocol": [{"kind": "kick"}],
}
CODE = [
    "iron\nexit()",
    'x"); exit(); print("',
    "{{ 7*7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "$(touch hacked)",
    "`touch hacked`",
    "; touch hacked",
    "a\x00b",
    "<script>alert(1)</script>",
]
PATHS = ["../x", "/etc/passwd", "a/b", "..", ".", "", "a\\b", "C:x", "~", "-rf", "con\n", "x" * 300]


def plain_with(*path, value):
    """The plain study with one value, at a path of keys, replaced."""
    import copy

    values = copy.deepcopy(PLAIN)
    *parents, last = path
    table = values
    for key in parents:
        table = table[key]
    table[last] = value
    return values


@pytest.mark.parametrize("text", CODE + PATHS)
@pytest.mark.parametrize(
    "where", [("name",), ("material", "name"), ("protocol", 0, "kind"), ("particle", "shape")]
)
def test_names_are_names_only(where, text):
    with pytest.raises(InputError):
        Study.from_values(plain_with(*where, value=text))


@pytest.mark.parametrize("name", ["studies", "recorded", "Recorded"])
def test_no_study_takes_the_place_of_another_folder(name):
    with pytest.raises(InputError, match="reserved"):
        Study.from_values({**PLAIN, "name": name})


@pytest.mark.parametrize("text", CODE)
def test_numbers_are_numbers_only(text):
    for where in (
        ("particle", "radius_nm"),
        ("mesh", "cell_nm"),
        ("material", "Ms_A_per_m"),
        ("protocol", 0, "seed"),
    ):
        with pytest.raises(InputError):
            Study.from_values(plain_with(*where, value=text))


@pytest.mark.parametrize("text", CODE)
def test_a_description_is_text_and_goes_into_no_script(text):
    spoken = Study.from_values({**PLAIN, "description": text})
    silent = Study.from_values(PLAIN)
    assert [render(c).script for c in spoken.cases()] == [render(c).script for c in silent.cases()]


def test_a_study_file_is_named_like_a_study(tmp_path):
    file = tmp_path / "..x.toml"
    file.write_text('material = { name = "iron" }\n')
    with pytest.raises(InputError, match="name: missing, and the file"):
        Study.load(file)


WORDS = {
    w
    for line in script_tokens(render(Study.from_values(PLAIN).cases()[0]).script)
    for w in re.findall(r"[A-Za-z_]\w*", line)
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.one_of(st.text(max_size=70), st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True)),
    label=st.one_of(st.text(max_size=70), st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True)),
    description=st.text(max_size=200),
    seed=st.integers(0, 2**32 - 1),
    number=st.floats(1e-3, 1e3),
)
def test_no_study_brings_a_word_into_a_script(name, label, description, seed, number):
    """Whatever is accepted, the statements of the script use the same words: only numbers differ."""
    values = plain_with("material", "name", value=label) | {"name": name, "description": description}
    values["protocol"] = [{"kind": "kick", "seed": seed, "b_mT": number}]
    try:
        study = Study.from_values(values)
    except InputError:
        return
    for case in study.cases():
        words = {
            w
            for line in script_tokens(render(case).script)
            for w in re.findall(r"(?<![\w.])[A-Za-z_]\w*", line)
        }
        assert words <= WORDS
        assert re.fullmatch(r"[A-Za-z0-9][\w.+-]*", case.name) and ".." not in (case.name, study.name)


def test_the_report_shows_text_as_text(tmp_path, no_figures):
    """A description reaches the page escaped."""
    from harness.pipeline import run_study

    text = "<script>alert(1)</script>"
    page = run_study(Study.from_values({**PLAIN, "description": text}), "cpu", tmp_path).report.read_text()
    assert text not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page


HEAD = """SetGridSize(2, 2, 2)
SetCellSize(1e-9, 1e-9, 1e-9)
Msat = 1e6
Aex = 1e-11
m = uniform(0, 0, 1)
"""


@pytest.mark.parametrize(
    "name",
    ["../../out.ovf", "../s.mx3", "/tmp/mxval-stolen.ovf", "a/b.ovf", "..", "a\\\\b", "table.txt", "log.txt"],
)
@pytest.mark.parametrize(
    "call", ['saveas(m, "{}")', 'fprintln("{}", 1)', 'snapshotas(m, "{}")', 'saveas(m, sprintf("%s", "{}"))']
)
def test_scripts_write_only_into_their_folder(tmp_path, call, name):
    script = tmp_path / "s.mx3"
    text = HEAD + call.format(name) + "\n"
    script.write_text(text)
    before = set(tmp_path.rglob("*"))
    try:
        mx3.run_script(script, tmp_path / "out")
    except mx3.ScriptError as error:
        assert "line 6" in str(error)
    new = {f for f in tmp_path.rglob("*") if f not in before and f.is_file()}
    assert all(f.parent == tmp_path / "out" for f in new)
    assert script.read_text() == text and not (tmp_path.parent / "out.ovf").exists()


@pytest.mark.parametrize(
    "call", ['m.loadfile("{}")', 'B_ext.add(loadfile("{}"), 1)', 'regions.loadfile("{}")']
)
@pytest.mark.parametrize("name", ["../secret.ovf", "/etc/passwd", "link.ovf", "http://example.org/m.ovf"])
def test_scripts_read_only_from_their_folder(tmp_path, call, name):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret.ovf").write_text("secret")
    (home / "link.ovf").symlink_to(tmp_path / "secret.ovf")
    script = home / "s.mx3"
    script.write_text(HEAD + call.format(name) + "\n")
    with pytest.raises(mx3.ScriptError, match="line 6") as caught:
        mx3.run_script(script, home / "out")
    assert "secret\n" not in str(caught.value)


def test_the_cpu_engine_listens_nowhere(tmp_path):
    import psutil

    script = tmp_path / "s.mx3"
    script.write_text(HEAD + "relax()\ntablesave()\n")
    listening = []
    mx3.run_script(
        script,
        tmp_path / "out",
        on_progress=lambda rows: listening.extend(psutil.Process().net_connections()),
    )
    assert [c for c in listening if c.status == psutil.CONN_LISTEN] == []
