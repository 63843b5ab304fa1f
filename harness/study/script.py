"""From a case to what an engine runs.

In: a Case. Out: a RenderedCase (script text and mask arrays), its identity, and both written into a folder.
The script is the same for every engine, and holds no dates and no versions, so that its hash is stable.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jinja2 import Template

from harness.shipped import template_environment
from harness.study.numbers import number
from harness.study.study import Case
from reduced_model.materials import MU0

SCRIPT_NAME = "script.mx3"
TEMPLATE = "sphere_loop.mx3.j2"
ROWS_PER_BLOCK = 32
"""Rows compared one by one inside one comparison of ranges: thousands of rows stay quick to step through."""
_AND_ENERGY = "if !(E_total.Get() <= E_before + E_rounding && maxTorque.Get() <= rest) {"
_TORQUE_ALONE = "if !(maxTorque.Get() <= rest) {"
FIND_EQUILIBRIUM = {
    "relax": ("relax()",),
    "minimize": ("minimize()",),
    "guarded": (
        "before = m.buffer().hostCopy()",
        "E_before = E_total.Get()",
        "minimize()",
        _AND_ENERGY,
        "\tm.setArray(before)",
        "\tfor tries = 0; tries < 10 && maxTorque.Get() > rest; tries++ {",
        "\t\trelax()",
        "\t\trelaxed++",
        "\t}",
        "}",
    ),
}
"""Script lines that take m to its equilibrium, by [solver] method; docs/mumax3.md has the reasons."""
FLOAT32_SPACING = 2.0**-23
REST = 4
"""Torque at rest, in rounding floors of the mesh: MuMax3's minimize ends below 3 of them."""


@dataclass(frozen=True, eq=False)
class RenderedCase:
    """A case as an engine sees it."""

    script: str
    masks: Mapping[str, np.ndarray]
    """Arrays by name, float32, each (3, nz, ny, nx), read-only; the script loads them as <name>.ovf."""
    cell_m: float
    """Edge of the cells, for the masks' files."""

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process the masks go as a plain mapping, which is made read-only there."""
        return _rendered, (self.script, dict(self.masks), self.cell_m)

    def mask_hashes(self) -> dict[str, str]:
        """SHA-256 of each mask's numbers (float32, little-endian, x fastest), by name."""
        return {name: hashlib.sha256(_bytes(mask)).hexdigest() for name, mask in self.masks.items()}

    def write(self, folder: Path) -> Path:
        """Write script and masks into a folder; returns the path of the script."""
        # The whole CPU engine comes with these, and a plan needs neither.
        from harness.mx3.files.ovf import Header, write_ovf
        from harness.mx3.language.values import OutputFormat

        for name, mask in self.masks.items():
            with (folder / f"{name}.ovf").open("wb") as stream:
                write_ovf(stream, mask, Header(name, "", 0.0, (self.cell_m,) * 3), OutputFormat.OVF2_BINARY)
        script = folder / SCRIPT_NAME
        script.write_text(self.script, encoding="utf-8")
        return script


def render(case: Case) -> RenderedCase:
    """Write the script of a case and make the masks it loads."""
    masks = {"position": case.lattice.positions() / case.radius_m, **case.protocol.masks(case.lattice)}
    script = _template().render(_values(case))
    return _rendered(script, {name: mask.astype("float32") for name, mask in masks.items()}, case.cell_m)


@cache
def _template() -> Template:
    """The script's template, compiled once a process."""
    environment = template_environment()
    environment.filters |= {"number": number}
    return environment.get_template(TEMPLATE)


def _rendered(script: str, masks: Mapping[str, np.ndarray], cell_m: float) -> RenderedCase:
    """The case with masks that nobody can change."""
    for mask in masks.values():
        mask.flags.writeable = False
    return RenderedCase(script, MappingProxyType(dict(masks)), cell_m)


def identity(
    rendered: RenderedCase,
    *,
    engine: str,
    options: Mapping[str, Any],
    revision: int | None = None,
    replica: int = 0,
) -> str:
    """SHA-256 of all that decides a run's result, as 64 hex digits.

    Parameters
    ----------
    rendered : RenderedCase
        The script counts by its tokens (comments and blank lines do not), the masks by their numbers.
    engine, options : str, mapping
        The engine's name, and its options as canonical JSON.
    revision : int or None
        The CPU engine's RESULTS_REVISION; None for engines with a version of their own.
    replica : int
        Tells apart repeats of one and the same run.
    """
    digest = hashlib.sha256()
    settings = {"engine": engine, "options": dict(options), "revision": revision, "replica": replica}
    digest.update(json.dumps(settings, sort_keys=True, separators=(",", ":")).encode())
    digest.update("\n".join(script_tokens(rendered.script)).encode())
    for name in sorted(rendered.masks):
        mask = rendered.masks[name]
        digest.update(f"\n{name} {mask.shape}\n".encode() + _bytes(mask))
    return digest.hexdigest()


