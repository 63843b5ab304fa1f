"""A loop that another program ran, as a run folder like any other.

In: a ForeignOutput, and what the user says of it. Out: an Import: a finished run folder, in which the table
has MuMax3's form and states are unit vectors on the case's box; and what was found out, with where from.
The originals are only read; the record holds their names and hashes. The same import again changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.engines.base import OutputInvalid, storage_faults
from harness.inputs import InputError
from harness.mx3.files.ovf import Header, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.runs import provenance
from harness.runs.folder import RunFolder
from harness.runs.foreign.columns import Inferred, LoopColumns, snapped
from harness.runs.foreign.filing import filed, rows_of_states
from harness.runs.foreign.finding import FoundLoop
from harness.runs.foreign.output import MOST_NAMED, ForeignOutput, label
from harness.runs.foreign.scripts import rendered_protocol
from harness.runs.foreign.states import Vector, mean_moment, moments, on_lattice
from harness.runs.foreign.told import Told, disbelieved, told_once
from harness.runs.program import program_of, version_of
from harness.runs.record import IMPORTED, NotARun, RunRecord
from harness.study.numbers import number
from harness.study.script import SCRIPT_NAME, render
from harness.study.study import Case, Study

STUDY_NAME = "imported"
"""Of the studies that imports belong to, and the folder of their runs."""
REVISION = 10
"""Raised by hand when the same files would be imported otherwise."""


@dataclass(frozen=True)
class Import:
    """A loop that was imported."""

    folder: Path
    """Its run folder."""
    inferred: tuple[Inferred, ...]
    notes: tuple[str, ...]
    """What was left out, and why, a line each."""
    fresh: bool
    """Whether it was imported now; else it was there."""


def import_output(source: ForeignOutput, asked: Told, runs: Path, name: str | None = None) -> Import:
    """Make a run folder of a foreign loop, below ``runs/imported``, unless it is there.

    Raises
    ------
    InputError
        If something is missing, in a line that names the flag to give it by; or if a file cannot be what it
        should be.
    """
    return _Importer(source, asked).write(runs, name or source.called)


class _Importer(FoundLoop):
    """Writes what was found of a loop as a run folder."""

    def write(self, runs: Path, called: str) -> Import:
        """The run folder, made if it is not there."""
        size = (
            f"R{number(self.radius_nm)}nm-c{number(self.cell_nm)}nm-"  # that the name of its case begins with
        )
        study = self._study(label(called.removeprefix(size)))
        (case,) = study.cases()
        files, told_by = self._files(case)
        sources = [*self.source.tables, *files.values(), *filter(None, (self.source.script, self.source.mif))]
        hashes = {str(file.resolve()): _sha256(file) for file in sources}
        identity = _identity(case, hashes)
        folder = RunFolder(runs / STUDY_NAME / f"{case.name}-{identity[:12]}", identity)
        if files:
            self._found("states", f"{len(files)} of {len(self.loop.B_T)} rows", f"rows by {told_by}")
        fresh = not _is_done(folder)
        if fresh:
            with storage_faults(folder.path), folder.lock():
                self._write(folder, study, case, files, hashes, called)
        part = [f"{self.source.place}: {self.missing_part}"] if self.missing_part else []
        doubts = (f"{self.source.place}: {disbelieved(doubt)}" for doubt in self.doubts)
        notes = told_once([*doubts, *map(str, self.contradicted), *self.notes, *part])
        return Import(folder.path, tuple(self.inferred), notes, fresh)

    # ---- as a study and a folder --------------------------------------------------------------------

    def _study(self, name: str) -> Study:
        """A study of the one case that the loop is, called after it."""
        offset = self.place.offset_cells if self.place else (0.0, 0.0, 0.0)
        smooth = self.outline.edge_smooth if self.outline else 0
        imported = {"kind": "imported", "source": name, "field_direction": self.loop.direction}
        return Study.from_values(
            {
                "name": STUDY_NAME,
                "material": self.material.model_dump(exclude_none=True),
                "particle": {"radius_nm": self.radius_nm},
                "mesh": {"cell_nm": self.cell_nm, "edge_smooth": smooth, "offset_cells": offset},
                "field": {"values_T": snapped(self.loop.B_T).tolist()},
                "save": {"ovf": "all"},
                "protocol": [self._own_protocol() or imported],
            },
            source=f"import of {self.source.place}",
        )

    def _own_protocol(self) -> dict[str, Any] | None:
        """The protocol of a script that mxval rendered, as its head says."""
        if self.outline is None or self.source.script is None:
            return None
        if not (rendered := rendered_protocol(self.source.script)):
            return None
        self._found("protocol", rendered[0], str(self.source.script))
        return rendered[1]

    def _files(self, case: Case) -> tuple[dict[int, Path], str]:
        """The states by row, those that are not of their row or mesh left out; and what told the rows."""
        if not self.states or self.place is None:
            return {}, ""
        if gone := list(self._gone()):
            more = f" and {len(gone) - MOST_NAMED} more" if len(gone) > MOST_NAMED else ""
            these = "which are not there: their rows are not certified; give them too"
            if len(gone) == 1:
                these = "which is not there: its row is not certified; give it too"
            self.notes.append(f"{self.source.script}: saves {', '.join(gone[:MOST_NAMED])}{more}, {these}")
        if self.source.drives:
            rows = {table.parent: row for row, table in enumerate(self.source.tables)}
            named, by = {rows[f.parent]: f for f in self.states if f.parent in rows}, "their drive"
        elif self.source.tables:
            saved = self.outline.saved if self.outline else {}
            named, by = rows_of_states(self.states, self.table, len(self.loop.m), saved)
        else:
            named, by = dict(enumerate(self.states)), "their order"
        found = filed(named, by, self._means(case), self._seen(self.loop.m), self.loop.B_T)
        self.notes += found.notes
        if found.left and (found.moved or not self.source.drives):
            remedy = "give --script with the script that saved them"
            if found.moved:
                remedy = "give the states the names by which they were saved"
            elif self.table.rows_cut:
                remedy = "their rows are left out of the table, so run these fields again"
            elif self.outline:
                remedy = f"{self.source.script} saves none of this name at a row of the table"
            self.notes.append(
                f"{found.left[0]}: {len(found.left)} of {len(self.states)} states have no row of the "
                f"table to themselves by {found.by}: left out; {remedy}"
            )
        return found.rows, found.by

    def _gone(self) -> dict[str, int]:
        """The rows whose states its script saves and that are not there, though others are, by name."""
        there = {file.name for file in self.source.states}
        saved = self.outline.saved if self.outline and self.source.tables else {}
        return {
            name: row
            for name, row in saved.items()
            if row < len(self.loop.m) and name not in there and not there.isdisjoint(saved)
        }

    def _lost_rows(self) -> list[int]:
        """The rows whose states are gone or cannot be read, as far as script and files' names tell."""
        files = [file for file in self.source.states if file not in self.of_others]
        lost = set(files) - set(self.states)
        named: dict[int, Path] = {}
        if lost and self.source.tables and not self.source.drives:
            saved = self.outline.saved if self.outline else {}
            named, _ = rows_of_states(files, self.table, len(self.loop.m), saved)
        return sorted({*self._gone().values(), *(row for row, file in named.items() if file in lost)})

    def _seen(self, m: Vector) -> Vector:
        """Moments as the table has them: (..., 3), or along the field alone, (..., 1)."""
        return m if self.loop.whole_vector else (m @ np.array(self.loop.direction))[..., None]

    def _means(self, case: Case) -> dict[Path, Vector]:
        """The mean moment, as the table has it, of each state on the case's mesh; others are noted."""
        shape, means = None, {}
        for file in self.states:
            state, m, _ = moments(file)
            try:
                on_lattice(state, m, self.place, case.lattice, shape)  # type: ignore[arg-type]
            except InputError as error:
                self.notes.append(f"{error}: left out")
                continue
            shape = m.shape
            weight = self.outline.fill if self.outline else np.asarray(m.any(axis=0))
            means[file] = self._seen(mean_moment(m, weight))
        return means

    def _write(
        self,
        folder: RunFolder,
        study: Study,
        case: Case,
        files: Mapping[int, Path],
        hashes: Mapping[str, str],
        called: str,
    ) -> None:
        """The folder anew; done is written last."""
        rendered = render(case)
        writer, version = self._program()
        record = RunRecord(
            state="planned",
            hash=folder.hash,
            study=study,
            case=case,
            engine=IMPORTED,
            engine_version=version,
            options={},
            script=self._with_surface_cells(rendered.script),
            masks=rendered.mask_hashes(),
            versions=provenance.versions(),
            host={},
            started=provenance.now(),
        )
        folder.prepare(rendered, record)
        (folder.path / SCRIPT_NAME).unlink()
        if script := self.source.script or self.source.mif:
            shutil.copyfile(script, folder.path / f"{Path(SCRIPT_NAME).stem}{script.suffix}")
        folder.out.mkdir()
        self._write_states(folder.out, case, files)
        _write_table(folder.out / "table.txt", self.loop)
        details = {
            "program": writer,
            "called": called,
            "inferred": [list(each) for each in self.inferred],
            "originals": dict(hashes),
            "whole_vector": self.loop.whole_vector,
            "lost_states": self._lost_rows(),
            "missing_part": self.missing_part,
            "doubts": self.doubts,
            "contradicted": [list(each) for each in self.contradicted if each.is_large],
        }
        warnings = told_once([*(str(c) for c in self.contradicted if not c.is_large), *self.notes])
        ended = {"finished": provenance.now(), "warnings": warnings, "details": details}
        folder.finish(record.updated(**ended, outputs=folder.output_hashes()))

    def _with_surface_cells(self, script: str) -> str:
        """The script, with those of the cells whose centres lie on the sphere that the states have."""
        if self.place is None or (self.outline and self.outline.edge_smooth):
            return script
        cells = "".join(
            f"body = body.{'Add' if filled else 'Sub'}(Cell({i}, {j}, {k}))\n"
            for i, j, k, filled in self.place.on_surface
        )
        return re.sub(r"^SetGeom\((.*)\)$", rf"body := \1\n{cells}SetGeom(body)", script, count=1, flags=re.M)

    def _write_states(self, out: Path, case: Case, files: Mapping[int, Path]) -> None:
        """The states as unit vectors on the case's box."""
        for row, file in files.items():
            m = on_lattice(*moments(file)[:2], self.place, case.lattice, None)  # type: ignore[arg-type]
            with (out / f"m_step{row:06d}.ovf").open("wb") as stream:
                write_ovf(stream, m, Header("m", "", 0.0, (case.cell_m,) * 3), OutputFormat.OVF2_BINARY)

    def _program(self) -> tuple[str, str | None]:
        """Who wrote the loop, "" where nothing tells, and its version."""
        folder = self.source.place.parent
        told = "mumax3" if self.source.script else "oommf" if self.source.mif else ""
        return program_of(folder) or self.table.writer or told, version_of(folder)


