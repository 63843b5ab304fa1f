"""A bundle is derived anew from its raw files; a stranger's leaves its folder nowhere, a change is seen."""

import hashlib
import json
import re
import shutil
import stat
import tomllib
import zipfile

import pytest

import harness.report.figures
from harness.checks.bundle import METADATA_FILE, STUDY_FILE, SUMS_FILE, write_bundle
from harness.checks.verify import unpack, verify_bundle
from harness.engines import Choice, CpuEngine
from harness.inputs import InputError
from harness.report.figures import FIGURES
from harness.runs.record import NotARun
from harness.study.study import Study

from ..conftest import TINY_TOML

CHOICE = Choice(CpuEngine(), "asked")


def one_figure(patch):
    """Drawing takes long, and one figure's numbers are like all others."""
    patch.setattr(harness.report.figures, "FIGURES", {"loop_h_prime": FIGURES["loop_h_prime"]})


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    one_figure(monkeypatch)


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    """The tiny study, run and bundled, without figures."""
    from harness.pipeline import run_study

    here = tmp_path_factory.mktemp("bundled")
    (here / "tiny.toml").write_text(TINY_TOML)
    study = Study.load(here / "tiny.toml")
    with pytest.MonkeyPatch.context() as patch:
        one_figure(patch)
        with pytest.raises(InputError, match="2 of 2 cases are not done: mxval run"):
            write_bundle(study, here / "tiny.toml", CHOICE, here / "runs", here / "study.zip")
        run_study(study, CHOICE, here / "runs", source=here / "tiny.toml")
        files = write_bundle(study, here / "tiny.toml", CHOICE, here / "runs", here / "study.zip")
    return here, files


@pytest.fixture
def changed(bundled, tmp_path):
    """Makes a bundle with some files changed, its sums made right again unless asked not to."""

    def make(changes, *, honest=True, without=(), forgotten=()):
        place, made = tmp_path / "open", tmp_path / "changed.zip"
        with zipfile.ZipFile(bundled[0] / "study.zip") as archive:
            archive.extractall(place)
        for pattern, change in changes.items():
            file = sorted(place.glob(pattern))[0]
            code = "latin-1" if file.suffix == ".ovf" else "utf-8"
            file.write_bytes(change(file.read_bytes().decode(code)).encode(code))
        for pattern in forgotten:
            sorted(place.glob(pattern))[0].unlink()
        if honest:
            names = [line.split("  ")[1] for line in (place / SUMS_FILE).read_text().splitlines()]
            names = [name for name in names if (place / name).exists()]
            sums = [f"{hashlib.sha256((place / n).read_bytes()).hexdigest()}  {n}\n" for n in names]
            (place / SUMS_FILE).write_text("".join(sums))
        for name in without:
            (place / name).unlink()
        shutil.make_archive(str(made.with_suffix("")), "zip", place)
        return made

    return make


def test_a_bundle_holds_all_and_is_derived_anew(bundled):
    here, files = bundled
    found = verify_bundle(here / "study.zip")
    assert found.differences == () and found.n_runs == 2 and found.n_numbers > 100
    assert found.n_files == len(files)
    for ending in ("script.mx3", "position.ovf", "run.json", "out/table.txt", "out/m_step000002.ovf"):
        assert sum(name.startswith("runs/") and name.endswith(ending) for name in files) == 2
    with zipfile.ZipFile(here / "study.zip") as archive:
        assert sorted(files) == sorted(archive.namelist())
    assert {"study.toml", "report/index.html", "CITATION.cff", SUMS_FILE} <= set(files)
    with zipfile.ZipFile(here / "study.zip") as archive:
        metadata = json.loads(archive.read("ro-crate-metadata.json"))
        assert not [name for name in archive.namelist() if name.endswith(".lock")]
    parts = {entity["@id"]: entity for entity in metadata["@graph"]}
    assert {part["@id"] for part in parts["./"]["hasPart"]} | {METADATA_FILE} == set(files)
    assert parts["#mxval"]["@type"] == "SoftwareApplication"
    with pytest.raises(InputError, match="exists already; give another file with -o"):
        write_bundle(Study.load(here / "tiny.toml"), here / "tiny.toml", CHOICE, here, here / "study.zip")


