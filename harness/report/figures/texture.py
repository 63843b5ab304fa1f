"""A saved magnetisation as a picture: its texture in space, and cuts through the centre of its sphere.

In: a vector field, the centre of the sphere, its radius. Out: arrows in three dimensions coloured by a
component (Adams & Michels 2026, Fig. 1(a)); the planes xy, xz and yz shaded by the component across them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import NDArray

from harness.mx3.files.ovf import VectorField
from harness.report.figures.states import SHADES, cut_across, draw_cut, frame_across
from harness.report.figures.style import PAGE_IN, letter

PLANES = {"xy": (0.0, 0.0, 1.0), "xz": (0.0, -1.0, 0.0), "yz": (1.0, 0.0, 0.0)}
"""Cuts through the centre, with the direction towards the reader."""
LAYERS = (-0.65, 0.0, 0.65)
"""Heights of the layers that the texture shows, in R: all cells would hide one another."""
MOST_ACROSS = 12
"""Arrows along a diameter of the texture; finer meshes show every second, third... cell."""
CORNER = 0.9
"""Share of the box from which ticks have no number: at a corner two axes would write over one another."""
ELEVATION_DEG, AZIMUTH_DEG = 28.0, -58.0
"""From where a core along z is seen."""
Triple = tuple[float, float, float]
_Z = np.array([0.0, 0.0, 1.0])


def draw_texture(
    axes: Axes3D,
    field: VectorField,
    radius_m: float,
    centre_m: Triple = (0.0, 0.0, 0.0),
    axis: NDArray[np.float64] = _Z,
    shaded_along: Triple = (1.0, 0.0, 0.0),
) -> pd.DataFrame:
    """Draw the moments as arrows in space, shaded by a component, and return them as rows.

    The sphere's outline is of the radius; box, layers and arrows are those of the cells, however far.

    Parameters
    ----------
    axes : Axes3D
    field : VectorField
        A magnetisation.
    radius_m : float
        Radius of the sphere.
    centre_m : (3,) floats
        Its centre, from the grid's.
    axis : ndarray, shape (3,)
        Of the core, of length one: three layers across it are drawn.
    shaded_along : (3,) floats
        Direction of the component that shades the arrows, of length one.
    """
    cell = float(np.max(field.cell_m))
    reach_m = _reach_m(field, centre_m)
    if abs(reach_m - radius_m) < cell:
        reach_m = radius_m
    step = cell * -(-round(2 * reach_m / cell) // MOST_ACROSS)
    frames = []
    for height in LAYERS:
        middle = np.asarray(centre_m) + height * reach_m * axis
        cut = cut_across(field, axis, (float(middle[0]), float(middle[1]), float(middle[2])), step)
        right, up = frame_across(axis)
        u, v, *parts = (cut[name].to_numpy() for name in cut)
        place = 1e9 * height * reach_m * axis + np.outer(u, right) + np.outer(v, up)
        m = sum(np.outer(part, along) for part, along in zip(parts, (right, up, axis), strict=True))
        frames.append(np.hstack((place, m)))
    place, m = np.hsplit(np.concatenate(frames), 2)
    colors = colormaps[SHADES]((m @ np.asarray(shaded_along) + 1.0) / 2.0)
    size = 0.95e9 * step
    look: dict[str, Any] = {"length": size, "pivot": "middle", "arrow_length_ratio": 0.45, "linewidths": 1.1}
    axes.quiver(*place.T, *m.T, colors=np.tile(colors, (3, 1)), **look)  # shafts, then both strokes of heads
    _outline(axes, 1e9 * radius_m, 1e9 * max(radius_m, reach_m))
    axes.view_init(elev=ELEVATION_DEG, azim=_azimuth_deg(axis))
    return pd.DataFrame(np.hstack((place, m)), columns=["x_nm", "y_nm", "z_nm", "m_x", "m_y", "m_z"])


def _reach_m(field: VectorField, centre_m: Triple) -> float:
    """Distance from the centre of the farthest cell that holds a moment."""
    index = np.argwhere(field.m.any(axis=0))[:, ::-1]
    middle = (np.array(field.m.shape[:0:-1]) - 1) / 2
    places = (index - middle) * np.asarray(field.cell_m) - np.asarray(centre_m)
    return float(np.linalg.norm(places, axis=1).max(initial=0.0))


def _outline(axes: Axes3D, radius_nm: float, box_nm: float) -> None:
    """Three great circles of the sphere, and a box that holds it and its cells."""
    phi = np.linspace(0.0, 2.0 * np.pi, 121)
    circle = radius_nm * np.cos(phi), radius_nm * np.sin(phi), 0.0 * phi
    for turn in range(3):
        axes.plot(*(circle[(k + turn) % 3] for k in range(3)), color="0.7", linewidth=0.5)
    axes.set(**{f"{axis}lim": (-box_nm, box_nm) for axis in "xyz"})
    axes.set(xlabel="x (nm)", ylabel="y (nm)")
    axes.set_box_aspect((1.0, 1.0, 1.0), zoom=0.9)
    axes.locator_params(nbins=4)
    axes.tick_params(pad=-1, labelsize=6)
    axes.zaxis.set_rotate_label(False)  # else upside down from some azimuths
    axes.set_zlabel("z (nm)", rotation=90)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_formatter(
            lambda nm, _: f"{nm:g}".replace("-", "−") if abs(nm) < CORNER * box_nm else ""
        )
        axis.labelpad = -5
        axis.pane.set_visible(False)  # type: ignore[union-attr]
        axis._axinfo["grid"]["color"] = (0.9, 0.9, 0.9, 1.0)  # type: ignore[union-attr]


def shades_bar(figure: Figure, axes: Axes, label: str) -> None:
    """The bar that says what the shades mean, on axes of its own."""
    figure.colorbar(ScalarMappable(Normalize(-1, 1), SHADES), cax=axes, label=label, ticks=(-1, 0, 1))


def draw_planes(
    axes: list[Axes], field: VectorField, radius_m: float, centre_m: Triple = (0.0, 0.0, 0.0)
) -> list[pd.DataFrame]:
    """Draw the cuts of `PLANES`, a panel each, and return them as rows."""
    frames = []
    for panel, (name, normal) in zip(axes, PLANES.items(), strict=True):
        cut = cut_across(field, np.array(normal), centre_m)
        draw_cut(panel, cut)
        panel.add_patch(Circle((0.0, 0.0), 1e9 * radius_m, fill=False, color="0.4", linewidth=0.5))
        panel.set(xlabel=f"{name[0]} (nm)", ylabel=f"{name[1]} (nm)", title=name)
        panel.yaxis.labelpad = 0
        panel.locator_params(nbins=4)
        frames.append(cut.assign(plane=name))
    return frames


def _azimuth_deg(axis: NDArray[np.float64]) -> float:
    """Azimuth from which the layers across an axis are seen from above rather than edge-on."""
    lies = np.hypot(*axis[:2]) > 0.5
    return float(np.rad2deg(np.arctan2(axis[1], axis[0]))) + 35.0 if lies else AZIMUTH_DEG


def placed_figure(width_in: float, height_in: float) -> Figure:
    """A figure whose axes are put in place by hand: no layout is found for axes in space."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    figure.set_layout_engine("none")
    return figure


def state_figure(
    field: VectorField, radius_m: float, centre_m: Triple, axis: NDArray[np.float64] = _Z
) -> tuple[Figure, list[pd.DataFrame]]:
    """A figure of one state: its texture, and the three cuts beside it.

    Returns
    -------
    figure : Figure
    frames : list of DataFrame
        What is drawn.
    """
    figure = placed_figure(PAGE_IN, 5.6)
    texture = figure.add_axes((0.20, 0.39, 0.52, 0.56), projection="3d")
    cuts = [figure.add_axes((0.075 + 0.29 * k, 0.08, 0.22, 0.22 * PAGE_IN / 5.6)) for k in range(3)]
    assert isinstance(texture, Axes3D)
    frames = [draw_texture(texture, field, radius_m, centre_m, axis)]
    frames += draw_planes(cuts, field, radius_m, centre_m)
    letter(texture, *cuts)
    for label, place in (("m along x", (0.79, 0.5, 0.015, 0.36)), ("m towards the reader", _BESIDE)):
        shades_bar(figure, figure.add_axes(place), label)
    return figure, frames


_BESIDE = (0.91, 0.08, 0.015, 0.22 * PAGE_IN / 5.6)
