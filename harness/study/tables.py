"""The tables of a study that say what is simulated, how, and what is kept.

In: the values of a table. Out: a frozen, checked model: material, particle, mesh, solver, save or continuum.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from harness.inputs import ListAsTuple, StrictModel, checked, suggestion
from harness.study.field_path import PositiveTesla
from harness.study.lattice import Triple, unit_vector
from harness.study.numbers import number
from harness.study.sweep import NUMBERS, if_listed
from reduced_model.materials import MATERIALS

NAME_RULE = "should be letters, digits, _ . - only, at most 64, beginning with a letter or digit"


def as_name(text: str) -> str:
    """A text that can name a study; ValueError for others."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", text):
        raise ValueError(NAME_RULE)
    return text


Name = Annotated[str, AfterValidator(as_name)]


class MaterialTable(StrictModel):
    """A uniaxial ferromagnet: a known one by its name alone, any other by its numbers."""

    name: Name | None = None
    """name of a known material, or a label for the numbers below"""
    Ms_A_per_m: Annotated[float, Field(ge=1e3, le=1e7)]
    """saturation magnetisation, A/m"""
    A_J_per_m: Annotated[float, Field(ge=1e-14, le=1e-9)]
    """exchange stiffness, J/m"""
    Ku_J_per_m3: Annotated[float, Field(ge=0, le=1e8)]
    """uniaxial anisotropy of an easy axis, J/m3"""
    axis: Annotated[Triple, ListAsTuple, AfterValidator(unit_vector)] = (0.0, 0.0, 1.0)
    """anisotropy axis; normalised"""

    @model_validator(mode="before")
    @classmethod
    def _known_by_name(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("name"), str | list):
            return values
        if isinstance(values["name"], list):
            raise ValueError(f"name = {values['name']}: {if_listed(('material', 'name'))}")
        known = MATERIALS.get(values["name"])
        given = [k for k in NUMBERS if k in values]
        if known is None:
            if not given:
                raise ValueError(f"name = {values['name']}: {suggestion(values['name'], MATERIALS)}")
            return values
        values = {**{k: getattr(known, k) for k in NUMBERS}, **values}
        if any(values[k] != getattr(known, k) for k in given):
            raise ValueError(
                f"name = {known.name} stands for other numbers: drop it, or drop {', '.join(given)}"
            )
        return values

    @property
    def label(self) -> str:
        """The name, or what stands for it."""
        return self.name or "material"

    @property
    def origin(self) -> str:
        """Where the numbers of a known material come from, and what to know of them; "" for any other."""
        known = MATERIALS.get(self.label)
        return f"{known.note} (source: {known.source})" if known else ""

    def with_(self, key: str, value: Any, source: str) -> MaterialTable:
        """Another name and the numbers that go with it, or another number, which becomes part of the name."""
        if key == "name":
            return checked(MaterialTable, {"name": value, "axis": self.axis}, source=source)
        changed = checked(MaterialTable, {**self.model_dump(), "name": None, key: value}, source=source)
        if getattr(changed, key) == getattr(self, key):
            return self
        parts = (self.name, NUMBERS[key] + number(getattr(changed, key)))
        return changed.model_copy(update={"name": "_".join(filter(None, parts))[:64]})


class ParticleTable(StrictModel):
    """The particle's shape and size."""

    shape: Literal["sphere"] = "sphere"
    """the one there is"""
    radius_nm: Annotated[float, Field(gt=0, le=1000)]
    """radius, nm"""


class MeshTable(StrictModel):
    """The lattice the particle is cut from."""

    cell_nm: Annotated[float, Field(gt=0, le=1000)]
    """edge of the cubic cells, nm"""
    edge_smooth: Annotated[int, Field(ge=0, le=16)] = 0
    """samples per axis for partly filled cells at the surface; 0 keeps whole cells whose centre is inside"""
    offset_cells: Annotated[
        tuple[Annotated[float, Field(ge=-0.5, le=0.5)], ...], ListAsTuple, Field(min_length=3, max_length=3)
    ] = (0.0, 0.0, 0.0)
    """shift of the sphere from its symmetric place on the lattice, in cells along x, y, z"""


class SolverTable(StrictModel):
    """How equilibrium is found at each field."""

    method: Literal["guarded", "relax", "minimize"] = "guarded"
    """the script's way to an equilibrium: relax, minimize, or minimize with relax where it went uphill"""
    tolerance_T: Annotated[float, Field(ge=1e-12, le=1e-2)] = 1e-6
    """largest |m x B| the CPU engine leaves in any cell, T; MuMax3 stops at its own rounding floor"""
    algorithm: Literal["fast", "faithful"] = "fast"
    """the CPU engine's alone: its own minimiser for relax and minimize alike, or MuMax3's two algorithms"""
    precision: Literal["double", "single"] = "double"
    """the CPU engine's alone; MuMax3 computes in single"""
    demag: Literal["newell", "mumax3"] = "newell"
    """the CPU engine's alone: the exact demagnetising tensor (Newell's), or MuMax3's quadrature of it"""
    surface: Literal["cells", "smooth"] = "cells"
    """the CPU engine's alone: the particle is its cells, or they stand for its smooth surface, and what their
    staircase does to demagnetising field and exchange is corrected"""


def _saved_fields(value: Any) -> str | tuple[float, ...]:
    if isinstance(value, str) and value in ("remanence", "all", "none"):
        return value
    if isinstance(value, list | tuple) and all(isinstance(v, float | int) for v in value):
        return tuple(float(v) for v in value)
    raise ValueError('must be "remanence", "all", "none" or a list of fields in T')


class SaveTable(StrictModel):
    """Which magnetisation states are written; the table always is."""

    ovf: Annotated[str | tuple[float, ...], BeforeValidator(_saved_fields)] = "remanence"
    """states kept as OVF: at zero field, at all fields, none, or at listed fields in T on every branch"""
    every_T: PositiveTesla | None = None
    """states kept besides: at every multiple of this field, T"""
    certify: bool = True
    """whether the report says which are minima, which saddles, in half the run's time; no part of any run"""


class ContinuumTable(StrictModel):
    """The continuum of the particle, which runs and models are held against; no part of any run."""

    solve: bool = True
    """whether it is solved for the report: minutes a sphere, once, then kept in the user's cache folder"""
    accuracy: Annotated[float, Field(ge=1e-7, le=0.1)] = 1e-3
    """wanted error of its moment where the core is upright; ten times that where it is tilted"""
