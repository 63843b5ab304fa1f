"""Runs and states written in the formats of other programs.

In: run folders, a study's folder, saved states; the formats asked for. Out: files below one folder, a
folder a source: loop.csv, m_step000042.vtk and their like. A source's files appear together, at its end.
"""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from harness.engines.base import OutputInvalid, storage_faults
from harness.exports.loops import write_csv, write_mammos, write_parquet
from harness.exports.source import Source, State, sources_of
from harness.exports.states import write_hdf5, write_netcdf, write_numagsans, write_sld, write_vtk
from harness.inputs import InputError, suggestion
from harness.runs.foreign.states import moments
from harness.runs.record import IMPORTED, NotARun
from reduced_model.errors import MxvalError

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult

OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class LoopFormat:
    """A format for loops."""

    file: str
    """Name of the file."""
    write: Callable[[Source, Path], None]


@dataclass(frozen=True)
class StateFormat:
    """A format for states."""

    suffix: str
    write: Callable[[State, Path], None]


LOOPS = {
    "csv": LoopFormat("loop.csv", write_csv),
    "parquet": LoopFormat("loop.parquet", write_parquet),
    "mammos": LoopFormat("loop_mammos.csv", write_mammos),
}
STATES = {
    "vtk": StateFormat(".vtk", write_vtk),
    "hdf5": StateFormat(".h5", write_hdf5),
    "netcdf": StateFormat(".nc", write_netcdf),
    "sld": StateFormat(".sld", write_sld),
    "numagsans": StateFormat(".csv", write_numagsans),
}
FORMATS = (*LOOPS, *STATES)
SCATTERING = ("sld", "numagsans")
"""Formats in which a cell counts by its volume."""
OBJECT = Path("RealSpaceData", "MagData", "Object_1")
"""Where NuMagSANS looks for the states of a first object, each m_1.csv, m_2.csv and so on."""
NUMBERED = Path("RealSpaceData", "states.csv")
"""Which state each of them is."""
NUMAGSANS_UNITS = {"unit_of_lengths": "nm", "unit_of_values": "Bohr magneton a cell"}


