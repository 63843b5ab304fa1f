"""What a foreign loop is about: radius, material, fields, moments, states and cells, each with its source.

In: a ForeignOutput, and what the user says of it. Out: a FoundLoop, or a line that names the flag to give
what is missing. The originals are only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError, checked
from harness.mx3.errors import ScriptError
from harness.mx3.outline import Outline, outline
from harness.runs.foreign.across import across
from harness.runs.foreign.columns import (
    Inferred,
    LoopColumns,
    column_flag,
    is_read,
    line_of_one,
    loop_columns,
    names_no_field,
    no_axis_told,
    times_s,
    told_fields,
)
from harness.runs.foreign.doubts import doubts_of
from harness.runs.foreign.drives import fixed_field_T, last_of_each, sound_drives
from harness.runs.foreign.lacking import Lacking, asked_for, lacking
from harness.runs.foreign.lines import swept_direction
from harness.runs.foreign.mif import MifNumbers, read_mif
from harness.runs.foreign.output import ForeignOutput
from harness.runs.foreign.partial import in_motion, missing_part, never_saturated
from harness.runs.foreign.possible import FULL, noise_beyond, saturates_T, share_of_a_cube
from harness.runs.foreign.rows import last_at_each_field, last_of_each_search, last_of_each_stage
from harness.runs.foreign.scripts import (
    held_against,
    judged,
    moment_by_zeeman,
    require_no_added_terms,
)
from harness.runs.foreign.states import OtherQuantity, Place, moments, place_in, require_body, told_Ms
from harness.runs.foreign.table import ForeignTable, read_foreign_table
from harness.runs.foreign.told import SAME, Contradiction, Told, told_by_header, told_once
from harness.runs.output import MEAN_TOLERANCE
from harness.study.lattice import Triple
from harness.study.sweep import NUMBERS
from harness.study.tables import MaterialTable
from reduced_model.materials import MATERIALS

WRONG_MOMENT = 0.15
"""Share by which Ms times volume may be off: a sphere of few cells is."""
DIRECTION_TOLERANCE = 1e-3
"""By which a direction that is given may be off the field's components."""
SAME_AXIS_DEG = 0.1
"""Angle of an easy axis to that of a script at which it is another."""


