"""OVF files: written as MuMax3 writes them, read in every variant.

In: arrays (components, nz, ny, nx) with cell sizes in m, name, unit and time. Out: OVF 1 and OVF 2 files,
text or 4-byte binary. Reading takes binary 8 as well and trusts nothing: sizes are checked before memory is
taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.go_format import float_text
from harness.mx3.language.values import MAX_MASK_VALUES, OutputFormat

_CHECK = {4: 1234567.0, 8: 123456789012345.0}
"""Control numbers that open OVF's binary data, by width in bytes."""

_MAX_HEADER_LINES = 500


@dataclass(frozen=True)
class Header:
    """What an OVF header says about the numbers below it."""

    title: str
    unit: str
    time_s: float
    cell_m: tuple[float, float, float]


def write_ovf(stream: IO[bytes], array: np.ndarray, header: Header, format: OutputFormat) -> None:
    """Write a field.

    Parameters
    ----------
    stream : binary file
    array : array, shape (components, nz, ny, nx)
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
    lines = _header_ovf1(array, header) if first else _header_ovf2(array, header)
    text = format in (OutputFormat.OVF1_TEXT, OutputFormat.OVF2_TEXT)
    kind = "Text" if text else "Binary 4"
    stream.write("".join(f"# {line}\n" for line in [*lines, f"Begin: Data {kind}"]).encode())
    columns = array.reshape(len(array), -1).T
    if text:
        stream.writelines(("".join(f"{float_text(v, 32)} " for v in row) + "\n").encode() for row in columns)
    else:
        number = ">f4" if first else "<f4"
        stream.write(np.array(_CHECK[4], number).tobytes())
        with np.errstate(over="ignore"):
            stream.write(np.ascontiguousarray(columns, number).tobytes())
    stream.write(f"# End: Data {kind}\n# End: Segment\n".encode())


def _header_ovf2(array: np.ndarray, header: Header) -> list[str]:
    components, nz, ny, nx = array.shape
    (dx, dy, dz), name, unit = map(float_text, header.cell_m), header.title, header.unit or "1"
    labels = [name] if components == 1 else [f"{name}_{chr(ord('x') + i)}" for i in range(components)]
    high = [float_text(c * n) for c, n in zip(header.cell_m, (nx, ny, nz), strict=True)]
    half = [float_text(c / 2) for c in header.cell_m]
    return [
        *("OOMMF OVF 2.0", "Segment count: 1", "Begin: Segment", "Begin: Header"),
        *(f"Title: {name}", "meshtype: rectangular", "meshunit: m"),
        *("xmin: 0", "ymin: 0", "zmin: 0", f"xmax: {high[0]}", f"ymax: {high[1]}", f"zmax: {high[2]}"),
        *(f"valuedim: {components}", f"valuelabels: {' '.join(labels)}"),
        f"valueunits: {' '.join([unit] * (1 if components == 1 else 3))}",
        f"Desc: Total simulation time:  {float_text(header.time_s)}  s",
        *(f"xbase: {half[0]}", f"ybase: {half[1]}", f"zbase: {half[2]}"),
        *(f"xnodes: {nx}", f"ynodes: {ny}", f"znodes: {nz}"),
        *(f"xstepsize: {dx}", f"ystepsize: {dy}", f"zstepsize: {dz}", "End: Header"),
    ]


def _header_ovf1(array: np.ndarray, header: Header) -> list[str]:
    _, nz, ny, nx = array.shape
    dx, dy, dz = map(float_text, header.cell_m)
    high = [float_text(c * n) for c, n in zip(header.cell_m, (nx, ny, nz), strict=True)]
    half = [float_text(c / 2) for c in header.cell_m]
    return [
        *("OOMMF: rectangular mesh v1.0", "Segment count: 1", "Begin: Segment", "Begin: Header"),
        *(f"Desc: Time (s) :  {float_text(header.time_s)}", f"Title: {header.title}"),
        *("meshtype: rectangular", "meshunit: m"),
        *(f"xbase: {half[0]}", f"ybase: {half[1]}", f"zbase: {half[2]}"),
        *(f"xstepsize: {dx}", f"ystepsize: {dy}", f"zstepsize: {dz}"),
        *("xmin: 0", "ymin: 0", "zmin: 0", f"xmax: {high[0]}", f"ymax: {high[1]}", f"zmax: {high[2]}"),
        *(f"xnodes: {nx}", f"ynodes: {ny}", f"znodes: {nz}"),
        *(
            "ValueRangeMinMag: 1e-08",
            "ValueRangeMaxMag: 1",
            f"valueunit: {header.unit}",
            "valuemultiplier: 1",
        ),
        "End: Header",
    ]


def read_ovf(path: Path) -> np.ndarray:
    """Numbers of an OVF file, shape (components, nz, ny, nx).

    Raises
    ------
    ScriptError
        If the file is no OVF file, is cut short or claims absurd sizes.
    """
    try:
        with path.open("rb") as stream:
            return _read(stream, path.stat().st_size)
    except OSError as error:
        raise ScriptError(None, f'cannot read "{path.name}": {error.strerror}') from None
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise ScriptError(None, f'"{path.name}" is not a readable OVF file: {error}') from None


def _read(stream: IO[bytes], file_size: int) -> np.ndarray:
    first = stream.readline(200).decode().strip().lower()
    versions = {"# oommf ovf 2.0": 2, "# oommf: rectangular mesh v1.0": 1}
    if first not in versions:
        raise ValueError("its first line is not an OVF header")
    version, fields = versions[first], {}
    for _ in range(_MAX_HEADER_LINES):
        line = stream.readline(10_000).decode().split("##")[0].strip().lstrip("#").strip()
        key, _, value = line.partition(":")
        if key.lower() == "begin" and value.strip().lower().startswith("data"):
            break
        fields[key.strip().lower()] = value.strip()
    else:
        raise ValueError("its header does not end")
    components = 3 if version == 1 else int(fields["valuedim"])
    nx, ny, nz = (int(fields[f"{axis}nodes"]) for axis in "xyz")
    count = components * nx * ny * nz
    if min(components, nx, ny, nz) < 1 or count > min(MAX_MASK_VALUES, file_size):
        raise ValueError(f"it claims {components}×{nx}×{ny}×{nz} numbers")
    read: Callable[[], np.ndarray] = _readers(stream, count, version)[
        value.strip().lower().removeprefix("data").strip()
    ]
    return read().reshape(nz, ny, nx, components).transpose(3, 0, 1, 2).copy()


def _readers(stream: IO[bytes], count: int, version: int) -> dict[str, Callable[[], np.ndarray]]:
    def text() -> np.ndarray:
        words = b" ".join(line for line in stream if not line.lstrip().startswith(b"#")).split()
        if len(words) < count:
            raise ValueError("its data end early")
        return np.array(words[:count], dtype=np.float64)

    def binary(width: int) -> np.ndarray:
        number = np.dtype(f"{'>' if version == 1 else '<'}f{width}")
        data = stream.read((count + 1) * width)
        if len(data) < (count + 1) * width:
            raise ValueError("its data end early")
        numbers = np.frombuffer(data, number)
        if numbers[0] != _CHECK[width]:
            raise ValueError("its control number is wrong")
        return numbers[1:].astype(np.float64)

    return {"text": text, "binary 4": lambda: binary(4), "binary 8": lambda: binary(8)}
