"""The commands of the continuum: continuum, branches, ansatz, advise.

In: a sphere, a material. Out: its states without a mesh, and what model and cells lack beside them.
"""

from dataclasses import replace
from typing import Annotated, Any

import typer

from harness.cli import options
from harness.cli.model import about, path_and_radius, show_result, with_material
from harness.cli.terminal import Answer, show

Accuracy = Annotated[
    float,
    typer.Option(
        "--accuracy",
        help="Wanted error of the mean magnetisation where the core is along the field; ten times that else.",
    ),
]
ALONG = (0.0, 0.0, 1.0)
"""The field's direction."""


@with_material
def continuum(
    oblique: Any,
    context: typer.Context,
    radius_nm: options.Radius = 20.0,
    fields_T: Annotated[
        str | None,
        typer.Option(
            "--fields-T", help="Fields in T, with commas, in path order: 0.5,0.3 (not with --loop)."
        ),
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="From --max-T down to its negative; this if no fields are given.")
    ] = False,
    max_T: options.MaxField = 1.0,
    step_T: options.FieldStep = 0.02,
    accuracy: Accuracy = 1e-4,
    as_json: options.AsJson = False,
) -> None:
    """Solve the full micromagnetic problem of a sphere without a mesh, with error bars.

    Solved anew at every call, seconds a field; what it prints is all that is kept (--json > loop.json). Of a
    study's spheres it is kept.

    Ends with 1 if a field is refused, in words, because polynomials do not hold its state.
    """
    from harness.cli.progress import step_bar
    from harness.inputs import InputError
    from reduced_model.continuum.loop import continuum_loop

    if fields_T is not None and loop:
        raise InputError("--fields-T and --loop: give one of them")
    sources = [context.get_parameter_source(name) for name in ("max_T", "step_T")]
    if fields_T is not None and any(source and source.name == "COMMANDLINE" for source in sources):
        raise InputError(
            "--fields-T tells the fields: leave --max-T and --step-T out, or give --loop with them"
        )
    path_T, radius_m = path_and_radius(max_T, step_T, radius_nm)
    fields = path_T[: len(path_T) // 2] if fields_T is None else options.fields(fields_T)
    with step_bar("fields", quiet=as_json) as on_step:
        found = continuum_loop(
            fields,
            radius_m=radius_m,
            material=oblique,
            accuracy=accuracy,
            on_step=on_step,
        )
    names = ("Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3", "axis")
    asked = {name: getattr(oblique, name) for name in names} | {"accuracy": accuracy}
    show(found, as_json, more=asked, notes=(*map(str, (*found.events, *found.refused)), *about(oblique)))
    if found.refused:
        raise typer.Exit(1)


@with_material
def branches(
    oblique: Any,
    radii_nm: Annotated[
        str, typer.Option("--radius-nm", help="Radii of the spheres, nm, with commas: 12,20.")
    ] = "20",
    accuracy: Accuracy = 1e-3,
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Solve the continuum's branches for spheres: events, falling loop, remanent state, with error bars.

    Ends with 1 if a sphere or a state is refused, with 2 if all spheres are too large to begin with.
    """
    from harness.cli.progress import step_bar
    from harness.inputs import checked
    from harness.papers.spheres import solve_spheres
    from harness.study.tables import ParticleTable
    from reduced_model.continuum.stationary import LARGEST_RADIUS

    given = options.numbers("--radius-nm", radii_nm)
    radii = [checked(ParticleTable, {"radius_nm": radius}).radius_nm for radius in given]
    with step_bar("states, about", quiet=as_json) as on_step:
        found = solve_spheres(radii, oblique, accuracy=accuracy, on_step=on_step)
    command = f"mxval branches {_asked(oblique)} --radius-nm {radii_nm} --accuracy {accuracy:g}"
    files = found.write(out, command) if out else ()
    notes = [*_way_out(found.spheres), *about(oblique), *(f"written: {file}" for file in files)]
    show(found, as_json, more={"files": files}, notes=notes)
    if found.spheres["refused"].astype(bool).any():
        too_large = [R * 1e-9 / oblique.exchange_length_m > LARGEST_RADIUS for R in radii]
        raise typer.Exit(2 if all(too_large) else 1)


@with_material
def ansatz(
    oblique: Any,
    radius_nm: options.Radius = 20.0,
    fields_T: Annotated[
        str | None,
        typer.Option("--fields-T", help="Fields in T, with commas, from high to low; three if none."),
    ] = None,
    ladder: Annotated[
        bool,
        typer.Option("--ladder", help="Add coordinates one by one, up to the continuum; a minute or more."),
    ] = False,
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Show where the Ansatz fails against the continuum of a sphere, and what mends it."""
    from harness.cli.progress import step_bar
    from harness.inputs import InputError
    from reduced_model.continuum.ladder import ansatz_ladder, fields_below_nucleation

    radius_m = path_and_radius(1.0, 0.02, radius_nm)[1]
    if fields_T is None:
        fields = fields_below_nucleation(oblique, radius_m).tolist()
    else:
        fields = options.fields(fields_T)
    if ladder and oblique.axis != ALONG:
        raise InputError("--ladder: its field is along the easy axis; leave --axis out")
    if ladder:
        with step_bar("steps", quiet=as_json) as on_step:
            found = ansatz_ladder(radius_m=radius_m, material=oblique, B_T=fields, on_step=on_step)
        show_result(found, out, as_json)
        if not as_json:
            show(Answer({}, *found.answers_table()), as_json)
        return
    from reduced_model.continuum.ansatz import AnsatzResiduals, ansatz_residual
    from reduced_model.continuum.loop import continuum_loop

    with step_bar("fields", quiet=as_json) as on_step:
        loop = continuum_loop(fields, radius_m=radius_m, material=oblique, accuracy=1e-3, on_step=on_step)
    states = tuple(ansatz_residual(state) for state in loop.states)
    refused = tuple(map(str, loop.refused))
    show_result(
        AnsatzResiduals(states, radius_m, loop.material),
        out,
        as_json,
        more={"refused": refused},
        notes=refused,
    )


@with_material
def advise(
    oblique: Any,
    radius_nm: options.Radius = 20.0,
    error: Annotated[
        float,
        typer.Option(
            "--error",
            help="Wanted: of m, of the core's angle (rad), of energies (mu0 Ms^2 V/2), relative of nu and of "
            "the nucleation field.",
        ),
    ] = 0.01,
    fields_T: Annotated[
        str | None,
        typer.Option("--fields-T", help="Fields in T, with commas; along the easy axis three if not given."),
    ] = None,
    cells_nm: Annotated[
        str | None, typer.Option("--cells-nm", help="Cells to run, nm, with commas; six if not given.")
    ] = None,
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Say which cells a sphere needs, from a few coarse lattices and the continuum; no fine mesh is run."""
    from harness.cli.progress import step_bar
    from harness.comparison.advice import cell_advice

    fields = None if fields_T is None else options.fields(fields_T)
    cells = None if cells_nm is None else options.numbers("--cells-nm", cells_nm)
    with step_bar("continuum and lattices", quiet=as_json) as on_step:
        advice = cell_advice(
            radius_nm=radius_nm,
            material=oblique,
            error=error,
            fields_T=fields,
            cells_nm=cells,
            on_step=on_step,
        )
    show_result(advice, out, as_json, notes=(*advice.sentences, *about(advice.material)))


def _way_out(spheres: Any) -> list[str]:
    """What happens on the way out, where something happened on the way in."""
    said = {"tilt_T": "the core stands up at minus the tilt field"}
    said["nucleation_T"] = "the vortex goes at minus the nucleation field"
    told = [words for name, words in said.items() if name in spheres and spheres[name].notna().any()]
    return [f"on the way out {' and '.join(told)}: the way in backwards"] if told else []


def _asked(material: Any) -> str:
    """A material as the options give it."""
    from reduced_model.materials import MATERIALS

    told = f"--material {material.name}"
    if replace(material, axis=ALONG) != MATERIALS.get(material.name):
        numbers = {"Ms": material.Ms_A_per_m, "A": material.A_J_per_m, "Ku": material.Ku_J_per_m3}
        told += "".join(f" --{key} {value:g}" for key, value in numbers.items())
    return told if material.axis == ALONG else f"{told} --axis {','.join(f'{x:g}' for x in material.axis)}"


COMMANDS = (continuum, branches, ansatz, advise)
