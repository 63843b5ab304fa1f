"""The commands of mxval that need no simulation: mean loops, sweeps, phase diagrams, published numbers.

In: arguments. Out: tables for people or JSON for programs, files where asked for.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from harness.cli.terminal import plain, print_branches, print_json, print_reproduction, print_table


class ModelName(StrEnum):
    """Reduced models to choose from."""

    Hpp = "Hpp"
    Hp = "Hp"
    SW = "SW"


MODELS: dict[str, Literal["H''", "H'", "SW"]] = {"Hpp": "H''", "Hp": "H'", "SW": "SW"}

HEADINGS = {
    "model": "model",
    "Ku_J_per_m3": "Ku (J/m³)",
    "radius_nm": "R (nm)",
    "remanence": "m(0)",
    "coercive_field_T": "Bc (T)",
    "nucleation_field_T": "Bn (T)",
    "remanent_nu": "ν(0)",
    "state": "remanent state",
}
"""Columns of a sweep that fit a screen: values at B = 0, coercive and nucleation field; files hold all."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", help="Loops computed at a time; every core if not given.")
]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for tables and figures.")]


def add_model_commands(app: typer.Typer) -> None:
    """Make the commands known to the command line."""
    for command in (loop, sizes, average, sweep, phases, reproduce):
        app.command()(command)


def loop(
    radius_nm: Annotated[float, typer.Option("--radius-nm", help="Radius of the sphere, nm.")] = 20.0,
    material: Annotated[str, typer.Option("--material", help="A known material.")] = "iron",
    model: Annotated[
        ModelName, typer.Option("--model", help="Hpp, Hp, or SW for a rigid moment.")
    ] = ModelName.Hpp,
    max_T: Annotated[float, typer.Option("--max-T", help="Largest field, T.")] = 1.0,
    step_T: Annotated[float, typer.Option("--step-T", help="Field step, T.")] = 0.005,
    as_json: JsonOption = False,
) -> None:
    """Follow a reduced model round a full loop in the field along the easy axis."""
    import numpy as np

    from harness.inputs import checked
    from harness.study.field_path import FieldPath
    from harness.study.lattice import nanometres
    from harness.study.study import ParticleTable
    from reduced_model.loops.loop import field_loop
    from reduced_model.materials import material as known_material

    path = checked(FieldPath, {"loop": {"max_T": max_T, "step_T": step_T}})
    particle = checked(ParticleTable, {"radius_nm": radius_nm})
    followed = field_loop(
        np.array(path.all_values_T),
        radius_m=nanometres(particle.radius_nm),
        material=known_material(material),
        model=MODELS[model],
    )
    arrays = ("B_T", "mz", "nu", "tau_rad", "omega_rad", "energy", "lambda_min")
    observables = [plain(branch) for branch in followed.observables()]
    if as_json:
        settings = {"model": MODELS[model], "radius_nm": radius_nm, "material": material}
        columns = {name: plain(getattr(followed, name)) for name in arrays}
        print_json({**settings, **columns, "observables": observables})
    else:
        title = f"{MODELS[model]}, {material}, R = {radius_nm:g} nm"
        print_branches(title, observables)


