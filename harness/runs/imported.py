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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.engines.base import OutputInvalid, storage_faults
from harness.inputs import InputError, checked
from harness.mx3.errors import ScriptError
from harness.mx3.files.ovf import Header, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.mx3.outline import Outline, outline
from harness.runs import provenance
from harness.runs.folder import RunFolder
from harness.runs.foreign.columns import Inferred, LoopColumns, loop_columns, snapped, write_table
from harness.runs.foreign.mif import MifNumbers, read_mif
from harness.runs.foreign.output import ForeignOutput
from harness.runs.foreign.states import Place, moments, on_lattice, place_in, rows_of_states
from harness.runs.foreign.table import ForeignTable, read_foreign_table
from harness.runs.foreign.told import Told
from harness.runs.output import MEAN_TOLERANCE
from harness.runs.program import program_of, version_of
from harness.runs.record import IMPORTED, NotARun, RunRecord
from harness.study.protocols import PROTOCOLS
from harness.study.script import SCRIPT_NAME, render
from harness.study.study import Case, Study
from harness.study.sweep import NUMBERS
from harness.study.tables import MaterialTable
from reduced_model.materials import MATERIALS

STUDY_NAME = "imported"
"""Of the studies that imports belong to, and the folder of their runs."""
REVISION = 1
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
    return _Importer(source, asked).write(runs, name or source.name)


