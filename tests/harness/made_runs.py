"""Runs that were never run: model loops and sampled vortices in the folders and types a real run leaves."""

import numpy as np
import pandas as pd
import pytest

from harness.analysis.ansatz import PURE_CIRCULATION, sample_ansatz
from harness.analysis.loop import branches
from harness.analysis.result import analyse
from harness.comparison.comparison import compare
from harness.mx3.files.ovf import read_ovf
from harness.runs.output import Run
from harness.runs.record import RunRecord
from harness.runs.table import Loop
from harness.study.study import Study
from reduced_model.loops.loop import field_loop
from reduced_model.materials import Material, axis_angle_rad

STUDY = {
    "name": "synthetic",
    "description": "a study <with> marks & signs that must be escaped",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 20.0},
    "mesh": {"cell_nm": 4.0},
    "field": {"loop": {"max_T": 0.8, "step_T": 0.02}},
    "save": {"ovf": [0.4, 0.2, 0.0, -0.2, -0.4]},
    "continuum": {"solve": False},
    "protocol": [{"kind": "bare"}, {"kind": "kick"}],
}


def study_of(**changes):
    return Study.from_values({**STUDY, **changes})


def write_text_ovf(path, m, cell_m):
    """The shortest OVF 2 file there is."""
    nz, ny, nx = m.shape[1:]
    header = {"Title": "m", "meshtype": "rectangular", "meshunit": "m", "valuedim": 3}
    header |= {"valuelabels": "m_x m_y m_z", "valueunits": "1 1 1"}
    for axis, n in zip("xyz", (nx, ny, nz), strict=True):
        header |= {f"{axis}min": 0, f"{axis}max": n * cell_m, f"{axis}base": cell_m / 2}
        header |= {f"{axis}nodes": n, f"{axis}stepsize": cell_m}
    lines = ["# OOMMF OVF 2.0", "# Segment count: 1", "# Begin: Segment", "# Begin: Header"]
    lines += [f"# {key}: {value}" for key, value in header.items()]
    lines += ["# End: Header", "# Begin: Data Text"]
    lines += [" ".join(f"{x:.9g}" for x in cell) for cell in m.transpose(1, 2, 3, 0).reshape(-1, 3)]
    path.write_text("\n".join([*lines, "# End: Data Text", "# End: Segment"]) + "\n", encoding="ascii")


def lab_frame(direction):
    """The field's own x, y, z as rows of lab components; the identity for a field along z."""
    z = np.asarray(direction)
    x = np.cross(np.eye(3)[1], z)
    x = x / np.linalg.norm(x) if np.linalg.norm(x) > 0.1 else np.eye(3)[0]
    return np.stack((x, np.cross(z, x), z))


def fake_run(case, folder, model="H''", shift_T=0.0, nucleates_below_T=1.0, turns=True):
    """Output of a run that follows a model, but for the vortex being kept away above a field.

    With turns=False the uniform state never leaves the side it started on.
    """
    B = np.asarray(case.field_values_T)
    given = case.material
    angle = axis_angle_rad(given.axis, case.direction) if given.Ku_J_per_m3 else 0.0
    axis = (np.sin(angle), 0.0, np.cos(angle))
    material = Material("of the case", given.Ms_A_per_m, given.A_J_per_m, given.Ku_J_per_m3, axis=axis)
    loop = field_loop(B - shift_T, radius_m=case.radius_m, material=material, model=model)
    side = np.full(B.size, 1.0 if B[0] >= 0 else -1.0)
    for branch in branches(B)[1:] if turns else ():
        side[branch.rows] = 1.0 if branch.name == "descending" else -1.0
    held = side * B > nucleates_below_T
    nu = np.where(held, 0.0, loop.nu)
    sine = np.sin(loop.tau_rad)
    p = np.stack((sine * np.cos(loop.omega_rad), sine * np.sin(loop.omega_rad), np.cos(loop.tau_rad)), 1)
    p[held] = side[held][:, None] * np.array([0.0, 0.0, 1.0])
    along, p = p[:, 2].copy(), p @ lab_frame(case.direction)
    out = folder / "out"
    out.mkdir(parents=True)
    (folder / "script.mx3").write_text("// <b>not markup</b>\nrelax()\n", encoding="utf-8")
    (out / "table.txt").write_text("# t (s)\n", encoding="utf-8")
    states = {}
    for step in case.saved_steps:
        centres = case.lattice.positions()
        m = sample_ansatz(nu[step], case.radius_m, centres, p[step])
        states[step] = out / f"m_step{step:06d}.ovf"
        write_text_ovf(states[step], m, case.cell_m)
    mz = np.where(held, side, loop.mz)
    return Loop(
        step=np.arange(B.size),
        B_T=B,
        m=p * (mz / np.where(along == 0, 1, along))[:, None],
        toroidal=PURE_CIRCULATION * np.tanh(0.68 * nu)[:, None] * p,
        residual_T=np.full(B.size, 5e-7),
        odd_part=None,
        table=pd.DataFrame({"step": np.arange(B.size)}),
        states=states,
    )


class MadeRun(Run):
    """A run whose states are samples of the Ansatz, of nearly but not quite the mean the model gives."""

    def state(self, step):
        return read_ovf(self.loop.states[step])


def record_of(study, case):
    """What run.json would say."""
    return RunRecord(
        state="done",
        hash="0123456789ab" + 52 * "0",
        study=study,
        case=case,
        engine="cpu",
        options={},
        script="",
        masks={},
        versions={"mxval": "0.1.0"},
        outputs={"table.txt": 32 * "ab"},
    )


def comparison_of(folder, study=None, finished=None, **runs):
    """A comparison of fake runs; runs gives keywords of fake_run by protocol kind."""
    study = study or study_of()
    results = []
    for case in study.cases()[:finished]:
        where = folder / study.name / f"{case.name}-0123456789ab"
        loop = fake_run(case, where, **runs.get(case.protocol.kind, {}))
        results.append(analyse(MadeRun(where, case, record_of(study, case), loop)))
    return compare(study, results)


@pytest.fixture(scope="session")
def make_study():
    """Function that makes the small study, with tables of it replaced."""
    return study_of


@pytest.fixture(scope="session")
def make_comparison():
    """Function that compares fake runs of a study."""
    return comparison_of


@pytest.fixture(scope="session")
def comparison(tmp_path_factory):
    """A bare run that nucleates late and follows H'', a kicked one that follows H'."""
    return comparison_of(
        tmp_path_factory.mktemp("runs"), bare={"nucleates_below_T": 0.31}, kick={"model": "H'"}
    )