_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"|`[^`]*`|//[^\n]*|/\*.*?\*/|\w+(?:\.\w+)?(?:(?<=[eE])[+-]\d+)?|\n|\S', re.DOTALL
)


def script_tokens(script: str) -> list[str]:
    """Lines of a script as space-separated tokens, without comments and blank lines.

    >>> script_tokens('Msat = 1.7e6  // A/m\\n\\n/* note */ print("a // b")')
    ['Msat = 1.7e6', 'print ( "a // b" )']
    """
    tokens = (t for t in _TOKEN.findall(script) if not t.startswith(("//", "/*")))
    return [line.strip() for line in " ".join(tokens).split("\n") if line.strip()]


def _values(case: Case) -> dict[str, Any]:
    """What the template may name."""
    lattice, fields, direction = case.lattice, case.field_values_T, case.direction
    sense = -1.0 if fields[0] < 0 else 1.0
    first_rows = [sum(r.count for r in case.field.ramps[:i]) for i in range(len(case.field.ramps))]
    return {
        "material": case.material.name or "ferromagnetic",
        "radius_nm": case.particle.radius_nm,
        "cell_nm": case.mesh.cell_nm,
        "protocol": ", ".join(f"{k} = {v}" for k, v in case.protocol.model_dump(exclude_none=True).items()),
        "n": lattice.n,
        "cell_m": lattice.cell_m,
        "edge_smooth": case.mesh.edge_smooth,
        "offset": any(lattice.centre_m),
        "centre_m": lattice.centre_m,
        "diameter_m": 2 * lattice.radius_m,
        **case.material.model_dump(include={"Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3", "axis"}),
        "setup": case.protocol.setup(),
        "start": [sense * u for u in direction],
        "field": [{0.0: "0", 1.0: "B"}.get(u, f"B*{number(u)}") for u in direction],
        "n_fields": len(fields),
        "first_T": fields[0],
        "last_T": fields[-1],
        "ramps": [
            {"first": r.first, "step": r.step, "scale": r.scale, "row": row}
            for r, row in zip(case.field.ramps, first_rows, strict=True)
        ],
        "listed": [{"row": row, "B_T": B} for row, B in enumerate(case.field.values_T or ())],
        "block_size": ROWS_PER_BLOCK,
        "guarded": case.solver.method == "guarded",
        "rest_T": _two_digits(max(case.solver.tolerance_T, REST * rounding_floor_T(case))),
        "rounding_J": _two_digits(_energy_rounding_J(case)),
        "at_each_field": case.protocol.at_each_field(_search(case)),
        "save_all": len(case.saved_steps) == len(fields),
        "saved": case.saved_steps,
    }


def rounding_floor_T(case: Case) -> float:
    """Torque in T that single precision leaves on this mesh, at the largest field: spacing times field size.

    Neighbouring directions are rounded one by one, so exchange counts with its largest eigenvalue.
    """
    material = case.material
    exchange = 24 * material.A_J_per_m / (material.Ms_A_per_m * case.cell_m**2)
    applied = max(map(abs, case.field_values_T))
    return FLOAT32_SPACING * (exchange + MU0 * material.Ms_A_per_m + applied)


def _search(case: Case) -> tuple[str, ...]:
    """The lines that take m to its equilibrium.

    With smoothed edges the field is no gradient of the energy (the fill does not weigh the exchange), so that
    a sound search may end above its start: the torque alone decides there.
    """
    lines = FIND_EQUILIBRIUM[case.solver.method]
    if not case.mesh.edge_smooth:
        return lines
    kept = (line for line in lines if not line.startswith("E_before"))
    return tuple(_TORQUE_ALONE if line == _AND_ENERGY else line for line in kept)


def _energy_rounding_J(case: Case) -> float:
    """How far two energies of equal states may lie apart in single precision.

    As the reader of the table has it: the torque's floor times the moment, and the spacing of the largest
    demagnetising, anisotropy and Zeeman energies, for either state.
    """
    material, applied = case.material, max(map(abs, case.field_values_T))
    density = material.Ms_A_per_m * (MU0 * material.Ms_A_per_m / 2 + applied) + material.Ku_J_per_m3
    per_volume = material.Ms_A_per_m * rounding_floor_T(case) + FLOAT32_SPACING * density
    return 2 * 4 / 3 * math.pi * case.radius_m**3 * per_volume


def _two_digits(value: float) -> float:
    return float(f"{value:.1e}")


def _bytes(mask: np.ndarray) -> bytes:
    return mask.astype("<f4").tobytes()
