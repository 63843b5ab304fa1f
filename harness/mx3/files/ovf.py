"""OVF files: written as MuMax3 writes them, read in every variant, told by their content.

In: arrays (components, nz, ny, nx) with a Header; or OVF 1 and 2 files, text or binary, as OOMMF, MuMax3 or
Ubermag write them. Out: the file; or a VectorField. Sizes are checked before memory is taken.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.go_format import float_text
from harness.mx3.language.values import MAX_MASK_VALUES, OutputFormat
from reduced_model.errors import InputError

if TYPE_CHECKING:
    import discretisedfield
    import pandas as pd
    from matplotlib.axes import Axes

_CHECK = {4: 1234567.0, 8: 123456789012345.0}
"""Control numbers that open OVF's binary data, by width in bytes."""
_MAX_HEADER_LINES = 5000
_METRES = {
    **{"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "nm": 1e-9, "pm": 1e-12},
    **{"\u00c5": 1e-10, "\u212b": 1e-10, "A": 1e-10, "angstrom": 1e-10},
    **{"meter": 1.0, "metre": 1.0, "micron": 1e-6, "nanometer": 1e-9, "nanometre": 1e-9},
}
"""What a header's meshunit stands for; mu and Angstrom have two characters each."""
_FIRST_LINE = re.compile(
    r"#\s*oommf(?:\s+ovf\s+|\s*:?\s*(?P<mesh>\w+)\s+mesh\s+v)(?P<version>\d)[\d.a-z]*", re.I
)
_TIME = re.compile(r"(?:^|total simulation )time(?: \(s\))?\s*:\s*(?P<time>[-+.\deE]+)", re.IGNORECASE)
_REMEDY = "save it anew, as OVF of a rectangular mesh"
_WHOLE = "copy it again from where it was written, or save it anew"
_CORRECT = "correct its header"
_RESAMPLE = "sample it on a grid of equal cells and save that as OVF"
_OTHER_FORMATS = {
    b"\x1f\x8b": ("it is compressed with gzip", "unpack it first, with gunzip"),
    b"PK\x03\x04": ("it is a zip archive", "unpack it first"),
    b"BZh": ("it is compressed with bzip2", "unpack it first, with bunzip2"),
    b"\xfd7zXZ": ("it is compressed with xz", "unpack it first, with unxz"),
    b"\x89HDF": ("it is an HDF5 file", _REMEDY),
    b"\x93NUMPY": ("it is a NumPy array, which names no cells", _REMEDY),
    b"# vtk": ("it is a VTK file", _REMEDY),
    b"<?xml": ("it is an XML file, as VTK's are", _REMEDY),
    b"<VTKFile": ("it is a VTK file", _REMEDY),
    b"#dump": ("it is a dump of MuMax3", "save it as OVF, or convert it with mumax3-convert"),
}
"""What other files begin with, and what to do about them."""


class OvfError(InputError):
    """A file (`path`) that cannot be read as OVF, `why`, without the file's name, and what to do."""

    def __init__(self, path: Path, why: str, remedy: str = _REMEDY) -> None:
        self.path, self.why, self.remedy = path, " ".join(why.split()), remedy
        super().__init__(f"{path}: not a readable OVF file: {self.why}; {remedy}")


@dataclass(frozen=True, eq=False, repr=False)
class VectorField:
    """A field on a box of cells, as an OVF file holds it."""

    m: np.ndarray
    """Values (components, nz, ny, nx), in ``unit``; a magnetisation has three components."""
    cell_m: np.ndarray
    """Cell edges along x, y, z in m, (3,)."""
    origin_m: np.ndarray
    """Lower corner of the box in m, in the file's own coordinates, (3,)."""
    path: Path | None
    """The file; None for a field that is not on disk."""
    title: str = ""
    labels: tuple[str, ...] = ()
    """Name of each component."""
    unit: str = ""
    """Unit of the values, "1" of unit vectors; empty where the file names none, or several."""
    time_s: float = math.nan
    """Simulated time in s, nan where the file does not say."""

    def __repr__(self) -> str:
        cells, edges = (" x ".join(map("{:g}".format, n)) for n in (self.m.shape[:0:-1], self.cell_m * 1e9))
        return f"VectorField({len(self.m)} components, {cells} cells of {edges} nm, {self.path})"

    @property
    def sphere_radius_m(self) -> float:
        """Radius of the sphere with the volume of the cells that hold a moment, in m."""
        magnetic = np.count_nonzero(np.einsum("i...,i...->...", self.m, self.m))
        return float(3 * magnetic * np.prod(self.cell_m) / (4 * np.pi)) ** (1 / 3)

    def to_dataframe(self) -> pd.DataFrame:
        """A row a cell that holds a moment: its centre in the file's coordinates, and the components."""
        import pandas as pd  # half a second, and no run or fit has need of it

        at = np.argwhere(np.any(self.m, axis=0))
        places = self.origin_m + (at[:, ::-1] + 0.5) * self.cell_m
        names = self.labels or tuple(component_labels("m", len(self.m)))
        values = self.m[:, *at.T]
        columns = {f"{axis}_m": places[:, k] for k, axis in enumerate("xyz")}
        return pd.DataFrame(columns | dict(zip(names, values, strict=True)))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the layer of cells in the middle, across z: arrows in it, shades of the rest; returns axes."""
        if ax is None:
            import matplotlib.pyplot as plt  # a second, and only a drawing needs it

            ax = plt.subplots(layout="constrained")[1]
        middle = self.origin_m[2] + (self.m.shape[1] // 2 + 0.5) * self.cell_m[2]
        self.field.sel(z=float(middle)).mpl(ax=ax, scalar_kw={"colorbar": False})
        return ax

    def _repr_html_(self) -> str:
        """What and how large it is, and its first cells, for a notebook."""
        return f"<p>{html.escape(repr(self))}</p>{self.to_dataframe().head(5).to_html(index=False)}"

    @property
    def field(self) -> discretisedfield.Field:
        """The same as a ``discretisedfield.Field``, for cuts, plots, VTK, HDF5 and xarray.

        Cells that hold a moment are its valid ones; coordinates are the file's, in m.
        """
        import matplotlib  # they take seconds, and no run or fit has need of them

        with matplotlib.rc_context():  # the import gives every drawing another style
            import discretisedfield

        n = self.m.shape[:0:-1]
        corners = (self.origin_m, self.origin_m + np.array(n) * self.cell_m)
        region = discretisedfield.Region(*(tuple(map(float, corner)) for corner in corners))
        return discretisedfield.Field(
            discretisedfield.Mesh(region=region, n=n),
            nvdim=len(self.m),
            value=self.m.transpose(3, 2, 1, 0),
            valid=np.transpose(np.any(self.m, axis=0), (2, 1, 0)),
            unit=None if self.unit in ("", "1") else self.unit,
        )


@dataclass(frozen=True)
class Header:
    """What is written above the numbers of a file."""

    title: str
    """Name of the field."""
    unit: str
    """Unit of its values."""
    time_s: float
    """Simulated time in s."""
    cell_m: tuple[float, float, float]
    """Cell edges along x, y, z in m."""


def write_ovf(stream: IO[bytes], array: np.ndarray, header: Header, format: OutputFormat) -> None:
    """Write a field.

    Parameters
    ----------
    stream : binary file
    array : array, shape (components, nz, ny, nx)
        Values, in the header's unit.
    header : Header
    format : OutputFormat

    Raises
    ------
    ScriptError
        If a format of OVF 1 is asked for and the field has not three components.
    """
    first = format in (OutputFormat.OVF1_TEXT, OutputFormat.OVF1_BINARY)
    if first and len(array) != 3:
        raise ScriptError(
            None, f"OVF 1 holds vector fields only; set OutputFormat = OVF2_TEXT to save {header.title}"
        )
    text = format in (OutputFormat.OVF1_TEXT, OutputFormat.OVF2_TEXT)
    kind = "Text" if text else "Binary 4"
    lines = [*_header_lines(array, header, first), f"Begin: Data {kind}"]
    stream.write("".join(f"# {line}\n" for line in lines).encode())
    columns = array.reshape(len(array), -1).T
    if text:
        stream.writelines(("".join(f"{float_text(v, 32)} " for v in row) + "\n").encode() for row in columns)
    else:
        number = ">f4" if first else "<f4"
        stream.write(np.array(_CHECK[4], number).tobytes())
        with np.errstate(over="ignore"):
            stream.write(np.ascontiguousarray(columns, number).tobytes())
    stream.write(f"# End: Data {kind}\n# End: Segment\n".encode())


def component_labels(name: str, components: int, joint: str = "_") -> list[str]:
    """Name of each component: the field's, with x, y, z behind it, or numbers if there are more."""
    axes = "xyz" if components <= 3 else range(components)
    return [name] if components == 1 else [f"{name}{joint}{axis}" for axis in axes[:components]]


def _header_lines(array: np.ndarray, header: Header, first: bool) -> list[str]:
    """Lines of a header in MuMax3's order, of OVF 1 or of OVF 2."""
    (components, nz, ny, nx), cell, time = array.shape, header.cell_m, float_text(header.time_s)

    def axes(name: str, values: Iterable[float], text: Callable[[float], str] = float_text) -> list[str]:
        return [f"{axis}{name}: {text(value)}" for axis, value in zip("xyz", values, strict=True)]

    high = axes("max", (c * n for c, n in zip(cell, (nx, ny, nz), strict=True)))
    box, nodes = [*axes("min", (0.0, 0.0, 0.0)), *high], axes("nodes", (nx, ny, nz), str)
    base, step = axes("base", (c / 2 for c in cell)), axes("stepsize", cell)
    opening, title = ["Segment count: 1", "Begin: Segment", "Begin: Header"], f"Title: {header.title}"
    mesh = ["meshtype: rectangular", "meshunit: m"]
    if first:
        values = ["ValueRangeMinMag: 1e-08", "ValueRangeMaxMag: 1", f"valueunit: {header.unit}"]
        lines = [*opening, f"Desc: Time (s) :  {time}", title, *mesh, *base, *step, *box, *nodes, *values]
        return ["OOMMF: rectangular mesh v1.0", *lines, "valuemultiplier: 1", "End: Header"]
    labels = " ".join(component_labels(header.title, components))
    units = " ".join([header.unit or "1"] * components)
    values = [f"valuedim: {components}", f"valuelabels: {labels}", f"valueunits: {units}"]
    lines = [*opening, title, *mesh, *box, *values, f"Desc: Total simulation time:  {time}  s", *base]
    return ["OOMMF OVF 2.0", *lines, *nodes, *step, "End: Header"]


def read_ovf(path: str | Path) -> VectorField:
    """Read an OVF file of any variant; its content, not its name, says which.

    Parameters
    ----------
    path : str or Path
        An OVF 1 or OVF 2 file of a rectangular mesh, text, binary 4 or binary 8.

    Returns
    -------
    VectorField
        Values as float64, those of OVF 1 multiplied by their ``valuemultiplier``; lengths in m.

    Raises
    ------
    OvfError
        If the file cannot be opened, is no OVF file, is cut short, claims more than it holds, or has an
        irregular mesh or several segments.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            return _read(stream, path)
    except OSError as error:
        raise OvfError(path, error.strerror or str(error), "check its name and its rights") from None
    except _Unreadable as error:
        raise OvfError(path, *error.args) from None


class _Unreadable(Exception):
    """Why a file cannot be read, and what to do if that is not the general remedy."""


class _HeaderValues(dict[str, str]):
    """Values by key in lower case, all lines of Desc in one."""

    def number(self, key: str) -> float:
        try:
            value = float(self[key])
        except ValueError:
            raise _Unreadable(
                f"its header has {key}: {self[key][:40]}, which is no number", _CORRECT
            ) from None
        if not math.isfinite(value):
            raise _Unreadable(f"its header has {key}: {self[key]}, which is not finite", _CORRECT)
        return value

    def counts(self, *keys: str) -> tuple[int, ...]:
        """Whole positive numbers, all of which must be there."""
        if missing := [key for key in keys if key not in self]:
            raise _Unreadable(f"its header has no {', '.join(missing)}", _CORRECT)
        for key in keys:
            if not re.fullmatch(r"\+?0*[1-9]\d{0,99}", self[key]):
                raise _Unreadable(f"its header has {key}: {self[key][:40]}, which is no count", _CORRECT)
        return tuple(int(self[key]) for key in keys)

    def lengths(self, name: str) -> np.ndarray | None:
        """The three of a name, for x, y and z; None where the header leaves one out."""
        keys = [f"{axis}{name}" for axis in "xyz"]
        return np.array([self.number(key) for key in keys]) if all(key in self for key in keys) else None


def _read(stream: IO[bytes], path: Path) -> VectorField:
    version = _version(stream)
    header, kind = _header(stream)
    if (mesh := header.get("meshtype", "rectangular").lower()) != "rectangular":
        raise _irregular(mesh)
    if (segments := header.get("segmentcount", "1")) != "1":
        raise _Unreadable(f"it holds {segments} segments, and only files of one are read")
    components = 3 if version == 1 else header.counts("valuedim")[0]
    n = header.counts("xnodes", "ynodes", "znodes")
    if components * math.prod(n) > MAX_MASK_VALUES:
        raise _Unreadable(f"it claims {components}×{'×'.join(map(str, n))} numbers", _CORRECT)
    values = _values(stream, kind, components * math.prod(n), version, path.stat().st_size - stream.tell())
    values *= header.number("valuemultiplier") if version == 1 and "valuemultiplier" in header else 1.0
    cell, origin = _geometry(header, n)
    units = _words(header.get("valueunits", "")) if version == 2 else (header.get("valueunit", ""),)
    labels = _words(header.get("valuelabels", ""))
    times = [_TIME.search(line) for line in header.get("desc", "").split("\n")]
    return VectorField(
        m=_frozen(values.reshape(*n[::-1], components).transpose(3, 0, 1, 2)),
        cell_m=_frozen(cell),
        origin_m=_frozen(origin),
        path=path,
        title=header.get("title", ""),
        labels=labels if len(labels) == components else (),
        unit=units[0] if len(set(units)) == 1 and units[0] != "None" else "",
        time_s=next((_seconds(found["time"]) for found in times if found), math.nan),
    )


def _seconds(text: str) -> float:
    """A time of the header's remarks; nan where it is no number, for no cell depends on it."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _irregular(mesh: str) -> _Unreadable:
    return _Unreadable(f"its mesh is {mesh[:40]}, not rectangular", _RESAMPLE)


def _version(stream: IO[bytes]) -> int:
    """1 or 2, from a file's first line."""
    line = stream.readline(200)
    if not line:
        raise _Unreadable("it is empty", _WHOLE)
    if other := next((what for start, what in _OTHER_FORMATS.items() if line.startswith(start)), None):
        raise _Unreadable(*other)
    found = _FIRST_LINE.fullmatch(_text(line).strip())
    if not found and _is_columns([line, *stream.readlines(10_000)]):
        raise _Unreadable(
            "it is columns of numbers without an OVF header, as OOMMF's SVF files are", _RESAMPLE
        )
    if not found:
        raise _Unreadable("its first line is not that of an OVF file")
    if (mesh := found["mesh"] or "rectangular").lower() != "rectangular":
        raise _irregular(mesh.lower())
    version = max(1, int(found["version"]))  # OOMMF's first files call themselves v0.0
    if version > 2:
        raise _Unreadable(f"it is of OVF version {version}; 1 and 2 are read")
    return version


def _is_columns(lines: list[bytes]) -> bool:
    """Whether numbers, three or more, follow remarks that are no header."""
    if any(line.lower().startswith(b"# begin") for line in lines):
        return False
    words = next((line.split() for line in lines if line.strip() and not line.startswith(b"#")), [])
    return len(words) >= 3 and all(re.fullmatch(rb"[-+]?[\d.]+(e[-+]?\d+)?", word, re.I) for word in words)


def _header(stream: IO[bytes]) -> tuple[_HeaderValues, str]:
    """What the header says, and the kind of the data that follow."""
    fields = _HeaderValues()
    for _ in range(_MAX_HEADER_LINES):
        line = _text(stream.readline(10_000))
        if not line:
            break
        key, _, value = line.split("##")[0].strip().lstrip("#").partition(":")
        key, value = re.sub(r"[^a-z0-9]", "", key.lower()), value.strip()  # OVF ignores the rest
        if key == "begin" and value.lower().startswith("data"):
            return fields, " ".join(value.lower().replace("-", " ").split()[1:])
        fields[key] = f"{fields[key]}\n{value}" if key == "desc" and key in fields else value
    raise _Unreadable("its header does not end", _WHOLE)


def _values(stream: IO[bytes], kind: str, count: int, version: int, left: int) -> np.ndarray:
    """The numbers below a header, (count,) float64; ``left`` bytes of the file are there to hold them."""
    widths = {"text": 2, "binary 4": 4, "binary 8": 8}
    if kind not in widths:
        raise _Unreadable(f"its data are {kind or 'of no kind'}; text, binary 4 and binary 8 are read")
    width = widths[kind]
    if left < (2 * count - 1 if kind == "text" else (count + 1) * width):
        raise _Unreadable(f"its data end early: {count} numbers do not fit into {left} bytes", _WHOLE)
    if kind == "text":
        return _text_numbers(stream, count)
    data = stream.read((count + 1) * width)
    for order in "><" if version == 1 else "<>":
        numbers = np.frombuffer(data, f"{order}f{width}")
        if numbers[0] == _CHECK[width]:
            return numbers[1:].astype(np.float64)
    other = 12 - width  # binary 8 called binary 4, or the other way round
    if any(np.frombuffer(data[:other], f"{order}f{other}")[0] == _CHECK[other] for order in "<>"):
        raise _Unreadable(
            f"its data are called {kind} and begin with the control number of binary {other}", _CORRECT
        )
    first = np.frombuffer(data[:width], f"{'>' if version == 1 else '<'}f{width}")[0]
    what = f"its data begin with {first:.9g} where {kind} has the control number {_CHECK[width]:.0f}"
    raise _Unreadable(f"{what}, so its bytes are in no known order", _WHOLE)


def _text_numbers(stream: Iterable[bytes], count: int) -> np.ndarray:
    words: list[bytes] = []
    for line in stream:
        if line.lstrip().lower().startswith(b"# end"):
            break
        if not line.endswith(b"\n"):  # the last number may have lost digits
            raise _Unreadable("its data end early, within a line", _WHOLE)
        words += line.split(b"#")[0].split()
    if len(words) != count:
        raise _Unreadable(f"its data hold {len(words)} numbers where {count} belong", _WHOLE)
    try:
        return np.array(words, dtype=np.float64)
    except ValueError as error:
        raise _Unreadable(f"its data are not all numbers: {error}", _WHOLE) from None


def _geometry(header: _HeaderValues, n: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Cell edges and lower corner, (3,) each, in m."""
    unit = header.get("meshunit") or header.get("meshunits", "").partition(" ")[0] or "m"
    metres = next(
        (value for name, value in _METRES.items() if name in (unit, unit.lower().rstrip("s"))), None
    )
    if metres is None:
        names = "m, cm, mm, um, nm, pm, Å"
        raise _Unreadable(f"its meshunit is {unit[:40]}; {names} are read", _CORRECT)
    low, high, base, cell = (header.lengths(name) for name in ("min", "max", "base", "stepsize"))
    span = None if low is None or high is None else high - low
    if cell is None:
        if span is None:
            raise _Unreadable(
                "its header has neither step sizes nor a box: no xstepsize or no xmin", _CORRECT
            )
        cell = span / n
    if not (cell > 0).all():
        raise _Unreadable(f"its cells are {'×'.join(f'{c:g}' for c in cell)} {unit}", _CORRECT)
    for axis, size, step, count in () if span is None else zip("xyz", span, cell, n, strict=True):
        # A box is drawn around the cells, or by some programs through their centres.
        if min(abs(size - count * step), abs(size - (count - 1) * step)) > 0.01 * count * step:
            raise _Unreadable(
                f"its header contradicts itself: {count} cells of {step:g} {unit} along {axis} are "
                f"{count * step:g} {unit}, and from {axis}min to {axis}max it is {size:g} {unit}",
                _CORRECT,
            )
    # Nodes stand at the base; a corner that agrees with it is the same place without a rounding.
    corner = None if base is None else base - cell / 2
    if corner is None or (low is not None and (np.abs(low - corner) < 1e-6 * cell).all()):
        corner = np.zeros(3) if low is None else low
    return cell * metres, corner * metres


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:  # OOMMF on Windows writes titles in the system's own code page
        return line.decode("latin-1")


def _words(listed: str) -> tuple[str, ...]:
    """Items of a Tcl list, where braces hold a name with spaces together."""
    return tuple(braced or bare for braced, bare in re.findall(r"\{([^}]*)\}|(\S+)", listed))


def _frozen(values: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(values)
    array.flags.writeable = False
    return array
