"""Options and arguments that several commands share.

In: nothing. Out: annotated types, one an option, so that it has one name and one help text everywhere.
Engines and models are plain text here: the registries that know them are slow to import, and check them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Study = Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or the name of a ready study.")]
Runs = Annotated[Path, typer.Option("--runs", help="Folder below which run folders are made.")]
Engine = Annotated[
    str, typer.Option("--engine", help="Who runs the scripts: cpu, mumax3, or auto for MuMax3 where it can.")
]
Gpu = Annotated[int, typer.Option("--gpu", min=0, help="Number of the GPU MuMax3 uses.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for tables and figures.")]

Material = Annotated[str, typer.Option("--material", help="A known material.")]
Model = Annotated[str, typer.Option("--model", help="Hpp, Hp, or SW for a rigid moment.")]
Radius = Annotated[float, typer.Option("--radius-nm", help="Radius of the sphere, nm.")]
MaxField = Annotated[float, typer.Option("--max-T", help="Largest field, T.")]
FieldStep = Annotated[float, typer.Option("--step-T", help="Field step, T.")]
FirstRadius = Annotated[float, typer.Option("--from-nm", help="First radius, nm.")]
LastRadius = Annotated[float, typer.Option("--to-nm", help="Last radius, nm.")]
RadiusStep = Annotated[float, typer.Option("--step-nm", help="Step of the radius, nm.")]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Loops computed at a time; every core if not given.")
]

DEFAULT_RUNS = Path("mumax_runs")