def _is_done(folder: RunFolder) -> bool:
    """Whether the folder holds this import, whole."""
    try:
        record = folder.record()
        if record is None or record.state != "done":
            return False
        folder.check_outputs(record)
    except (NotARun, OutputInvalid):
        return False
    return True


def _identity(case: Case, hashes: Mapping[str, str]) -> str:
    """SHA-256 of all that decides what is read: the case, and the content of the files, wherever they lie."""
    content = {"revision": REVISION, "case": case.model_dump(mode="json"), "files": sorted(hashes.values())}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_table(path: Path, loop: LoopColumns) -> None:
    """The loop as a table of MuMax3's form, its rows counted."""
    n = len(loop.B_T)
    columns: dict[str, Vector] = {"t (s)": np.zeros(n)}
    columns |= {f"m{axis} ()": loop.m[:, k] for k, axis in enumerate("xyz")}
    columns["step ()"] = np.arange(n, dtype=float)
    B = np.outer(loop.B_T, loop.direction)
    columns |= {f"B_ext{axis} (T)": B[:, k] for k, axis in enumerate("xyz")}
    if loop.torque_T is not None:
        columns["maxTorque (T)"] = loop.torque_T
    columns |= {
        f"{name} ({'J' if name.startswith('E_') else '?'})": column for name, column in loop.others.items()
    }
    rows = np.stack(list(columns.values()), axis=1)
    lines = ["# " + "\t".join(columns), *("\t".join(f"{x:.17g}" for x in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