def test_repeats_are_derived_anew_too(stand_in, tmp_path):
    from harness.pipeline import run_study

    (tmp_path / "tiny.toml").write_text("repeats = 2\n" + TINY_TOML)
    study, choice = Study.load(tmp_path / "tiny.toml"), Choice(stand_in(), "")
    run_study(study, choice, tmp_path / "runs", source=tmp_path / "tiny.toml")
    write_bundle(study, tmp_path / "tiny.toml", choice, tmp_path / "runs", tmp_path / "study.zip")
    found = verify_bundle(tmp_path / "study.zip")
    assert found.differences == () and found.n_runs == 4


def test_a_file_that_was_changed_is_named(changed):
    changes = {"runs/*/script.mx3": lambda text: text + "// more\n"}
    (line,) = verify_bundle(changed(changes, honest=False)).differences
    assert line.endswith("script.mx3: was changed")


@pytest.mark.parametrize("name", ["script.mx3", "position.ovf"])
def test_what_a_run_read_is_held_against_its_record(changed, name):
    (line,) = verify_bundle(changed({f"runs/*/{name}": lambda text: text + "// more\n"})).differences
    assert line.startswith("runs/") and line.endswith(f"/{name}: was changed")


@pytest.mark.parametrize("name", ["script.mx3", "position.ovf"])
def test_what_a_run_read_and_is_gone_is_missed(changed, name):
    (line,) = verify_bundle(changed({}, forgotten=(f"runs/*/{name}",))).differences
    assert line.startswith("runs/") and line.endswith(f"/{name}: is missing")


def test_a_script_that_is_changed_in_the_record_too_is_held_against_its_case(changed):
    def other(text):
        new, count = re.subn(r"(Aex += )[\d.e-]+", r"\g<1>1.5e-11", text)
        assert count == 1
        return new

    found = verify_bundle(changed({"runs/*/script.mx3": other, "runs/*/run.json": other})).differences
    assert found[0].endswith("/run.json: was changed")


@pytest.mark.parametrize(
    ("pattern", "was", "to", "told"),
    [
        ("study.toml", '"iron"', '"cobalt"', "its case in study.toml"),
        ("study.toml", "max_T = 0.4", "max_T = 0.6", "its case in study.toml"),
        ("study.toml", '"tiny"', '"other"', "report.json: study: "),
        ("study.toml", "solve = false", "solve = false, accuracy = 1e-2", "report.json: study: "),
        ("runs/*/run.json", '"hash": "[0-9a-f]+', f'"hash": "{64 * "0"}', "its case in study.toml"),
        ("runs/*/run.json", '"radius_nm": 6', '"radius_nm": 7', "its case in run.json"),
        ("runs/*/run.json", '"options": {', '"options": {"more": 1,', "its case in study.toml"),
    ],
)
def test_runs_are_those_of_the_study_beside_them(changed, pattern, was, to, told):
    def other(text):
        new, count = re.subn(was, to, text, count=0 if "nm" in was else 1)
        assert count
        return new

    found = verify_bundle(changed({pattern: other})).differences
    assert any(told in line for line in found), found


@pytest.fixture
def own(bundled, tmp_path):
    """A copy of the study and its runs; tries to bundle it, and finds one of its runs."""
    shutil.copytree(bundled[0], tmp_path / "own")
    study = Study.load(tmp_path / "own" / "tiny.toml")

    def bundle():
        here = tmp_path / "own"
        return write_bundle(study, here / "tiny.toml", CHOICE, here / "runs", tmp_path / "again.zip")

    return bundle, sorted((tmp_path / "own" / "runs" / "tiny").glob("R6nm*"))[0], tmp_path / "again.zip"


def test_what_verify_would_refuse_is_not_bundled_until_it_is_put_right(own, tmp_path):
    bundle, run, made = own
    script, mask, table = run / "script.mx3", run / "position.ovf", run / "out" / "table.txt"
    content = script.read_text()
    script.write_text(content + "// x\n")
    with pytest.raises(InputError, match=r"script\.mx3: was changed; put it back as it was, or move .* away"):
        bundle()
    script.write_text(content)
    mask.rename(tmp_path / "mask")
    with pytest.raises(InputError, match=r"position\.ovf: is missing; put it back as it was"):
        bundle()
    (tmp_path / "mask").rename(mask)
    table.rename(run / "table")
    table.symlink_to(run / "table")
    with pytest.raises(NotARun, match=r"table\.txt: is a link, .* put the file itself there"):
        bundle()
    (run / "table").replace(table)
    assert not made.exists()
    bundle()
    assert verify_bundle(made).differences == ()


