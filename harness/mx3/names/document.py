"""The page `docs/mx3.md`: what of MuMax3's language this engine supports, made from its own registry.

In: nothing; `python -m harness.mx3.names.document docs/mx3.md` writes the page. Out: its text in Markdown,
the same whenever the registry is the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness.mx3.language.scope import Function
from harness.mx3.language.signatures import Signature, methods, type_name
from harness.mx3.names.entries import Entry
from harness.mx3.names.outside import AMUMAX, GROUPS
from harness.mx3.names.world import World
from harness.mx3.session.session import Session

_START = """# MuMax3 scripts on the CPU engine

Made from the engine's registry by `python -m harness.mx3.names.document docs/mx3.md`; a test keeps it so.
`mxval mx3 SCRIPT.mx3` runs a script, `mxval mx3 --vet SCRIPT.mx3` only checks it, `--certify` says of each
equilibrium whether it is a minimum, a saddle or a maximum, `--faithful` searches equilibria by MuMax3's own
algorithms and stopping rules instead of the engine's minimiser, `--tolerance` sets how far that minimiser
goes, `--float32` keeps state, fields and transforms in single precision, `--demag mumax3` takes MuMax3's
demagnetising kernel, `--surface smooth` corrects for the steps of an ellipsoid's cells.

## Language

A script is the body of a Go function, as in MuMax3: `:=` and `=`, `+=`, `-=`, `++`, `--`, arithmetic in
floating point, comparisons, `&&`, `||`, `!`, `if`/`else`, all forms of `for` except `range`, comments, calls
and methods. Names are case-insensitive; a variable keeps its type. An expression assigned to a parameter or
field is evaluated again whenever it is needed if it contains `t`. `break`, `continue`, `return`, `func`,
`var`, `switch` and list literals are not part of MuMax3's language.

A script is checked as a whole before it starts, with what is known by then: numbers, and variables that get
one value only. A name that MuMax3 knows and this engine does not (the last section), a value other than 0 for
an effect this engine lacks, and a file that is not there end the check with line and reason; so does a value
of such an effect that may differ from 0 later. What shows only while the script runs ends it at its line, and
the message says what is kept of the output.

`--vet` then follows the script, up to its first fault, without its searches and tells what it may not mean: a
size far from any material's, with the unit that such a number may be in; cells wider than the exchange length
or a wall; table columns that begin as 0/0; and a start that cannot lead where it should. For the last it
tries each turn and reflection of the grid, with and without a reversal of all moments: those that leave the
state as it is, and that the effective field of a random state follows, hold for every later state too. What
they leave of the mean moment and of the circulation is told. A uniform start in a centred body never comes to
circulate, however the field is tilted; a vortex on the axis of the field never tilts; but for rounding
errors.

`--certify` looks at the curvature of the energy after every `relax` and `minimize` (docs/certificates.md), in
double precision, on a copy: the run goes on as without it. `solver.csv` has the result: `lambda_min_T`,
`verdict`, and as `soft_T` the curvatures of turns that only the cells resist, left out of the other two.

Files are read from the script's folder and below, and saved to the output folder, as in MuMax3; `script.out/`
in front of a name means the output folder, whatever `-o` calls it, and for reading also what an earlier run
left in a folder of that name. A state is kept by `SaveAs(m, "keep.ovf")` and read again by
`m.LoadFile("script.out/keep.ovf")`, or kept in memory by `keep := m.Buffer().HostCopy()` for
`m.SetArray(keep)`. Absolute paths and `..` may be used as long as they stay inside; outside the output folder
only OVF files are written, over nothing but an OVF file.

Output is MuMax3's: `log.txt`, `table.txt`, OVF files; beside them `solver.csv` records, for each search of an
equilibrium, each table row and each saved state, the residual torque max |m × B| in T and the odd part of m,
and for each search of the fast minimiser the torque it went for.

## Precision

