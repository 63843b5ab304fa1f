"""A saved state for other programs: VTK, HDF5, netCDF, and what small-angle-scattering codes read.

In: a State, a file. Out: the file. VTK, HDF5 and netCDF are discretisedfield's, which reads them back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.exports.source import State

Vector = NDArray[np.float64]


def write_vtk(state: State, file: Path) -> None:
    """Legacy VTK for ParaView: vectors in the cells, `valid` where there is a moment, the rest field data."""
    from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray  # seconds with discretisedfield
    from vtkmodules.vtkIOLegacy import vtkRectilinearGridWriter

    grid = state.field.field.to_vtk()
    for key, value in state.about_metres.items():
        array: Any = vtkStringArray() if isinstance(value, str) else vtkDoubleArray()
        array.SetName(key)
        array.InsertNextValue(value)
        grid.GetFieldData().AddArray(array)
    writer = vtkRectilinearGridWriter()
    writer.SetFileTypeToBinary()
    writer.SetFileName(str(file))
    writer.SetInputData(grid)
    if not writer.Write():
        raise OSError(0, "VTK could not write it", str(file))


def write_hdf5(state: State, file: Path) -> None:
    """discretisedfield's HDF5; what it is of in the attributes of the file."""
    import h5py  # seconds, with discretisedfield

    state.field.field.to_file(str(file))
    with h5py.File(file, "a") as opened:
        opened.attrs.update(state.about_metres)


def write_netcdf(state: State, file: Path) -> None:
    """netCDF of an xarray data set: m on x, y, z in m, `valid` where there is a moment."""
    field = state.field.field
    values = field.to_xarray(name="m", unit=state.field.unit or "1")
    valid = values.isel(vdims=0, drop=True).copy(data=field.valid.astype("int8"))
    valid.attrs = {"units": "1", "long_name": "whether the cell holds a moment"}
    data = values.to_dataset().assign(valid=valid).assign_attrs(state.about_metres)
    data.to_netcdf(file, engine="scipy")


def write_sld(state: State, file: Path) -> None:
    """SasView's magnetic SLD file: positions in Å, scattering length densities in 1/Å², volumes in Å³.

    The nuclear density is not known here and stands as 0. The first line and those after a # are no data.
    """
    from scipy import constants  # few commands need its tables

    assert state.Ms_A_per_m
    neutron = abs(constants.value("neutron mag. mom. to nuclear magneton ratio"))
    radius_m, magneton = constants.value("classical electron radius"), constants.value("Bohr magneton")
    per_A_per_m = 1e-20 * neutron * radius_m / (2 * magneton)
    place, m, volume_m3 = _cells(state)
    zero = np.zeros(len(place))
    rows = np.column_stack([1e10 * place, zero, per_A_per_m * state.Ms_A_per_m * m, zero + 1e30 * volume_m3])
    head = "x(A) y(A) z(A) SLDn(1/A^2) SLDmx(1/A^2) SLDmy(1/A^2) SLDmz(1/A^2) volume(A^3)"
    told = [f"{key}: {value}" for key, value in state.about.items()]
    np.savetxt(file, rows, fmt="%.9g", header="\n".join([head, *told]))


def write_numagsans(state: State, file: Path) -> None:
    """NuMagSANS's rows x y z mx my mz without a header: nm from the centre, moments of cells in µB."""
    from scipy import constants  # as above

    assert state.Ms_A_per_m
    place, m, volume_m3 = _cells(state)
    moment = state.Ms_A_per_m * volume_m3 / constants.value("Bohr magneton")
    np.savetxt(file, np.column_stack([1e9 * place, moment * m]), fmt="%.9g")


def _cells(state: State) -> tuple[Vector, Vector, float]:
    """Centres of the magnetic cells from the body's, m, (n, 3); their unit vectors; a cell's volume, m3."""
    unit, cell = state.unit_vectors, state.field.cell_m
    index = np.argwhere(unit.any(axis=0))
    place = state.field.origin_m + (index[:, ::-1] + 0.5) * cell - state.centre_m
    return place, unit[:, *index.T].T, float(np.prod(cell))