def sizes(
    material: Annotated[
        str | None,
        typer.Option("--material", help="A known material (iron if none), or a label for your own numbers."),
    ] = None,
    Ms: Annotated[float | None, typer.Option("--Ms", help="Your own Ms, A/m; with --A and --Ku.")] = None,
    A: Annotated[float | None, typer.Option("--A", help="Your own exchange stiffness, J/m.")] = None,
    Ku: Annotated[float | None, typer.Option("--Ku", help="Your own uniaxial anisotropy, J/m3.")] = None,
    cell_nm: Annotated[float, typer.Option("--cell-nm", help="A simulation cell to count in, nm.")] = 2.0,
    epsilon: Annotated[float, typer.Option("--epsilon", help="Relative fluctuation to count for.")] = 0.01,
    claims: Annotated[
        bool, typer.Option("--claims", help="Check the counting claims by Monte Carlo too.")
    ] = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Map a material's critical sizes: exchange length, nucleation, flux quantum, dipoles, heat."""
    from harness.inputs import StudyError, checked
    from harness.papers.sweeps import write_size_map
    from harness.study.study import MaterialTable
    from reduced_model.materials import Material as ModelMaterial
    from reduced_model.sizes.radii import cell_moments
    from reduced_model.sizes.size_map import size_map

    given = {"Ms_A_per_m": Ms, "A_J_per_m": A, "Ku_J_per_m3": Ku}
    numbers = {key: value for key, value in given.items() if value is not None}
    if numbers and len(numbers) < 3:
        raise StudyError(["--Ms, --A and --Ku make a material together: give all three"])
    material = material or ("custom" if numbers else "iron")
    own = checked(MaterialTable, {"name": material, **numbers})
    chosen = ModelMaterial(material, own.Ms_A_per_m, own.A_J_per_m, own.Ku_J_per_m3)
    mapped = size_map(chosen if numbers else material)
    cell = cell_moments(mapped.material, cell_nm, epsilon)
    checks = _counting_checks() if claims else ()
    files = write_size_map(mapped, out) if out is not None else ()
    if as_json:
        print_json(
            {
                "material": material,
                "sizes": mapped.to_frame().to_dict(orient="records"),
                "cell": {**plain(cell), "note": cell.note},
                "claims": [plain(c) | {"verdict": c.verdict, "deviation": c.deviation} for c in checks],
                "files": [str(f) for f in files],
            }
        )
        return
    rows = [
        (s.name, "none" if math.isnan(s.value_nm) else f"{s.value_nm:.4g}", s.formula, s.source)
        for s in mapped.sizes
    ]
    print_table(f"{material}: radii of spheres, and l_ex", ("size", "nm", "formula", "source"), rows)
    for size in mapped.sizes:
        if size.note:
            typer.echo(f"{size.name}: {size.note}")
    typer.echo(cell.note)
    for check in checks:
        typer.echo(str(check))
    _tell_files(files)


def _counting_checks() -> Sequence[Any]:
    from reduced_model.papers.counting_claims import check_counting_claims

    return check_counting_claims()


def average(
    radius_nm: Annotated[float, typer.Option("--radius-nm", help="Radius of the spheres, nm.")] = 20.0,
    material: Annotated[str, typer.Option("--material", help="A known material.")] = "iron",
    model: Annotated[ModelName, typer.Option("--model", help="Hpp, Hp or SW.")] = ModelName.Hpp,
    orientations: Annotated[int, typer.Option("--orientations", help="Number of easy axes.")] = 64,
    max_T: Annotated[float, typer.Option("--max-T", help="Largest field, T.")] = 1.0,
    step_T: Annotated[float, typer.Option("--step-T", help="Field step, T.")] = 0.005,
    workers: WorkersOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Average a reduced model's loop over spheres with random easy axes."""
    import numpy as np

    from harness.inputs import checked
    from harness.papers.sweeps import write_mean_loop
    from harness.study.field_path import FieldPath
    from harness.study.lattice import nanometres
    from harness.study.study import ParticleTable
    from reduced_model.loops.random_axes import orientation_average

    path = checked(FieldPath, {"loop": {"max_T": max_T, "step_T": step_T}})
    particle = checked(ParticleTable, {"radius_nm": radius_nm})
    with _step_bar("loops", quiet=as_json) as on_step:
        mean = orientation_average(
            np.array(path.all_values_T),
            radius_m=nanometres(particle.radius_nm),
            material_or_name=material,
            model=MODELS[model],
            orientations=orientations,
            workers=workers,
            on_step=on_step,
        )
    files = write_mean_loop(mean, out) if out is not None else ()
    observables = [plain(branch) for branch in mean.observables()]
    if as_json:
        settings = {"model": MODELS[model], "radius_nm": radius_nm, "material": material}
        columns = {name: getattr(mean, name) for name in ("B_T", "mz", "nu", "beta_rad", "weights")}
        print_json({**settings, **columns, "observables": observables, "files": [str(f) for f in files]})
        return
    title = f"{MODELS[model]}, {material}, R = {radius_nm:g} nm, {orientations} random axes"
    print_branches(title, observables)
    _tell_files(files)


def sweep(
    material: Annotated[str, typer.Option("--material", help="A known material.")] = "iron",
    model: Annotated[
        list[ModelName] | None, typer.Option("--model", help="Hpp, Hp or SW; several times for several.")
    ] = None,
    from_nm: Annotated[float, typer.Option("--from-nm", help="First radius, nm.")] = 6.0,
    to_nm: Annotated[float, typer.Option("--to-nm", help="Last radius, nm.")] = 30.0,
    step_nm: Annotated[float, typer.Option("--step-nm", help="Step of the radius, nm.")] = 0.1,
    points: Annotated[int, typer.Option("--points", help="Fields on each branch, an odd number.")] = 501,
    workers: WorkersOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sweep the radius: remanence, coercivity, nucleation, annihilation, remanent nu and tau."""
    from harness.papers.sweeps import steps, write_sweep
    from reduced_model.loops.sweep import radius_sweep

    radius_nm = steps("nm", from_nm, to_nm, step_nm, above=0.0)
    names = list(dict.fromkeys(model or [ModelName.Hp, ModelName.Hpp]))
    with _step_bar("loops", quiet=as_json) as on_step:
        swept = radius_sweep(
            radius_nm * 1e-9,
            material,
            models=[MODELS[name] for name in names],
            points=points,
            workers=workers,
            on_step=on_step,
        )
    _show_sweep(f"{material}, descending branch", swept, write_sweep(swept, out) if out else (), as_json)


def phases(
    material: Annotated[str, typer.Option("--material", help="A known material.")] = "iron",
    model: Annotated[ModelName, typer.Option("--model", help="Hpp, Hp or SW.")] = ModelName.Hpp,
    from_nm: Annotated[float, typer.Option("--from-nm", help="First radius, nm.")] = 6.0,
    to_nm: Annotated[float, typer.Option("--to-nm", help="Last radius, nm.")] = 30.0,
    step_nm: Annotated[float, typer.Option("--step-nm", help="Step of the radius, nm.")] = 0.5,
    ku_from: Annotated[float, typer.Option("--Ku-from", help="First anisotropy, J/m3.")] = 0.0,
    ku_to: Annotated[float, typer.Option("--Ku-to", help="Last anisotropy, J/m3.")] = 3e5,
    ku_step: Annotated[float, typer.Option("--Ku-step", help="Step of the anisotropy, J/m3.")] = 1e4,
    workers: WorkersOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Map the remanent state over radius and anisotropy, the rest as in the material."""
    from harness.papers.sweeps import steps, write_phases
    from reduced_model.loops.sweep import phase_diagram

    radius_nm, Ku = steps("nm", from_nm, to_nm, step_nm, above=0.0), steps("Ku", ku_from, ku_to, ku_step)
    with _step_bar("loops", quiet=as_json) as on_step:
        mapped = phase_diagram(
            radius_nm * 1e-9, Ku, material, model=MODELS[model], workers=workers, on_step=on_step
        )
    _show_sweep(f"{material}, remanent states", mapped, write_phases(mapped, out) if out else (), as_json)


def reproduce(
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the page, its figures and CSV files.")
    ] = None,
    published: Annotated[
        Path | None,
        typer.Option("--published", help="Folder of CSV files with points of published curves (fig3a.csv)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute every published number and figure that needs no simulation; disagreement is no failure."""
    from harness.papers.reproduce import headline, write_reproduction
    from harness.papers.reproduce import reproduce as recompute

    with _step_bar("numbers", quiet=as_json) as on_step:
        outcome = recompute(published, on_step=on_step)
    page = None
    if out is not None:
        with _step_bar("figures", quiet=as_json) as on_step:
            page = write_reproduction(outcome, out, on_step=on_step)
    if as_json:
        print_json(
            {
                "counts": outcome.counts,
                "numbers": outcome.records,
                "curves": outcome.curves,
                "needs_simulation": outcome.simulated_records,
                "nucleation_offsets": outcome.offsets,
                "page": str(page) if page else None,
            }
        )
        return
    print_reproduction(outcome.records)
    compared = [(c.figure, c.points, f"{c.largest:.2%}", c.verdict) for c in outcome.curves if c.points]
    if compared:
        print_table("published curves", ("figure", "points", "largest distance", "verdict"), compared)
    typer.echo(headline(outcome))
    if page:
        typer.echo(f"page: {page}")


def _show_sweep(title: str, swept: Any, files: Sequence[Path], as_json: bool) -> None:
    """A sweep as JSON records, or as a table of no more rows than a screen holds."""
    frame = swept.to_frame()
    if as_json:
        records = frame.to_dict(orient="records")
        print_json({"material": swept.material.name, "rows": records, "files": [str(f) for f in files]})
        return
    shown = frame.iloc[:: max(1, -(-len(frame) // 40))]
    names = [name for name in frame.columns if name in HEADINGS]
    rows = [[_cell(name, row[name]) for name in names] for row in shown.to_dict(orient="records")]
    print_table(title, [HEADINGS[name] for name in names], rows)
    if len(shown) < len(frame):
        typer.echo(f"{len(shown)} of {len(frame)} rows shown; --json or --out gives all")
    _tell_files(files)


def _cell(name: str, value: Any) -> str:
    """A value to four decimals, sizes and constants as they are, "none" for what does not occur."""
    if isinstance(value, str) or name in ("radius_nm", "Ku_J_per_m3"):
        return value if isinstance(value, str) else f"{value:g}"
    return f"{round(value, 4) + 0.0:.4f}" if math.isfinite(value) else "none"


def _tell_files(files: Sequence[Path]) -> None:
    for file in files:
        typer.echo(f"written: {file}")


@contextlib.contextmanager
def _step_bar(label: str, *, quiet: bool) -> Iterator[Any]:
    """One bar on stderr for work in known steps."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from harness.cli.progress import step_bar

    with step_bar(label) as on_step:
        yield on_step