class FoundLoop:
    """A foreign loop, put together step by step, with notes of what was found out and what was left."""

    def __init__(self, source: ForeignOutput, asked: Told) -> None:
        self.source, self.asked = source, asked
        self.inferred: list[Inferred] = []
        self.notes: list[str] = list(source.notes)
        self.contradicted: list[Contradiction] = []
        self.doubts: list[str] = []
        self.mif = read_mif(source.mif) if source.mif else None
        self.told_Ms: dict[Path, float | None] = {}
        self.titles: dict[Path, str] = {}
        self.of_others: set[Path] = set()
        """Files of other quantities than m."""
        self.direction_by = ""
        """What tells the direction of the field, where the user does not."""
        self.states = self._sound_states()
        self.outline = self._outline()
        self.header = Told()
        self.table = self._table()
        self.header = told_by_header(self.table.about, str(self.source.place))
        if self.asked.field_direction is None:
            self._take_direction(self.header.field_direction, self.source.place)
        if found := self._lacking():
            if not (asked.field_column or self.outline or self.source.drives) and names_no_field(self.table):
                found.append(Lacking("the column of the applied field", column_flag(self.table)))
            raise self._missing(found)
        self.radius_nm = self._radius_nm()
        self.material = self._material()
        self._weigh_axis()
        self._note_other_Ms()
        self.loop = self._loop()
        self.place = self._place()
        self.cell_nm = self._cell_nm()
        self.missing_part = self._missing_part()

    # ---- what it is about ---------------------------------------------------------------------------

    def _found(self, what: str, value: str, source: str) -> None:
        self.inferred.append(Inferred(what, value, source))

    def _missing(self, found: Sequence[Lacking]) -> InputError:
        """What is asked for, below what was noted: why a script tells nothing, above all."""
        line = asked_for(self.source.place, found, bool(self.source.script or self.source.mif))
        return InputError("\n".join([*told_once(self.notes), line]))

    def _take_direction(self, direction: Triple | None, by: Path | str) -> None:
        self.asked = replace(self.asked, field_direction=direction)
        self.direction_by = str(by) if direction else ""

    def _lacking(self) -> list[Lacking]:
        """What nothing tells of sphere, material and cells."""
        return lacking(
            self.asked,
            radius_told=bool(self._told_radius_nm or self.outline),
            material_told=self._told_numbers()[0] is not None,
            cell_told=bool(self._told_cell_nm),
            state=self.states[-1] if self.states else None,
        )

    def _overruled(self, flag: str, what: str, unit: str, taken: float, told: float) -> None:
        hint = f"if that is right, drop {flag}"
        self.contradicted.append(Contradiction(what, unit, taken, told, self._teller, hint))

    @property
    def _teller(self) -> str:
        """What tells of the loop what the user does not: a script, or else the table's own header."""
        script = self.source.script if self.outline else self.source.mif
        return str(script or self.source.place)

    def _outline(self) -> Outline | None:
        if (script := self.source.script) is None:
            return None
        try:
            found = outline(script)
        except ScriptError as error:
            require_no_added_terms(script, error)
            self.notes.append(f"{script}: {error}: it tells nothing here; give radius and material by flags")
            return None
        table = None if self.source.drives or not self.source.tables else self._read(0)
        found = found.at_rest() if table and table.about else found  # which counts the rows of an import
        if table and self.asked.field_direction is None and no_axis_told(table, self.asked.field_column):
            self._take_direction(swept_direction(found.fields_T), script)
        fields_T = self._told_fields(table) if table else None
        line = line_of_one(table, self.asked.field_column, self.asked.field_direction) if table else None
        state = moments(self.states[0])[0] if self.states else None
        checked_by = held_against(found, table, fields_T, state, line)
        if not checked_by.differs:
            self.doubts += judged(script, found)
            value = (
                "agrees in " + ", ".join(checked_by.agrees) if checked_by.agrees else "nothing to check it by"
            )
            self._found("script", value, str(script))
            if found.unread:
                named = ", ".join(f'"{name}"' for name in found.unread)
                self.notes.append(
                    f"{script}: reads {named} and cannot here: what that holds is unknown, all else of the "
                    "script is used; put the file beside the script to have it read"
                )
            return found
        if self.direction_by:
            self._take_direction(None, "")
        why = "; ".join(checked_by.differs)
        if self.source.script_given:
            raise InputError(
                f"--script {script}: did not write {self.source.place}: {why}; give what did, or none"
            )
        self.source = replace(self.source, script=None)
        self.notes.append(
            f"{script}: lies there and did not write {self.source.place}: {why}; so nothing is taken from "
            "it: give what did with --script, or radius and material by flags"
        )
        return None

    @property
    def _told_radius_nm(self) -> float:
        """The sphere's radius by script or header, 0 where they do not tell."""
        return 1e9 * (self.outline.radius_m or 0.0) if self.outline else self.header.radius_nm or 0.0

    def _radius_nm(self) -> float:
        told_nm = self._told_radius_nm
        if (given := self.asked.radius_nm) is not None:
            if self.outline and not told_nm and not self.outline.fills_ball(1e-9 * given):
                raise InputError(
                    f"{self.source.script}: its body is no sphere of --radius-nm {given:g} nm; only spheres "
                    "are judged"
                )
            if told_nm and abs(told_nm / given - 1) > 1e-6:
                self._overruled("--radius-nm", "R", "nm", given, told_nm)
            return given
        if not told_nm:
            raise InputError(f"{self.source.script}: its body is no sphere; only spheres are judged")
        radius = float(f"{told_nm:.9g}")
        self._found("radius", f"{radius:g} nm", self._teller)
        return radius

    def _material(self) -> MaterialTable:
        asked = self.asked
        axis = {"axis": asked.axis} if asked.axis else {}
        if asked.material or asked.numbers:
            named = {"name": asked.material} if asked.material else {}
            if not axis and (told_axis := self._told_axis()):
                axis = {"axis": told_axis}
            given = "--material" if asked.material else "the numbers given"
            material = checked(MaterialTable, {**named, **asked.numbers, **axis}, source=given)
            for key, told in (self._told_numbers()[0] or {}).items():
                if key in NUMBERS and (taken := getattr(material, key)) != told:
                    unit = key.partition("_")[2].replace("_per_", "/")
                    self._overruled(given, NUMBERS[key], unit, taken, told)
            return material
        numbers, source = self._told_numbers()
        assert numbers
        known = next(
            (m.name for m in MATERIALS.values() if all(getattr(m, k) == numbers[k] for k in NUMBERS)), None
        )
        told = ", ".join(f"{NUMBERS[key]} = {numbers[key]:g}" for key in NUMBERS)
        self._found("material", f"{known or 'of its own'}: {told}", source)
        own = {**({"name": known} if known else {}), **{key: numbers[key] for key in NUMBERS}}
        given_axis = axis or ({"axis": numbers["axis"]} if any(numbers["axis"]) else {})
        return checked(MaterialTable, {**own, **given_axis}, source=source)

    def _told_axis(self) -> Triple | None:
        """The easy axis by the script."""
        of = self.outline or self.mif or self.header
        return of.axis if of and of.axis and any(of.axis) else None

    def _weigh_axis(self) -> None:
        """Hold the easy axis that is taken against the script's; either way along it is the same."""
        told, taken = self._told_axis(), self.material.axis
        if told and self.asked.axis is None and self.material.Ku_J_per_m3:
            self._found("easy axis", ", ".join(f"{x:g}" for x in told), self._teller)
        elif told and self.material.Ku_J_per_m3:
            across, along = np.linalg.norm(np.cross(told, taken)), abs(np.dot(told, taken))
            if (off := float(np.rad2deg(np.arctan2(across, along)))) > SAME_AXIS_DEG:
                self._overruled("--axis", "the angle to its easy axis", "deg", off, 0.0)

    def _told_numbers(self) -> tuple[dict[str, Any] | None, str]:
        """The material's numbers by script or header, and which one."""
        source = self._teller
        of: Outline | MifNumbers | None = self.outline or self.mif
        if of is None:
            own = self.header.numbers
            return ({**own, "axis": self.header.axis or (0.0, 0.0, 0.0)}, source) if own else (None, "")
        numbers = {key: getattr(of, key) for key in NUMBERS} | {"axis": of.axis or (0.0, 0.0, 0.0)}
        if numbers["Ms_A_per_m"] is None and self.states:  # Ubermag gives it by a file
            state, _, length = moments(self.states[0])
            if told := told_Ms(state, length):
                numbers["Ms_A_per_m"] = told
                source += f", Ms {self.states[0].name}"
        return (None, "") if None in numbers.values() else (numbers, source)

    def _note_other_Ms(self) -> None:
        """Note it where the states have M of another length than the material's."""
        own = self.material.Ms_A_per_m
        known = {file: told for file in self.states if (told := self.told_Ms[file])}
        other = {file: told for file, told in known.items() if abs(told / own - 1) > SAME}
        titles = ({self.titles[file] for file in files} for files in (other, known.keys() - other.keys()))
        if other and len(other) < len(known) and set.isdisjoint(*titles):  # another quantity in the same unit
            self.states = tuple(file for file in self.states if file not in other)
            self.of_others |= other.keys()
            self.notes += [
                f"{file}: its vectors are {told:g} A/m long, and Ms is {own:g}, as in other files: left out"
                for file, told in other.items()
            ]
        elif other:
            file, told = next(iter(other.items()))
            more = f"so it is with {len(other) - 1} more" if len(other) > 1 else ""
            self.contradicted.append(Contradiction("Ms", "A/m", own, told, str(file), more))

    # ---- its rows and states ------------------------------------------------------------------------

    def _sound_states(self) -> tuple[Path, ...]:
        """The files that hold a magnetisation; why others are left."""
        sound = []
        for file in self.source.states:
            try:
                state, unit, length = moments(file)
                require_body(file, unit)
            except InputError as error:
                self.notes.append(f"{error}: left out")
                if isinstance(error, OtherQuantity):
                    self.of_others.add(file)
            else:
                sound.append(file)
                self.told_Ms[file], self.titles[file] = told_Ms(state, length), state.title
        return tuple(sound)

    def _table(self) -> ForeignTable:
        """The table; of several the last row each; without one the states' means."""
        if not self.source.tables:
            return self._table_of_states()
        if self.asked.fields_T is not None:
            raise InputError(
                f"--fields-T tells the fields of states alone, and {self.source.tables[0]} has rows; drop "
                "it, give --field-column, or the states without the table"
            )
        if self.source.drives:
            tables, notes = sound_drives(self.source.tables, self._is_read, self._told_fields)
            self.notes += notes
            self.source = replace(self.source, tables=tuple(tables))
            return last_of_each(tables.values())
        table = self._read(0)
        if self.outline is None:
            return last_at_each_field(table, self._told_fields(table))
        told, fields_T = self.outline, self._told_fields(table)
        if fields_T is not None:
            told = told.as_written(table.rows_of_script, fields_T)
        self.outline = told.at_rest()
        return last_of_each_search(table, told.on_the_way)

    def _is_read(self, name: str) -> bool:
        return is_read(name, self.asked.field_column)

    def _read(self, k: int) -> ForeignTable:
        return last_of_each_stage(read_foreign_table(self.source.tables[k], self._is_read))

    def _told_fields(self, table: ForeignTable) -> NDArray[np.float64] | None:
        return told_fields(table, self.asked.field_column, self.asked.field_direction)

    def _table_of_states(self) -> ForeignTable:
        early = self.outline.early - self.outline.saved.keys() if self.outline else ()
        for file in (file for file in self.states if file.name in early):
            self.notes.append(f"{file}: {self.source.script} saves it before a search in its field: left out")
        self.states = tuple(file for file in self.states if file.name not in early)
        if not self.states:
            raise InputError("\n".join(told_once(self.notes)) or f"{self.source.name}: holds no state")
        fields = self.asked.fields_T
        if fields is None and not self.outline:
            states = f"the field of each of {len(self.states)} states without a table"
            fields_T = Lacking(states, "--fields-T (in the order of their names)")
            raise self._missing([fields_T, *self._lacking()])
        if fields is not None and len(fields) != len(self.states):
            raise InputError(f"--fields-T: {len(fields)} fields for {len(self.states)} states; give one each")
        means = [unit[:, unit.any(axis=0)].mean(axis=1) for _, unit, _ in map(moments, self.states)]
        columns = dict(zip(("mx", "my", "mz"), np.array(means).T, strict=True))
        units = dict.fromkeys(columns, "")
        if fields is not None:
            columns["B_ext"], units["B_ext"] = np.array(fields), "T"
        return ForeignTable(self.source.place, "", columns, units)

    def _loop(self) -> LoopColumns:
        loop = self._loop_columns(self.asked.full_moment or self._box_share())
        by = {"--field-direction": self.direction_by} if self.direction_by else {}
        self.inferred += [each._replace(source=by.get(each.source, each.source)) for each in loop.inferred]
        self.notes += loop.notes
        asked = self.asked.field_direction
        if asked is not None and not np.allclose(asked, loop.direction, atol=DIRECTION_TOLERANCE):
            along = ", ".join(f"{x:.4g}" for x in loop.direction)
            raise InputError(
                f"--field-direction {', '.join(f'{x:.4g}' for x in asked)}: the components of the field in "
                f"{self.source.place} are along {along}; drop the flag"
            )
        if not loop.whole_vector:
            self.notes.append(f"{self.source.place}: only the moment along the field is known")
        if noise := noise_beyond(loop.along):
            self.notes.append(
                f"{self.source.place}: its moment exceeds saturation by noise, {noise:.2g} by the scatter of "
                "its rows: distances, jumps and differences of its branches are told with that in them"
            )
        self._weigh(loop)
        self.doubts += doubts_of(loop, self.material, self.radius_nm)
        by_script = self.outline.fields_T if self.outline and self.source.tables else None
        for line, severe in across(loop, self.table, self.asked.field_column, by_script):
            (self.doubts if severe else self.notes).append(line)
        return loop

    def _missing_part(self) -> str:
        """What of a loop the rows do not hold; of states alone, whatever else the script writes."""
        script = self.outline if self.source.tables else None
        rows = self.table.rows_of_script
        gaps = int(rows[-1]) + 1 - len(rows)
        part = missing_part(self.loop.B_T, len(script.fields_T) - gaps or None if script else None)
        t_s = None if self.source.drives else times_s(self.table)
        moving = in_motion(self.loop.B_T, t_s) if t_s is not None else ""
        return "; ".join(filter(None, (part, never_saturated(self.loop.along), moving)))

    def _weigh(self, loop: LoopColumns) -> None:
        """Note it where radius and Ms are not those of the table's Zeeman energy."""
        if self.outline or self.source.drives or not self.source.tables:
            return
        fields_T = self._told_fields(self.table)
        if fields_T is None or len(fields_T) != self.table.n_rows:
            return
        found = moment_by_zeeman(self.table, fields_T)
        own = self.material.Ms_A_per_m * 4e-27 * np.pi / 3 * self.radius_nm**3
        if found and abs(found / own - 1) > WRONG_MOMENT:
            as_nm = self.radius_nm * np.cbrt(abs(found) / own)
            hint = (
                f"it would fit R = {as_nm:.3g} nm of this material"
                if found > 0
                else "the sign of that energy, or of the field, is wrong"
            )
            what = "Ms times volume, as its Zeeman energy has it,"
            self.contradicted.append(Contradiction(what, "A m2", own, found, str(self.source.place), hint))

    def _box_share(self) -> float | None:
        """What the table's moment is at saturation, where it is the mean over the box of the states."""
        if not self.states:
            return self._share_of_a_cube()
        _, unit, _ = moments(self.states[0])
        share, mean = float(unit.any(axis=0).mean()), unit[:, unit.any(axis=0)].mean(axis=1)
        if (loop := self._plain_loop()) is None:
            return None
        off = [float(np.abs(loop.m / full - mean).max(axis=1).min()) for full in (1.0, share)]
        if off[1] < MEAN_TOLERANCE < off[0] and np.abs(mean).max() > 0.1:
            self._found("moment at saturation", f"{share:.6g}", "share of the box that is magnetic")
            return share
        return None

    def _share_of_a_cube(self) -> float | None:
        """The same of a table alone: the share of the one cube of cells that leaves its ends saturated."""
        cell_nm, loop = self.asked.cell_nm, self._plain_loop()
        if self.outline or cell_nm is None or loop is None:
            return None
        most = int(np.abs(loop.B_T).argmax())
        ends = abs(float(loop.along[most]))
        if abs(loop.B_T[most]) <= saturates_T(self.material) or ends >= FULL:
            return None
        if (found := share_of_a_cube(ends, self.radius_nm, cell_nm)) is None:
            return None
        n, share = found
        source = f"share of {n} x {n} x {n} cells that the sphere fills"
        self._found("moment at saturation", f"{share:.6g}", source)
        return share

    def _plain_loop(self) -> LoopColumns | None:
        """The table's loop with its moment as it stands there; None where it cannot be read so."""
        try:
            return self._loop_columns(1.0)
        except InputError:
            return None

    def _loop_columns(self, full_moment: float | None) -> LoopColumns:
        return loop_columns(
            self.table,
            self.material,
            field_column=self.asked.field_column,
            direction=self.asked.field_direction,
            full_moment=full_moment,
            fields_T=self._fields_T(),
        )

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
        if self.source.drives:
            fields = [fixed_field_T(table) for table in self.source.tables]
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
        asked = self.asked.cell_nm
        if self.place:
            if asked is not None and abs(asked / self.place.cell_nm - 1) > 1e-4:
                raise InputError(
                    f"--cell-nm {asked:g}: the cells of {self.states[0]} are {self.place.cell_nm:g} nm; drop "
                    "the flag, or give the states of these cells"
                )
            return self.place.cell_nm
        cell = float(f"{told:.6g}") if (told := self._told_cell_nm) else None
        if asked is not None:
            if cell and abs(asked / cell - 1) > 1e-4:
                self._overruled("--cell-nm", "the edge of its cells", "nm", asked, cell)
            return asked
        if cell:
            self._found("cells", f"{cell:g} nm", self._teller)
            return cell
        raise self._missing(self._lacking())

    @property
    def _told_cell_nm(self) -> float | None:
        """The edge of its cells by script or header."""
        if self.outline and np.ptp(self.outline.cell_m) == 0.0:
            return 1e9 * self.outline.cell_m[0]
        return self.header.cell_nm
