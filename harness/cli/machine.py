"""The commands about this machine: doctor, gpu-check.

In: a folder for runs. Out: what works and what to do about the rest; MuMax3 beside the CPU engine.
"""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say, show


def doctor(runs: options.Runs = options.DEFAULT_RUNS, as_json: options.AsJson = False) -> None:
    """Tell what works on this machine and what to do about the rest; exit 1 if something is broken."""
    from harness.checks.doctor import examine

    findings = examine(runs)
    rows = [(f.name, f.status, f.found, f.remedy) for f in findings]
    show(Answer({"findings": findings}, "doctor", ("what", "is", "found", "to do"), rows), as_json)
    if any(f.status == "broken" for f in findings):
        raise typer.Exit(1)


def gpu_check(
    runs: Annotated[
        Path | None, typer.Option("--runs", help="Folder of the record; mumax_runs/recorded if not given.")
    ] = None,
    gpus: options.Gpus = None,
    per_gpu: options.PerGpu = "auto",
    cpus: options.Cpus = "auto",
    as_json: options.AsJson = False,
) -> None:
    """Run the shipped studies small and whole on MuMax3 and on the CPU engine, record and compare them.

    MuMax3 works on the GPUs while the CPU engine works on the cores.
    """
    from harness.checks.gpu_check import RECORDED, record
    from harness.engines import choose_engine

    def tell(study: str, case: str, engine: str) -> None:
        say(f"{study}: {case} on {engine}", err=True)

    engines = [choose_engine(name).engine for name in ("mumax3", "cpu")]
    folder = runs or RECORDED
    agreements = record(engines, folder, on_run=tell, share=options.share("mumax3", gpus, per_gpu, cpus))
    if not as_json:
        for agreement in agreements:
            show(agreement, as_json)
    answer = Answer({"runs": folder, "agreements": [agreement.to_dict() for agreement in agreements]})
    show(answer, as_json, notes=(f"recorded in {folder}",))


COMMANDS = (doctor, gpu_check)