Everything is computed in double precision. With `--float32` the state, the fields and the transforms are
single, as in MuMax3; demagnetising tensor, energies and averages are still formed in double. The rounding of
neighbouring directions leaves a torque of about 2⁻²³ (Σ 4 A/(Ms d²) + mu0 Ms + B_ext), the sum over the six
neighbours at distance d: 4.5e-6 T for iron in 2 nm cells, 7e-5 T in 0.5 nm cells. A search for less ends
there as converged, and the log says so. What single precision changes and saves is measured in
`docs/results/engine_speed.md`.

## Demagnetising kernel

The tensor of two cells is the exact one (Newell, Williams and Dunlop, J. Geophys. Res. 98, 9551, 1993).
MuMax3 integrates it numerically. With `--demag mumax3` this engine takes the same sums, to the script's
`DemagAccuracy`; with `--float32` the tensor is rounded to single precision, as MuMax3 keeps it. `E_demag` of
states that MuMax3 saved is then MuMax3's, to rounding: `docs/results/mumax3_kernel.md`. As in MuMax3, a
`DemagAccuracy` set after the grid's first field was computed has no effect on this grid. The tensor of
40×40×40 cells takes 0.03 s, the exact one 0.25 s; an accuracy that asks for more than about ten seconds is
refused.

## A smooth surface

An ellipsoid cut from cells has facets. Their charges hold the magnetisation off the surface, and exchange
ends half a cell inside it. With `--surface smooth` both are corrected, in fields, energies and curvatures
alike. Magnetised uniformly, a smooth ellipsoid has one demagnetising field, its cells another in each: the
difference is taken off as a matrix on each cell's own m. The ellipsoid is that of the cells' second
moments; a lattice off the centre of a sphere along one axis leaves it no sphere (in cells of a quarter of
the radius by up to 50 mT of iron), centred cubic cells do not. Where a neighbour is missing, the bond
opposite counts for the outer half of the cell too. How much nearer to the continuum that comes stands in
`docs/results/cells.md`. Cells that are partly filled, fill no ellipsoid along x, y, z, or repeat
periodically are refused. MuMax3 has no such choice.

## How far a search goes

`relax` and `minimize` go on until no torque exceeds 1e-6 T, or what `--tolerance` says. Where a field is as
weak as that they would not notice it, so where the weakest field is below 1 mT they go for less, in
proportion, down to the rounding floor. What counts is the largest value over the cells of each of these: the
applied field, mu0 Ms, each anisotropy constant over Ms, and the exchange field of half a turn along a side; a
term that is 0 does not count. The log notes which settings of MuMax3's own algorithms
(`RelaxTorqueThreshold`, `MinimizerStop` …) the fast minimiser leaves unused.

A start within the tolerance is not moved, though it may be a maximum, as m exactly against the field is. The
log warns where a small turn of all spins together lowers the energy there. Nothing else is tried: without a
warning a start may still be a saddle.

## Periodic boundaries

`SetPBC(nx, ny, nz)` means what it means in MuMax3. With n > 0 exchange acts across the ends of that axis, and
each cell feels the demagnetising field of all cells less than n grid lengths away along it, images included;
with n = 1 no cell sees its own image. All cells have the same surroundings, so no padding is needed and the
energy does not depend on where the grid is cut. The tensor of each offset is summed over its images. Summing
takes about half a microsecond an offset: 0.6 s for 64×64×1 cells with 16 repetitions along x and y. Shapes
and regions do not repeat by themselves (`.Repeat` does that), `Shifted` moves zero in, and initial states are
functions of position that need not fit at the ends.

## Where MuMax3's versions differ

This engine does what 3.11.1 does. In the history of MuMax3 since 3.9 these changes alter results of scripts
that run here:

- Since 3.10 exchange between regions goes with the harmonic mean of Aex over the cell's own Msat; 3.9 takes
  the harmonic mean of Aex/Msat. Where signs of Aex differ, 3.10 has a mean of its own, 3.9 the harmonic one.
