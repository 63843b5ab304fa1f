"""What cells of different size change, what one size cannot tell, and who is preferred."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.loop import analyse_loop
from harness.analysis.run_certificates import RunCertificates
from harness.comparison.comparison import compare
from harness.verdict import Kind, Level, judge

from .reading import believed, found, rests_on, the
from .test_certified import certificate

BROWN_T, ANSATZ_T = 0.52818, 0.50856  # iron, R = 20 nm, to five digits


@pytest.mark.parametrize(("cell_nm", "exchange_lengths"), [(30.0, 12.8), (6.7, 2.9)])
def test_coarse_cells_judge_no_hamiltonian(tmp_path, make_comparison, make_study, cell_nm, exchange_lengths):
    radius = 150.0 if cell_nm == 30 else 20.0
    study = make_study(
        particle={"radius_nm": radius},
        mesh={"cell_nm": cell_nm},
        field={"loop": {"max_T": 0.8, "step_T": 0.02 if radius == 20 else 0.1}},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    coarse = verdict.answers[0].believe[0]  # said first of all
    assert coarse.kind is Kind.COARSE_CELLS and coarse.level is Level.CAUTION
    assert coarse.numbers["exchange_lengths"] == pytest.approx(exchange_lengths, abs=0.05)
    assert not coarse.details["resolved"]
    assert not found(verdict, Kind.HAMILTONIAN)
    assert the(verdict, Kind.HAMILTONIAN_UNTOLD).details["coarse"]
    assert any("`cell_nm`" in step and "2.3" in step for step in verdict.surer)  # l_ex of iron


@pytest.mark.parametrize(
    ("shift_T", "trend"),
    [
        (-0.04, "closing in on"),
        (-0.02, "closing in on"),  # one whole step: the rows around the fields do not overlap
        (0.0, "the same within the field step"),
    ],
)
def test_a_mesh_trend_is_told_no_finer_than_the_field_step(
    tmp_path, make_comparison, make_study, shift_T, trend
):
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [4.0, 3.2, 2.5]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    shifted = make_comparison(tmp_path / "a", study, kick={"shift_T": shift_T}).results[0]
    exact = make_comparison(tmp_path / "b", study).results[1:]
    verdict = judge(compare(study, [shifted, *exact]))
    series = the(verdict, Kind.MESH_TREND)
    assert (series.details["trend"], series.level) == (trend, Level.INFERENCE)
    assert series.numbers["cell_nm"] == (4.0, 3.2, 2.5)
    assert series.numbers["nucleation_T"] == pytest.approx((0.51 + shift_T, 0.51, 0.51))
    assert series.numbers["brown_T"] == pytest.approx(BROWN_T, abs=5e-6)
    assert [source.run for source in series.rows] == [r.folder.name for r in (shifted, *exact)]
    assert believed(verdict)[Kind.NUCLEATION].cases == ("2.5 nm cells",)
    for part in ("R = 20 nm, EdgeSmooth 0", trend, "0.51 ± 0.01 T (2.5 nm)"):
        assert part in series.text
    assert rests_on(verdict)[Kind.MESH_TREND].details["trend"] == trend
    step = rests_on(verdict)[Kind.FIELD_STEP]
    assert ("what the cells change" in step.details["hides"]) == (shift_T == 0.0)
    assert any("sweep.cell_nm" in text for text in verdict.surer)


def test_trend_and_limit_rest_on_the_same_meshes(tmp_path, make_comparison, make_study):
    """A mesh on which a uniform state was certified a saddle tells its nucleation field to neither."""
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [4.0, 3.2, 2.5, 2.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )

    def made(verdict):
        results = list(make_comparison(tmp_path / verdict, study).results)
        uniform = results[1].loop.step[results[1].order < 0.02].tolist()
        found = {step: certificate(verdict, -0.03 if verdict == "saddle" else 0.03) for step in uniform}
        results[1] = replace(results[1], certified=RunCertificates(found, {}))
        return compare(study, results)

    for verdict, cells_nm in (("minimum", (4.0, 3.2, 2.5, 2.0)), ("saddle", (4.0, 2.5, 2.0))):
        comparison = made(verdict)
        (series,) = comparison.mesh
        limit = next(event for event in series.events if event.quantity == "nucleation field")
        assert tuple(result.case.mesh.cell_nm for result in limit.results) == cells_nm
        assert limit.left_out == 4 - len(cells_nm)
        assert the(judge(comparison), Kind.MESH_TREND).numbers["cell_nm"] == cells_nm


def test_head_takes_its_evidence_from_the_finest_mesh(tmp_path, make_comparison, make_study):
    study = make_study(mesh={"edge_smooth": 0}, sweep={"cell_nm": [4.0, 2.5]}, save={"ovf": "none"})
    late = make_comparison(tmp_path / "a", study, bare={"nucleates_below_T": 0.31}).results
    fine = make_comparison(tmp_path / "b", study).results
    verdict = judge(compare(study, [late[0], late[1], fine[2], fine[3]]))
    first = verdict.answers[0].believe[0]
    assert (first.kind, first.cases) == (Kind.NUCLEATION, ("2.5 nm cells, kick",))
    assert first.numbers["nucleation_T"] == pytest.approx(0.51)
    assert "4 nm" not in " ".join(verdict.believe)
    assert rests_on(verdict)[Kind.RUNS_AGREE].cases == ("2.5 nm cells, bare", "2.5 nm cells, kick")


def test_one_mesh_cannot_tell_what_the_cells_contribute(comparison):
    one = rests_on(judge(comparison))[Kind.ONE_MESH]
    assert one.numbers == {"cell_nm": 4.0, "next_cell_nm": 2.0}


def test_runs_that_share_a_name_keep_their_own_numbers(tmp_path, make_comparison, make_study):
    study = make_study(
        solver={}, sweep={"tolerance_T": [1e-6, 1e-3]}, save={"ovf": "none"}, protocol=[{"kind": "kick"}]
    )
    single = make_study(save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    one = make_comparison(tmp_path / "a", single).results[0]
    other = make_comparison(tmp_path / "b", single, kick={"shift_T": -0.1}).results[0]
    second = replace(other, case=study.cases()[1], folder=other.folder.with_name("another-run"))
    made = compare(study, [one, second])
    assert [result.label for result in made.results] == ["tolerance 1e-06 T", "tolerance 0.001 T"]
    verdict = judge(made)
    for label, field_T in (("tolerance 1e-06 T", 0.51), ("tolerance 0.001 T", 0.41)):
        assert the(verdict, Kind.NUCLEATION, label).numbers["nucleation_T"] == pytest.approx(field_T)


def test_two_meshes_show_no_convergence(tmp_path, make_comparison, make_study):
    study = make_study(
        mesh={"edge_smooth": 8},
        sweep={"cell_nm": [4.0, 2.5]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    coarse = make_comparison(tmp_path / "a", study, kick={"shift_T": -0.02}).results[0]
    fine = make_comparison(tmp_path / "b", study).results[1]
    series = the(judge(compare(study, [coarse, fine])), Kind.MESH_TREND)
    assert series.details["trend"] == ""
    assert series.text == (
        "R = 20 nm, EdgeSmooth 8, “kick”: as the cells shrink, the nucleation field is "
        "0.49 ± 0.01 T (4 nm), 0.51 ± 0.01 T (2.5 nm); Brown's is 0.5282 T; "
        "two meshes cannot show convergence."
    )
    same = judge(make_comparison(tmp_path / "c", study))
    assert "same within" not in the(same, Kind.MESH_TREND).text


def test_a_series_that_names_its_particle_is_not_named_by_it_once_more(tmp_path, make_comparison, make_study):
    sweep = {"radius_nm": [20.0, 26.0], "cell_nm": [4.0, 2.5]}
    study = make_study(particle={}, mesh={}, sweep=sweep, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    sure = [line for line in judge(make_comparison(tmp_path, study)).summary if line.startswith("How sure")]
    assert "as the cells shrink" in sure[0] and "26 nm, EdgeSmooth 0" in sure[0]
    assert "nm: R = " not in sure[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"protocol": [{"kind": "bias", "b0_mT": 1.0}]},
        {"particle": {"radius_nm": 12.0}, "sweep": {"cell_nm": [3.9, 3.6, 3.4]}},  # 6 to 7 cells across
    ],
    ids=["biased", "coarse"],
)
def test_no_trend_is_told_of_cases_that_cannot_have_one(tmp_path, make_comparison, make_study, changes):
    common = {"mesh": {"edge_smooth": 0}, "sweep": {"cell_nm": [4.0, 3.2, 2.5]}, "save": {"ovf": "none"}}
    study = make_study(**{**common, "protocol": [{"kind": "kick"}], **changes})
    made = make_comparison(tmp_path, study)
    assert all(np.isfinite(result.observables[0].nucleation_field_T) for result in made.results)
    assert not found(judge(made), Kind.MESH_TREND)


def test_circulation_on_the_way_over_is_no_vortex_on_its_way_to_brown(tmp_path, make_comparison, make_study):
    """R = 8 nm turns as one; a row that circulates while it does says nothing of Brown's -0.1409 T."""
    study = make_study(
        particle={"radius_nm": 8.0},
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [2.0, 1.6, 1.25]},
        field={"loop": {"max_T": 0.2, "step_T": 0.02}},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    made = make_comparison(tmp_path, study)

    def curled(result, B_T):
        toroidal = np.array(result.loop.toroidal)
        toroidal[int(np.flatnonzero(np.isclose(result.loop.B_T, B_T))[0])] = (0.0, 0.0, 0.2)
        loop = replace(result.loop, toroidal=toroidal)
        return replace(result, loop=loop, observables=analyse_loop(loop))

    fields = (0.02, 0.0, -0.04)
    verdict = judge(compare(study, [curled(r, B) for r, B in zip(made.results, fields, strict=True)]))
    assert not found(verdict, Kind.MESH_TREND)
    told = [f.text for f in found(verdict, Kind.NUCLEATION)]
    assert len(told) == 3 and not any("vortex appears" in text or "0.1409" in text for text in told)
    assert told[0].startswith(
        "The circulation passes its threshold at 0.03 ± 0.01 T and reaches 34 % of a pure"
    )
