"""The commands of the reduced model: loop, materials, sizes, average, sweep, phases, reproduce.

In: a sphere, a material, a model. Out: loops, sizes, maps and published numbers; files where asked for.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli import options
from harness.cli.figures import simulated
from harness.cli.terminal import Answer, plain, say, show


def with_material(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of a material in place of its first parameter, `magnet`.

    Where that is called `oblique`, with the option of an easy axis too.
    """
    names: dict[str, Any] = {"material": options.MaterialOrLabel, "Ms": options.OwnMs}
    names |= {"A": options.OwnA, "Ku": options.OwnKu}
    name, *rest = inspect.signature(command).parameters
    names |= {"axis": options.Axis} if name == "oblique" else {}
    by_name = inspect.Parameter.KEYWORD_ONLY
    shown = [inspect.Parameter(each, by_name, default=None, annotation=of) for each, of in names.items()]
    shown += [inspect.signature(command).parameters[each].replace(kind=by_name) for each in rest]

    @wraps(command)
    def asked(**values: Any) -> None:
        command(magnet(*(values.pop(each) for each in names)), **values)

    asked.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    asked.__annotations__ = {each.name: each.annotation for each in shown}
    return asked


def loop(
    radius_nm: options.Radius = 20.0,
    material: options.Material = "iron",
    model: options.Model = "Hpp",
    max_T: options.MaxField = 1.0,
    step_T: options.FieldStep = 0.005,
    as_json: options.AsJson = False,
) -> None:
    """Follow a reduced model round a full loop in the field along the easy axis."""
    from reduced_model.loops.loop import field_loop

    path_T, radius_m = path_and_radius(max_T, step_T, radius_nm)
    followed = field_loop(path_T, radius_m=radius_m, material=material, model=model)
    show(followed, as_json, notes=about(followed.material))


def materials(as_json: options.AsJson = False) -> None:
    """List the shipped materials: constants, lengths, fields, what they stand for and their sources."""
    from reduced_model.materials import MATERIALS

    lengths = ("exchange_length_m", "wall_width_m", "mu0Ms_T", "anisotropy_field_T")
    known = [plain(m) | {name: getattr(m, name) for name in lengths} for m in MATERIALS.values()]
    rows = [
        (
            *(k["name"], f"{k['Ms_A_per_m'] * 1e-3:.4g}", f"{k['A_J_per_m'] * 1e12:.3g}"),
            *(f"{k['Ku_J_per_m3'] * 1e-3:.3g}", f"{k['exchange_length_m'] * 1e9:.3g}"),
            *(f"{k['mu0Ms_T']:.3g}", f"{k['anisotropy_field_T']:.3g}"),
        )
        for k in known
    ]
    header = ("material", "Ms (kA/m)", "A (pJ/m)", "Ku (kJ/m³)", "l_ex (nm)", "μ0Ms (T)", "2Ku/Ms (T)")
    notes = [f"{k['name']}: {k['note']} (source: {k['source']})" for k in known]
    show(Answer({"materials": known}, "materials", header, rows), as_json, notes=notes)