- Since 3.11.1 a region of Msat = 0 exerts no exchange, as in 3.9; in 3.10 and 3.11.0 it does.
- Since 3.11.1 the demagnetising field is 0 where Msat is, in `B_demag` too. In every version cells without
  Msat turn along B_ext; they have no energy, but count in the average of m and in `maxTorque`.
- Since 3.10 `run` begins with the torque of the present state; 3.9 takes that of the step before, whatever
  was changed since.
- Since 3.10 the average of one component of a field, `B_demag.Comp(2)`, runs over the magnet; in 3.9 over the
  box, as that of the whole vector still does.
- Since 3.10 `m.SetCell` normalises, and leaves cells alone whose centre is outside the shape.
- Since 3.10 `Save(m.Comp(0))` numbers its files on; 3.9 begins at 0 every time.
- Since 3.10 `.Repeat` leaves the central period as it is; 3.9 mirrors its negative half.
- Since 3.11 `Cone` is a cone; in 3.10 it is half an ellipsoid.
- Since 3.11 `Shifted` shifts along several axes at once; in 3.10 only along the last of them.
- Since 3.11 `SetPBC` after the grid leaves regions set cell by cell, and `SetCellSize` after it drops the
  masks added to a field; before it is the other way round.
- 3.9 stops on an odd number of cells along a periodic x axis.

The same from 3.9 to 3.11.1: the anisotropy terms and their energies, the demagnetising kernel and its images,
EdgeSmooth, averages over regions, the integrators' coefficients and step control.
"""
_METHODS = "\n## Methods\n"
_REFUSED = """
## Not supported

A script that uses one of these is refused before it starts; run it with MuMax3.
"""


def page(world: World) -> str:
    """The page's text."""
    sections = [_START]
    for theme, entries in world.themes.items():
        sections.append(f"\n## {theme.capitalize()}\n\n| | |\n| --- | --- |\n")
        sections += [_row(entry) for entry in sorted(entries, key=lambda entry: entry.name.lower())]
    sections.append(_METHODS)
    by_name: dict[str, dict[str, Signature]] = {}
    for kind in _kinds(world):
        by_name.setdefault(type_name(kind), {}).update(methods(kind))
    sections += [_methods_of(name, by_name[name]) for name in sorted(by_name)]
    sections.append(_REFUSED)
    for subject, names in GROUPS.items():
        sections.append(f"\n- {subject.removesuffix(' is')}: {_code(names)}")
    sections.append("\n- including other scripts: `source`\n")
    sections.append(f"\nNames of amumax, a fork of MuMax3: {_code(AMUMAX)}.")
    return "".join([*sections, "\n"])


def _row(entry: Entry) -> str:
    note = f" *{_plain(entry.note[:1].upper() + entry.note[1:])}.*" if entry.note else ""
    return f"| `{_plain(entry.usage)}` | {_plain(entry.doc)}{note} |\n"


def _code(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split())


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def _kinds(world: World) -> set[type]:
    """Types of the world's objects that have methods, and of what functions and methods give."""
    found: set[type] = set()
    bindings = [entry.binding for entry in world.documented()]
    ahead = [b.signature.returns if isinstance(b, Function) else b.kind for b in bindings]
    while ahead:
        kind = ahead.pop()
        if kind not in found and methods(kind):
            found.add(kind)
            ahead += [method.returns for method in methods(kind).values()]
    return found


def _methods_of(kind: str, found: dict[str, Signature]) -> str:
    lines = "".join(
        f"| `.{found[name].usage}` | {_plain(found[name].mark.doc)} |\n" for name in sorted(found)
    )
    return f"\n### {kind.capitalize()}\n\n| | |\n| --- | --- |\n{lines}"


def main(arguments: list[str]) -> int:
    """Write the page to the file named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m harness.mx3.names.document docs/mx3.md\n")
        return 2
    path = Path(arguments[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(World(Session())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