class _Importer:
    """Puts a loop together step by step, and notes what it found out."""

    def __init__(self, source: ForeignOutput, asked: Told) -> None:
        self.source, self.asked = source, asked
        self.inferred: list[Inferred] = []
        self.notes: list[str] = []
        self.outline = self._outline()
        self.mif = read_mif(source.mif) if source.mif else None
        self.radius_nm = self._radius_nm()
        self.material = self._material()
        self.states = self._sound_states()
        self.table = self._table()
        self.loop = self._loop()
        self.place = self._place()
        self.case_study = self._study_maker()

    def write(self, runs: Path, name: str) -> Import:
        """The run folder, made if it is not there."""
        study = self.case_study(name)
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
                self._write(folder, study, case, files, hashes)
        return Import(folder.path, tuple(self.inferred), tuple(dict.fromkeys(self.notes)), fresh)

    # ---- what it is about ---------------------------------------------------------------------------

    def _found(self, what: str, value: str, source: str) -> None:
        self.inferred.append(Inferred(what, value, source))

    def _overruled(self, flag: str, given: str, told: str) -> None:
        script = self.source.script or self.source.mif
        self.notes.append(
            f"{flag}: {given} is taken, where {script} has {told}; if that ran it, drop the flag"
        )

    def _outline(self) -> Outline | None:
        if (script := self.source.script) is None:
            return None
        try:
            return outline(script)
        except ScriptError as error:
            self.notes.append(f"{script}: {error}: it tells nothing here; give radius and material by flags")
            return None

    def _radius_nm(self) -> float:
        if (given := self.asked.radius_nm) is not None:
            told_nm = 1e9 * (self.outline.radius_m or 0.0) if self.outline else 0.0
            if told_nm and abs(told_nm / given - 1) > 1e-6:
                self._overruled("--radius-nm", f"{given:g} nm", f"R = {told_nm:.6g} nm")
            return given
        if self.outline and self.outline.radius_m:
            radius = float(f"{1e9 * self.outline.radius_m:.9g}")
            self._found("radius", f"{radius:g} nm", str(self.source.script))
            return radius
        if self.outline and not self.outline.radius_m:
            raise InputError(f"{self.source.script}: its body is no sphere; only spheres are judged")
        guess = ""
        if self.source.states:
            state, _, _ = moments(self.source.states[-1])
            guess = f" (its magnetic cells fill a sphere of {1e9 * state.sphere_radius_m:.4g} nm)"
        raise InputError(f"{self.source.place}: the sphere's radius is not told; give --radius-nm{guess}")

    def _material(self) -> MaterialTable:
        asked = self.asked
        axis = {"axis": asked.axis} if asked.axis else {}
        if asked.material or asked.numbers:
            if not asked.material and len(missing := NUMBERS.keys() - asked.numbers.keys()) > 0:
                flags = ", ".join(f"--{key.replace('_', '-')}" for key in NUMBERS if key in missing)
                raise InputError(f"{self.source.place}: the material lacks a number; give {flags}")
            named = {"name": asked.material} if asked.material else {}
            if self.outline and not axis and any(self.outline.axis):
                axis = {"axis": self.outline.axis}
            material = checked(MaterialTable, {**named, **asked.numbers, **axis})
            for key, told in (self._told_numbers()[0] or {}).items():
                if key in NUMBERS and (taken := getattr(material, key)) != told:
                    self._overruled("the material given", f"{NUMBERS[key]} = {taken:g}", f"{told:g}")
            return material
        numbers, source = self._told_numbers()
        if numbers is None:
            raise InputError(
                f"{self.source.place}: the material is not told; give --material NAME, or --Ms-A-per-m, "
                "--A-J-per-m and --Ku-J-per-m3, or --script with the script that ran it"
            )
        known = next(
            (m.name for m in MATERIALS.values() if all(getattr(m, k) == numbers[k] for k in NUMBERS)), None
        )
        told = ", ".join(f"{NUMBERS[key]} = {numbers[key]:g}" for key in NUMBERS)
        self._found("material", f"{known or 'of its own'}: {told}", source)
        own = {**({"name": known} if known else {}), **{key: numbers[key] for key in NUMBERS}}
        given_axis = axis or ({"axis": numbers["axis"]} if any(numbers["axis"]) else {})
        return checked(MaterialTable, {**own, **given_axis}, source=source)

    def _told_numbers(self) -> tuple[dict[str, Any] | None, str]:
        """The material's numbers by the script, and which one."""
        if self.outline:
            of: Outline | MifNumbers = self.outline
            source = str(self.source.script)
        elif self.mif:
            of, source = self.mif, str(self.source.mif)
        else:
            return None, ""
        numbers = {key: getattr(of, key) for key in NUMBERS} | {"axis": of.axis or (0.0, 0.0, 0.0)}
        return (None, "") if None in numbers.values() else (numbers, source)

    # ---- its rows and states ------------------------------------------------------------------------

    def _sound_states(self) -> tuple[Path, ...]:
        """The files that hold a magnetisation; why others are left."""
        sound = []
        for file in self.source.states:
            try:
                moments(file)
            except InputError as error:
                self.notes.append(f"{error}: left out")
            else:
                sound.append(file)
        return tuple(sound)

    def _table(self) -> ForeignTable:
        """The table; of several the last row each; without one the states' means."""
        if not self.source.tables:
            return self._table_of_states()
        read = [read_foreign_table(path) for path in self.source.tables]
        first = read[0]
        if len(read) == 1:
            return first
        shared = [name for name in first.columns if all(name in other.columns for other in read)]
        columns = {name: np.array([other.columns[name][-1] for other in read]) for name in shared}
        return replace(first, columns=columns, units={name: first.units[name] for name in shared})

    def _table_of_states(self) -> ForeignTable:
        if not self.states:
            raise InputError("\n".join(self.notes) or f"{self.source.name}: holds no state")
        fields = self.asked.fields_T
        if fields is None and not self.outline:
            raise InputError(
                f"{self.source.place}: states without a table; give --script with what saved them, or "
                f"--fields-T with the field of each of the {len(self.states)}, in the order of their names"
            )
        if fields is not None and len(fields) != len(self.states):
            raise InputError(f"--fields-T: {len(fields)} fields for {len(self.states)} states; give one each")
        means = [unit[:, unit.any(axis=0)].mean(axis=1) for _, unit, _ in map(moments, self.states)]
        columns = dict(zip(("mx", "my", "mz"), np.array(means).T, strict=True))
        units = dict.fromkeys(columns, "")
        if fields is not None:
            columns["B_ext"], units["B_ext"] = np.array(fields), "T"
        return ForeignTable(self.source.place, "", columns, units)

    def _loop(self) -> LoopColumns:
        loop = loop_columns(
            self.table,
            self.material,
            field_column=self.asked.field_column,
            direction=self.asked.field_direction,
            full_moment=self.asked.full_moment or self._box_share(),
            fields_T=self._fields_T(),
        )
        self.inferred += loop.inferred
        self.notes += loop.notes
        if not loop.whole_vector:
            self.notes.append(f"{self.source.place}: only the moment along the field is known")
        return loop

    def _box_share(self) -> float | None:
        """What the table's moment is at saturation, where it is the mean over the box of the states."""
        if not self.states:
            return None
        _, unit, _ = moments(self.states[0])
        share, mean = float(unit.any(axis=0).mean()), unit[:, unit.any(axis=0)].mean(axis=1)
        try:
            loop = loop_columns(
                self.table,
                self.material,
                field_column=self.asked.field_column,
                full_moment=1.0,
                direction=self.asked.field_direction,
                fields_T=self._fields_T(),
            )
        except InputError:
            return None
        off = [float(np.abs(loop.m / full - mean).max(axis=1).min()) for full in (1.0, share)]
        if off[1] < MEAN_TOLERANCE < off[0] and np.abs(mean).max() > 0.1:
            self._found("moment at saturation", f"{share:.6g}", "share of the box that is magnetic")
            return share
        return None

    def _fields_T(self) -> NDArray[np.float64] | None:
        """The field of every row by the script: of MuMax3's, or of each drive of Ubermag's."""
        if self.outline:
            if self.source.tables:
                return self.outline.fields_T
            saved = self.outline.saved
            if unknown := [file.name for file in self.states if file.name not in saved]:
                raise InputError(
                    f"{self.source.script}: never saves m as {unknown[0]}; give the script that did"
                )
            return self.outline.fields_T[[saved[file.name] for file in self.states]]
        if len(self.source.tables) > 1:
            mifs = [sorted(table.parent.glob("*.mif")) for table in self.source.tables]
            fields = [read_mif(found[0]).fixed_field_T if found else None for found in mifs]
            return None if None in fields else np.array(fields)
        return None

    def _place(self) -> Place | None:
        """How the sphere lies on its cells; None where no state tells."""
        if not self.states:
            return None
        try:
            place = place_in(self.states[0], self.radius_nm, self.outline.centre_m if self.outline else None)
        except InputError as error:
            if "--radius-nm" in str(error):
                raise
            self.notes.append(f"{error}: the states are left out")
            self.states = ()
            return None
        self._found("cells", f"{place.cell_nm:g} nm", self.states[0].name)
        if place.strange_cells:
            self.notes.append(
                f"{self.states[0]}: {place.strange_cells} cells are not those of a sphere whose cells are "
                "kept by their centres, so its states are fitted and not certified"
            )
        return place

    def _cell_nm(self) -> float:
        if self.place:
            return self.place.cell_nm
        if self.asked.cell_nm is not None:
            return self.asked.cell_nm
        if self.outline and np.ptp(self.outline.cell_m) == 0.0:
            cell = float(f"{1e9 * self.outline.cell_m[0]:.6g}")
            self._found("cells", f"{cell:g} nm", str(self.source.script))
            return cell
        raise InputError(
            f"{self.source.place}: the size of its cells is not told; "
            "give --cell-nm (of finite elements, the edge)"
        )

    # ---- as a study and a folder --------------------------------------------------------------------

    def _study_maker(self) -> Any:
        """What makes the study of one case, of a name."""
        protocol = self._own_protocol()
        B_T = snapped(self.loop.B_T)
        offset = self.place.offset_cells if self.place else (0.0, 0.0, 0.0)
        smooth = self.outline.edge_smooth if self.outline else 0
        mesh = {"cell_nm": self._cell_nm(), "edge_smooth": smooth, "offset_cells": offset}

        def make(name: str) -> Study:
            imported = {"kind": "imported", "source": name, "field_direction": self.loop.direction}
            return Study.from_values(
                {
                    "name": STUDY_NAME,
                    "material": self.material.model_dump(exclude_none=True),
                    "particle": {"radius_nm": self.radius_nm},
                    "mesh": mesh,
                    "field": {"values_T": B_T.tolist()},
                    "save": {"ovf": "all"},
                    "protocol": [protocol or imported],
                },
                source=f"import of {self.source.place}",
            )

        return make

    def _own_protocol(self) -> dict[str, Any] | None:
        """The protocol of a script that mxval rendered, as its head says."""
        if self.outline is None or self.source.script is None:
            return None
        told = re.search(r"^// Symmetry-breaking protocol: (.*)\.$", self.source.script.read_text(), re.M)
        if not told:
            return None
        values: dict[str, Any] = {}
        for part in told[1].split(", "):
            key, _, text = part.partition(" = ")
            values[key] = text if key == "kind" else json.loads(text)
        if values.get("kind") not in PROTOCOLS:
            return None
        self._found("protocol", told[1], str(self.source.script))
        return values

    def _files(self, case: Case) -> tuple[dict[int, Path], str]:
        """The states by row, those that are not of their row or mesh left out."""
        if not self.states or self.place is None:
            return {}, ""
        saved = self.outline.saved if self.outline else {}
        if self.source.tables:
            found, told_by = rows_of_states(self.states, self.table, self.loop.m, saved)
        else:
            found, told_by = dict(enumerate(self.states)), "their order"
        left = sorted(set(self.states) - set(found.values()))
        if left and len(self.source.tables) <= 1:
            self.notes.append(
                f"{left[0]}: {len(left)} of {len(self.states)} states belong to no one row of the table by "
                f"{told_by}: left out; give --script with the script that saved them"
            )
        return dict(sorted(found.items())), told_by

    def _write(
        self,
        folder: RunFolder,
        study: Study,
        case: Case,
        files: Mapping[int, Path],
        hashes: Mapping[str, str],
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
            script=rendered.script,
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
        write_table(folder.out / "table.txt", self.loop)
        details = {
            "program": writer,
            "inferred": [list(each) for each in self.inferred],
            "originals": dict(hashes),
            "whole_vector": self.loop.whole_vector,
        }
        record.updated(
            state="done",
            finished=provenance.now(),
            warnings=tuple(dict.fromkeys(self.notes)),
            details=details,
            outputs=folder.output_hashes(),
        ).write(folder.path)

    def _write_states(self, out: Path, case: Case, files: Mapping[int, Path]) -> None:
        """The states as unit vectors on the case's box, in double precision."""
        assert self.place or not files
        shape = None
        for row, file in files.items():
            try:
                m = on_lattice(file, self.place, case.lattice, shape)  # type: ignore[arg-type]
                shape = shape or moments(file)[1].shape
                mean = m[:, m.any(axis=0)].mean(axis=1)
                known = np.array(case.direction)
                ours, theirs = (
                    (mean, self.loop.m[row])
                    if self.loop.whole_vector
                    else (mean @ known, self.loop.m[row] @ known)
                )
                if (
                    case.mesh.edge_smooth == 0
                    and (off := float(np.abs(ours - theirs).max())) > MEAN_TOLERANCE
                ):
                    raise InputError(f"{file}: its mean moment is {off:.2g} off row {row} of the table")
            except InputError as error:
                self.notes.append(f"{error}: left out")
                continue
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
