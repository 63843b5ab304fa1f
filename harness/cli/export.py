"""The command export: loops and states in the formats of other programs.

In: runs, studies, saved states, formats. Out: files, listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say, show

MOST_SHOWN = 6


def export(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|STUDY|FILE.ovf...", help="Run folders, studies or their folders, saved states."
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="Formats, with commas: of loops csv, parquet, mammos; of states vtk, hdf5, netcdf, sld, "
            "numagsans.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder below which each source has a folder of its name.")
    ] = Path("export"),
    fields_T: Annotated[
        str | None, typer.Option("--fields-T", help="Only the states saved at these fields, T, with commas.")
    ] = None,
    Ms: Annotated[
        float | None,
        typer.Option("--Ms-A-per-m", help="Saturation magnetisation, A/m, of a file of m that is no run's."),
    ] = None,
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Write loops and states for other programs: ParaView, xarray, pandas, MaMMoS, SasView, NuMagSANS.

    Every file says its units, material, field and the run it is from. docs/export.md has the formats.
    """
    from harness.cli.progress import step_bar
    from harness.exports.export import export as write
    from reduced_model.errors import InputError, finite

    if Ms is not None and not finite("--Ms-A-per-m", Ms) > 0.0:
        raise InputError(f"--Ms-A-per-m = {Ms:g}: must be a positive number")
    fields = None if fields_T is None else options.numbers("--fields-T", fields_T)
    places = [place for source in sources for place in _places(source, engine, runs)]
    formats = [name.strip() for name in to.split(",")]
    refused: list[str] = []
    with step_bar("states", quiet=as_json) as on_step:
        files = write(
            places,
            formats,
            out,
            fields_T=fields,
            Ms_A_per_m=Ms,
            overwrite=overwrite,
            on_step=on_step,
            on_refused=lambda why: refused.append(str(why)),
        )
    for why in refused:
        say(f"mxval: {why}: left out", err=True)
    show(Answer({"files": files}), as_json, notes=[f"written: {told}" for told in _told(files)])
    if refused:
        raise typer.Exit(1)


COMMANDS = (export,)


def _told(files: Sequence[Path]) -> list[str]:
    """The files; of many those of one folder and suffix by the first and the last.

    >>> _told([Path(f"ex/run/m_step{k:06d}.h5") for k in range(9)] + [Path("ex/run/loop.csv")])
    ['ex/run/loop.csv', 'ex/run/m_step000000.h5 to m_step000008.h5 (9 files)']
    >>> _told([Path(name) for name in ("m1.h5", "m2.h5", "10.csv", *(f"{k}.csv" for k in range(9)))])
    ['0.csv to 10.csv (10 files)', 'm1.h5 and m2.h5']
    """
    if len(files) <= MOST_SHOWN:
        return list(map(str, files))
    from harness.runs.foreign.output import natural

    alike: dict[tuple[Path, str], list[Path]] = {}
    for file in sorted(files, key=natural):
        alike.setdefault((file.parent, file.suffix), []).append(file)
    words = {1: "{}", 2: "{} and {}"}
    return [
        words.get(len(of), "{} to {} ({} files)").format(of[0], of[-1].name, len(of)) for of in alike.values()
    ]


def _places(source: str, engine: str, runs: Path) -> list[Path]:
    """The path that is named, or the finished runs of the study that is."""
    path = Path(source)
    if path.is_dir() or (path.is_file() and path.suffix != ".toml"):
        return [path]
    from harness.engines import choose_engine
    from harness.pipeline import plan_study
    from harness.runs.folder import runs_option
    from harness.shipped import find_study
    from harness.study.study import Study
    from reduced_model.errors import InputError

    options.require_folder(runs)
    study = Study.load(find_study(source))
    planned = plan_study(study, choose_engine(engine, to_run=False).engine, runs)
    done = [run.folder.path for run in planned if run.folder.is_done()]
    if not done:
        remedy = f"mxval run {source}{runs_option(runs)} makes them"
        raise InputError(f"{source}: none of its runs is done below {runs}; {remedy}")
    return done
