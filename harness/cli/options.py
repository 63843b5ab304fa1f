"""Options and arguments that several commands share.

In: nothing. Out: annotated types, one an option, so that it has one name and one help text everywhere.
Engines and models are plain text here: the registries that know them are slow to import, and check them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="A study file, or the name of a ready study.")
]
RunsOption = Annotated[Path, typer.Option("--runs", help="Folder below which run folders are made.")]
EngineOption = Annotated[
    str, typer.Option("--engine", help="Who runs the scripts: cpu, mumax3, or auto for MuMax3 where it can.")
]
GpuOption = Annotated[int, typer.Option("--gpu", min=0, help="Number of the GPU MuMax3 uses.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for tables and figures.")]

MaterialOption = Annotated[str, typer.Option("--material", help="A known material.")]
ModelOption = Annotated[str, typer.Option("--model", help="Hpp, Hp, or SW for a rigid moment.")]
RadiusOption = Annotated[float, typer.Option("--radius-nm", help="Radius of the sphere, nm.")]
MaxFieldOption = Annotated[float, typer.Option("--max-T", help="Largest field, T.")]
FieldStepOption = Annotated[float, typer.Option("--step-T", help="Field step, T.")]
FirstRadiusOption = Annotated[float, typer.Option("--from-nm", help="First radius, nm.")]
LastRadiusOption = Annotated[float, typer.Option("--to-nm", help="Last radius, nm.")]
RadiusStepOption = Annotated[float, typer.Option("--step-nm", help="Step of the radius, nm.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", help="Loops computed at a time; every core if not given.")
]

DEFAULT_RUNS = Path("mumax_runs")