@with_material
def sizes(
    magnet: Any,
    cell_nm: Annotated[float, typer.Option("--cell-nm", help="A simulation cell to count in, nm.")] = 2.0,
    epsilon: Annotated[float, typer.Option("--epsilon", help="Relative fluctuation to count for.")] = 0.01,
    claims: Annotated[
        bool, typer.Option("--claims", help="Check the counting claims by Monte Carlo too.")
    ] = False,
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Map a material's critical sizes: exchange length, nucleation, flux quantum, dipoles, heat."""
    from harness.inputs import checked
    from harness.study.tables import MeshTable
    from reduced_model.papers.counting_claims import check_counting_claims
    from reduced_model.sizes.radii import cell_moments
    from reduced_model.sizes.size_map import size_map

    mapped = size_map(magnet)
    cell = cell_moments(mapped.material, checked(MeshTable, {"cell_nm": cell_nm}).cell_nm, epsilon)
    checks = check_counting_claims() if claims else ()
    claims_checked = [plain(c) | {"verdict": c.verdict, "deviation": c.deviation} for c in checks]
    more = {"cell": plain(cell) | {"note": cell.note}, "claims": claims_checked}
    remarks = [f"{size.name}: {size.note}" for size in mapped.sizes if size.note]
    show_result(mapped, out, as_json, more, (*remarks, cell.note, *map(str, checks), *about(mapped.material)))


def average(
    radius_nm: options.Radius = 20.0,
    material: options.Material = "iron",
    model: options.Model = "Hpp",
    orientations: Annotated[int, typer.Option("--orientations", help="Number of easy axes.")] = 64,
    max_T: options.MaxField = 1.0,
    step_T: options.FieldStep = 0.005,
    workers: options.Workers = None,
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Average a reduced model's loop over spheres with random easy axes."""
    from harness.cli.progress import step_bar
    from reduced_model.loops.random_axes import orientation_average

    path_T, radius_m = path_and_radius(max_T, step_T, radius_nm)
    with step_bar("loops", quiet=as_json) as on_step:
        mean = orientation_average(
            path_T,
            radius_m=radius_m,
            material_or_name=material,
            model=model,
            orientations=orientations,
            workers=workers,
            on_step=on_step,
        )
    note = f"the coercive field is that of {orientations} axes, its error what another number of them changes"
    show_result(mean, out, as_json, notes=(note, *about(mean.loops[0].material)))


def sweep(
    material: options.Material = "iron",
    model: Annotated[
        list[str] | None, typer.Option("--model", help="Hpp, Hp or SW; several times for several.")
    ] = None,
    from_nm: options.FirstRadius = 6.0,
    to_nm: options.LastRadius = 30.0,
    step_nm: options.RadiusStep = 0.1,
    points: Annotated[int, typer.Option("--points", help="Fields on each branch, an odd number.")] = 501,
    workers: options.Workers = None,
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Sweep the radius: remanence, coercivity, nucleation, annihilation, remanent nu and tau."""
    from harness.cli.progress import step_bar
    from reduced_model.loops.sweep import radius_sweep
    from reduced_model.models import VORTEX_MODELS, Model

    radius_m = options.steps("nm", from_nm, to_nm, step_nm, above=0.0) * 1e-9
    models = tuple(dict.fromkeys(map(Model, model or VORTEX_MODELS)))
    with step_bar("loops", quiet=as_json) as on_step:
        swept = radius_sweep(
            radius_m, material, models=models, points=points, workers=workers, on_step=on_step
        )
    show_result(swept, out, as_json, notes=(*_left_out(swept), *about(swept.material)))


def phases(
    material: options.Material = "iron",
    model: options.Model = "Hpp",
    from_nm: options.FirstRadius = 6.0,
    to_nm: options.LastRadius = 30.0,
    step_nm: options.RadiusStep = 0.5,
    ku_from: Annotated[float, typer.Option("--Ku-from", help="First anisotropy, J/m3.")] = 0.0,
    ku_to: Annotated[float, typer.Option("--Ku-to", help="Last anisotropy, J/m3.")] = 3e5,
    ku_step: Annotated[float, typer.Option("--Ku-step", help="Step of the anisotropy, J/m3.")] = 1e4,
    workers: options.Workers = None,
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Map the remanent state over radius and anisotropy, the rest as in the material."""
    from harness.cli.progress import step_bar
    from reduced_model.loops.sweep import phase_diagram

    radius_m = options.steps("nm", from_nm, to_nm, step_nm, above=0.0) * 1e-9
    Ku = options.steps("Ku", ku_from, ku_to, ku_step)
    with step_bar("loops", quiet=as_json) as on_step:
        mapped = phase_diagram(radius_m, Ku, material, model=model, workers=workers, on_step=on_step)
    show_result(mapped, out, as_json, notes=(*_left_out(mapped), *about(mapped.material)))


def reproduce(
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the page, its figures and CSV files.")
    ] = None,
    published: Annotated[
        Path | None,
        typer.Option("--published", help="Folder of CSV files with points of published curves (fig3a.csv)."),
    ] = None,
    with_simulation: Annotated[
        bool,
        typer.Option(
            "--with-simulation", help="Draw the runs of the ready studies too; missing ones are run first."
        ),
    ] = False,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    every: Annotated[
        bool, typer.Option("--all", help="Every number, not only those that do not follow and why.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Recompute every published number and figure, with --with-simulation those of a simulation too.

    Disagreement is no failure; a simulation that cannot be had is, and the page says so in its place.
    """
    from harness.cli.progress import step_bar
    from harness.papers.numbered import SERVED_BY
    from harness.papers.reproduce import headline, write_reproduction
    from harness.papers.reproduce import reproduce as recompute
    from reduced_model.errors import InputError

    simulations = {}
    if with_simulation:
        if out is None:
            raise InputError("--with-simulation draws figures of runs: give the page's folder with --out DIR")
        options.require_folder(runs)
        studies = dict.fromkeys(SERVED_BY.values())
        simulations = {name: _runs_of(name, engine, runs, quiet=as_json) for name in studies}
    with step_bar("numbers", quiet=as_json) as on_step:
        outcome = recompute(published, simulations=simulations, on_step=on_step)
    page = None
    if out:
        with step_bar("figures", quiet=as_json) as on_step:
            page = write_reproduction(outcome, out, on_step=on_step)
    last = (headline(outcome), *([f"page: {page}"] if page else ()))
    show(outcome, as_json, more={"page": page}, notes=(*outcome.lines(every=every), "", *last))
    if any(data.why for data in simulations.values()):
        raise typer.Exit(1)


def _runs_of(study: str, engine: str, runs: Path, *, quiet: bool) -> Any:
    """The runs of a ready study, or why there are none: the other studies go on."""
    from harness.papers.curves import PaperData
    from reduced_model.errors import MxvalError

    try:
        return simulated(study, engine, runs, quiet=quiet)
    except MxvalError as why:
        say(f"mxval: {study}: {why}", err=True)
        return PaperData(study=study, why=str(why))


COMMANDS = (loop, materials, sizes, average, sweep, phases, reproduce)


def path_and_radius(max_T: float, step_T: float, radius_nm: float) -> tuple[Any, float]:
    """A full loop's fields in T and a radius in m, checked as a study's are."""
    from harness.inputs import checked
    from harness.study.field_path import FieldPath
    from harness.study.lattice import nanometres
    from harness.study.tables import ParticleTable

    path = checked(FieldPath, {"loop": {"max_T": max_T, "step_T": step_T}})
    return path.all_values_T, nanometres(checked(ParticleTable, {"radius_nm": radius_nm}).radius_nm)


def magnet(
    name: str | None, Ms: float | None, A: float | None, Ku: float | None, axis: str | None = None
) -> Any:
    """A known material, or one of the user's own numbers, its easy axis turned where one is given."""
    from harness.inputs import InputError, checked, suggestion
    from harness.study.tables import MaterialTable
    from reduced_model.materials import MATERIALS
    from reduced_model.materials import Material as ModelMaterial

    given = {"Ms_A_per_m": Ms, "A_J_per_m": A, "Ku_J_per_m3": Ku}
    numbers = {key: value for key, value in given.items() if value is not None}
    if numbers and len(numbers) < len(given):
        raise InputError("--Ms, --A and --Ku make a material together: give all three")
    label = name or ("custom" if numbers else "iron")
    if numbers:
        own = checked(MaterialTable, {"name": label, **numbers})
        chosen = ModelMaterial(label, own.Ms_A_per_m, own.A_J_per_m, own.Ku_J_per_m3)
    elif label in MATERIALS:
        chosen = MATERIALS[label]
    else:
        raise InputError(f"--material = {label}: {suggestion(label, MATERIALS)} (your own: --Ms, --A, --Ku)")
    turned = tuple(options.numbers("--axis", axis)) if axis else chosen.axis
    return replace(chosen, axis=turned)  # type: ignore[arg-type]  # it checks that there are three


def show_result(
    result: Any, out: Path | None, as_json: bool, more: Mapping[str, Any] = {}, notes: Sequence[str] = ()
) -> None:
    """A result, and its files where a folder is given for them."""
    files: tuple[Path, ...] = ()
    if out:
        from harness.papers.sweeps import write_result  # a second with matplotlib, and only a file needs it

        files = write_result(result, out)
    show(result, as_json, more={**more, "files": files}, notes=(*notes, *(f"written: {f}" for f in files)))


def about(material: Any) -> tuple[str, ...]:
    """What no magnet has of a material, and what a shipped one stands for."""
    note = f"{material.name}: {material.note}" if material.note else ""
    return tuple(filter(None, (material.doubt, note)))


def _left_out(mapped: Any) -> tuple[str, ...]:
    """A note where the table for people holds a part of the rows."""
    shown, rows = len(mapped.to_table()[2]), len(mapped.to_dataframe())
    return (f"{shown} of {rows} rows shown; --json or --out gives all",) if shown < rows else ()