def export(
    source: str | Path | CaseResult | Sequence[str | Path | CaseResult],
    to: str | Sequence[str],
    out: str | Path = "export",
    *,
    fields_T: Sequence[float] | None = None,
    Ms_A_per_m: float | None = None,
    overwrite: bool = False,
    on_step: OnStep | None = None,
    on_refused: Callable[[MxvalError], None] | None = None,
) -> tuple[Path, ...]:
    """Write loops and states in formats that other programs read.

    Parameters
    ----------
    source : str, Path or CaseResult, or several
        A run's folder or its result, the folder of a study's runs, or an OVF file of any program.
    to : str or sequence of str
        Of loops csv, parquet, mammos; of states vtk, hdf5, netcdf, sld, numagsans.
    out : str or Path
        Folder below which each source has a folder of its name.
    fields_T : sequence of float, optional
        Only the states saved at these fields, T.
    Ms_A_per_m : float, optional
        Saturation magnetisation, where a file of m belongs to no run.
    overwrite : bool
        Replace files that are there.
    on_step : callable, optional
        Called with the number of states written, and of all.
    on_refused : callable, optional
        Told why a source of several, or a format of several, cannot be written, and the others are.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    InputError
        If a source or a format is none, if a file is there already, or if a source lacks what is asked for;
        with ``on_refused`` if that is so of all.
    """
    wanted = _formats([to] if isinstance(to, str) else to)
    given = [source] if isinstance(source, str | Path) or hasattr(source, "folder") else list(source)
    places = [Path(each) if isinstance(each, str | Path) else each.folder for each in given]
    found: list[tuple[Source, tuple[str, ...]]] = []
    refused: list[MxvalError] = []
    for place in places:
        try:
            for one in sources_of(place, Ms_A_per_m):
                taken = one if fields_T is None else one.at(fields_T)
                lacking = list(_lacking(taken, wanted))
                of_it = tuple(n for n in wanted if not any(n in names for names, _ in lacking))
                if lacking and (on_refused is None or not of_it):
                    raise lacking[0][1]
                _require_no_file(taken, of_it, Path(out) / taken.name, overwrite)
                refused += [why for _, why in lacking]
                found.append((taken, of_it))
        except (InputError, NotARun, OutputInvalid) as error:
            if on_refused is None or len(places) == 1:
                raise
            refused.append(error)
    if not found:
        raise InputError("\n".join(map(str, refused)))
    names = [one.name for one, _ in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{twice[0]}: two sources have this name; export them to two folders with --out")
    for why in refused:
        on_refused(why)  # type: ignore[misc]
    total, done = sum(one.n_states for one, _ in found), count(1)

    def state_done() -> None:
        if on_step:
            on_step(next(done), total)

    return tuple(
        file for one, of_it in found for file in _write(one, of_it, Path(out) / one.name, state_done)
    )


def _formats(asked: Sequence[str]) -> tuple[str, ...]:
    if not any(asked):
        raise InputError(f"--to: no format is named; allowed: {', '.join(FORMATS)}")
    for name in asked:
        if name not in FORMATS:
            raise InputError(f"--to {name}: unknown; {suggestion(name, FORMATS)}")
    return tuple(dict.fromkeys(asked))


def _lacking(source: Source, wanted: Sequence[str]) -> Iterator[tuple[list[str], InputError]]:
    """The formats that a source cannot be written in, and why, before anything is."""
    loops, states = [n for n in wanted if n in LOOPS], [n for n in wanted if n in STATES]
    if source.file:
        moments(source.file)  # refused if it is none
    if loops and source.run is None:
        why = f"{source.place} is one state and no loop; give the folder of its run"
        yield loops, InputError(f"--to {','.join(loops)}: {why}")
    weighed = [n for n in states if n in SCATTERING]
    if states and not source.n_states:
        yield states, _no_state(source, ",".join(states))
    elif weighed and source.run and (smooth := source.run.case.mesh.edge_smooth):
        why = (
            f"{source.place} has partly filled cells (edge_smooth = {smooth}), and its states do not tell "
            "how much of each; take whole cells, edge_smooth = 0"
        )
        yield weighed, InputError(f"--to {','.join(weighed)}: {why}")
    elif weighed and source.file and next(source.states()).Ms_A_per_m is None:
        why = f"{source.file} does not tell the saturation magnetisation; give --Ms-A-per-m"
        yield weighed, InputError(f"--to {','.join(weighed)}: {why}")


def _require_no_file(source: Source, wanted: Sequence[str], folder: Path, overwrite: bool) -> None:
    there = [file for file in _files(source, wanted, folder) if file.exists()]
    if there and not overwrite:
        raise InputError(f"{there[0]}: exists already; give another folder with --out, or --overwrite")


def _no_state(source: Source, names: str) -> InputError:
    """Why a source has nothing for formats of states."""
    imported = source.run is not None and source.run.record.engine == IMPORTED
    mend = "import its table with its states" if imported else "give [save] ovf in its study"
    return InputError(
        f"--to {names}: {source.place} has no saved state; {mend}, or export its loop ({', '.join(LOOPS)})"
    )


def _files(source: Source, wanted: Sequence[str], folder: Path) -> Iterator[Path]:
    """The files that are going to be, as far as a name tells."""
    for name in wanted:
        if name in LOOPS:
            yield folder / LOOPS[name].file
        elif name == "numagsans":
            yield folder / NUMBERED.parent
        elif source.run:
            paths = source.run.loop.states
            yield from (folder / f"{paths[step].stem}{STATES[name].suffix}" for step in source.steps)
        else:
            yield folder / f"{source.place.stem}{STATES[name].suffix}"


def _write(
    source: Source, wanted: Sequence[str], folder: Path, state_done: Callable[[], None]
) -> Iterator[Path]:
    """A source's files, in place at its end."""
    with storage_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as made:
            staging = Path(made)
            for name in wanted:
                if name in LOOPS:
                    LOOPS[name].write(source, staging / LOOPS[name].file)
            if any(name in STATES for name in wanted):
                _write_states(source, wanted, staging, state_done)
            if "numagsans" in wanted:  # which counts the files it finds
                shutil.rmtree(folder / OBJECT, ignore_errors=True)
            for file in sorted(f for f in staging.rglob("*") if f.is_file()):
                at = folder / file.relative_to(staging)
                at.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file, at)
                yield at


def _write_states(
    source: Source, wanted: Sequence[str], staging: Path, state_done: Callable[[], None]
) -> None:
    numbered = []
    for number, state in enumerate(source.states(), start=1):
        for name in (n for n in wanted if n in STATES):
            file = staging / f"{state.name}{STATES[name].suffix}"
            if name == "numagsans":
                file = staging / OBJECT / f"m_{number}.csv"
                file.parent.mkdir(parents=True, exist_ok=True)
                numbered.append({"number": number, **state.about, **NUMAGSANS_UNITS})
            STATES[name].write(state, file)
        state_done()
    if numbered:
        with (staging / NUMBERED).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(numbered[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(numbered)