def test_a_number_of_the_report_that_the_runs_do_not_give_is_named(changed):
    def other(text):
        header, first, *rest = text.splitlines()
        place = header.split(",").index("simulated")
        cells = first.split(",")
        cells[place] = "0.123456"
        return "\n".join([header, ",".join(cells), *rest]) + "\n"

    spoilt, line = verify_bundle(changed({"report/observables.csv": other})).differences
    assert spoilt == "report/observables.csv: was changed"  # the report's own record has its sum
    assert line.startswith("observables.csv: row 1, simulated: 0.123456 there, ") and line.endswith(
        " derived"
    )


def other_leaf(*path, to):
    """A change of JSON text: another value at a place."""

    def other(text):
        of = values = json.loads(text)
        for key in path[:-1]:
            of = of[key]
        of[path[-1]] = to
        return json.dumps(values)

    return other


@pytest.mark.parametrize(
    ("pattern", "path", "to", "told"),
    [
        ("report/report.json", ("verdict", "lamps", 0, "numbers", "n_states"), 99, "there, "),
        ("report/report.json", ("verdict", "lamps", 0, "light"), "undecided?", "undecided? there, "),
        ("report/report.json", ("verdict", "lamps", 0, "light"), "\x1b[2K" + "x" * 999, "'\\x1b[2Kxxx"),
        ("report/report.json", ("summary", 0), "Asked: nothing.", "Asked: nothing. there, "),
        ("report/report.json", ("summary", 0), "Asked: Iron sphere, R = 5", "R = 5 there, …"),
        ("report/report.json", ("verdict",), {}, "None there, "),
        pytest.param("report/report.json", ("runs",), 10**400, "0… there, ", id="huge"),
        ("runs/*/certificates.json", ("states", 0, "lambda_min_T"), 0.123, "lambda_min_T: 0.123 there, "),
        ("runs/*/certificates.json", ("states", 0, "verdict"), "saddle", "verdict: saddle there, "),
        ("runs/*/certificates.json", ("states", 0, "modes", 1), "any", "modes[1]: any there, "),
        ("runs/*/certificates.json", ("refused",), {"m_step000002.ovf": "no"}, "no there, "),
        ("runs/*/certificates.json", ("states",), 0, "holds no certificates that can be read"),
        ("runs/*/certificates.json", ("states",), [], "holds no certificates; those of "),
    ],
)
def test_what_verdict_and_certificates_say_is_derived_anew(changed, pattern, path, to, told):
    found = verify_bundle(changed({pattern: other_leaf(*path, to=to)}))
    name = pattern.rpartition("/")[2]
    assert found.differences and all(f"{name}: " in line for line in found.differences)
    assert any(told in line for line in found.differences), found.differences
    assert all(line.isprintable() and len(line) < 500 for line in found.differences)


def test_a_last_digit_in_a_sentence_is_told_as_that(changed):
    (line,) = [
        line
        for line in verify_bundle(
            changed({"report/report.json": lambda text: text.replace("from 0.4 T", "from 0.3 T", 1)})
        ).differences
        if line.startswith("report.json: ")
    ]
    assert line.endswith(" derived (in last digits, which another machine may round otherwise)")
    assert "from 0.3 T" in line


def test_a_page_that_its_record_does_not_know_and_metadata_that_are_none_are_named(changed):
    made = changed({"report/index.html": lambda text: text + "more", METADATA_FILE: lambda text: "{"})
    page, crate = verify_bundle(made).differences
    assert page == "report/index.html: was changed"
    assert crate.startswith(f"{METADATA_FILE}: is no JSON that can be read (")


def test_what_is_missing_is_named_without_the_place_it_was_unpacked_to(changed):
    without = tuple(verify_bundle(changed({}, without=("report/report.json", METADATA_FILE))).differences)
    assert len(without) == 3 and all("No such file" in line or "is missing" in line for line in without)
    assert f"{METADATA_FILE}: is missing" in without
    assert not any("/tmp" in line for line in without)


def test_what_a_stranger_wrote_is_shown_in_a_line_and_cut(changed, tmp_path):
    made = changed({"report/observables.csv": lambda text: "\x1b[2K" * 9999 + "\n1\n"})
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("x\x1b[2K\rstudy tiny, all as it was", "x")
    lines = verify_bundle(made).differences
    assert "'x\\x1b[2K\\rstudy tiny, all as it was': has no sum" in lines
    assert any(line.startswith("observables.csv: has 1 rows of '\\x1b[2K") for line in lines)
    assert all(line.isprintable() and len(line) < 500 for line in lines)


def test_raw_output_that_was_changed_with_every_hash_gives_other_numbers(changed, tmp_path):
    """Whoever mends the run's record and the sums too is found by the numbers."""

    def other(text):
        header, *rows = text.splitlines()
        cells = rows[4].split("\t")
        cells[3] = "0.5"  # mz, at a field of which no state is saved
        return "\n".join([header, *rows[:4], "\t".join(cells), *rows[5:]]) + "\n"

    made = changed({"runs/*/out/table.txt": other})
    assert any("out/table.txt: was changed" in line for line in verify_bundle(made).differences)
    table = sorted((tmp_path / "open").glob("runs/*/out/table.txt"))[0]
    digest = hashlib.sha256(table.read_bytes()).hexdigest()

    def mended(text):
        record = json.loads(text)
        return json.dumps(record | {"outputs": record["outputs"] | {"table.txt": digest}})

    shutil.rmtree(tmp_path / "open")
    found = verify_bundle(changed({"runs/*/out/table.txt": other, "runs/*/run.json": mended}))
    assert any(line.startswith("figures/loop_h_prime.csv: row ") for line in found.differences), found


def test_a_spoilt_run_is_told_in_a_line_without_the_place_it_was_unpacked_to(changed):
    found = verify_bundle(changed({"runs/*/out/table.txt": lambda text: text[:-40]}, honest=False))
    lines = list(found.lines())
    assert any(line.endswith("out/table.txt: was changed") for line in lines)
    assert any(line.startswith("runs/") and ": cannot be used: " in line for line in lines)
    assert not any("/tmp" in line or "run the case again" in line for line in lines)
    assert lines[-1] == "report: its numbers rest on all runs, so they were not compared"


def test_where_it_is_to_go_is_looked_at_first(tmp_path):
    study = Study.from_values(tomllib.loads(TINY_TOML))
    with pytest.raises(InputError, match=r"there is no folder .*missing; make it"):
        write_bundle(study, tmp_path / "s.toml", CHOICE, tmp_path, tmp_path / "missing" / "x.zip")


def test_zeros_are_refused_by_what_they_would_unpack_to(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SUMS_FILE, bytes(30_000_000))
    with pytest.raises(InputError, match=r"would unpack to 0\.03 GB"):
        unpack(tmp_path / "x.zip", tmp_path)


def member(name, mode=0, content=b"x"):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info, content


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([member("/etc/x")], "an absolute path"),
        ([member("C:/x")], "an absolute path"),
        ([member("a\x07:x")], r"'a\\x07:x': is named with a colon"),
        ([member("../x")], "a path out of the folder"),
        ([member("a/../../x")], "a path out of the folder"),
        ([member("a\\..\\x")], "a path out of the folder"),
        ([member("a", stat.S_IFLNK | 0o777, b"/etc/passwd")], "a link or a device"),
        ([member("a", stat.S_IFIFO)], "a link or a device"),
        ([member("a"), member("A")], "there twice"),
        ([member("./a"), member("a")], "there twice"),
        ([member("b//a"), member("b/a")], "there twice"),
        ([member("C:x")], "named with a colon"),
        ([member("r/" * 3000 + "x")], "named with more than 1000 characters"),
        ([member("a", content=bytes(300_000_000))], "would unpack to 0.3 GB"),
    ],
)
def test_members_that_are_not_safe_are_refused_before_anything_is_written(tmp_path, members, why):
    place, file = tmp_path / "here" / "place", tmp_path / "stranger.zip"
    place.mkdir(parents=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match=why):
        unpack(file, place)
    assert [*(tmp_path / "here").rglob("*")] == [place]


def test_a_zip_with_a_spoilt_byte_is_none_that_can_be_read(tmp_path):
    file = tmp_path / "x.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (STUDY_FILE, SUMS_FILE):
            archive.writestr(name, "x" * 99)
    content = bytearray(file.read_bytes())
    content[30 + len(STUDY_FILE)] = 0xFF  # the first compressed byte: a kind of block that there is not
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"is no zip that can be read \(Error -3"):
        verify_bundle(file)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_bundle(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"is no zip that can be read|this is no bundle of mxval"):
        verify_bundle(tmp_path / "x.zip")
