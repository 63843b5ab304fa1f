"""Writes magnumnp_fields.npz: fields that magnum.np computes for a random state of a sphere.

Run with magnumnp (and torch) installed: python make_magnumnp_fields.py.  The tests need only its output.
"""

from pathlib import Path

import numpy as np
import torch
from magnumnp import DemagField, ExchangeField, Mesh, State, UniaxialAnisotropyField

N = (10, 9, 8)
CELL = (2e-9, 2.5e-9, 3e-9)
MS, A, KU = 1.7e6, 1e-11, 4.8e4
AXIS = np.array([0.6, 0.0, 0.8])

torch.set_default_dtype(torch.float64)
state = State(Mesh(N, CELL))
x, y, z = (c * (np.arange(n) - (n - 1) / 2) for n, c in zip(N, CELL, strict=True))
r2 = x[:, None, None] ** 2 + y[:, None] ** 2 + z**2
inside = r2 <= (9.5e-9) ** 2
rng = np.random.default_rng(2026)
m = rng.normal(size=(*N, 3))
m /= np.linalg.norm(m, axis=-1, keepdims=True)
m[~inside] = 0.0


def tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array))


state.material["Ms"] = tensor(np.where(inside, MS, 0.0)[..., None])
state.material["A"] = tensor(np.where(inside, A, 0.0)[..., None])
state.material["Ku"] = tensor(np.where(inside, KU, 0.0)[..., None])
state.material["Ku_axis"] = tensor(np.where(inside[..., None], AXIS, 0.0))
state.m = tensor(m)
mu0 = 4e-7 * np.pi


def field(term):
    b = mu0 * term.h(state).detach().cpu().numpy()
    b = np.where(inside[..., None], b, 0.0)
    return np.nan_to_num(np.moveaxis(b, -1, 0).transpose(0, 3, 2, 1))


np.savez_compressed(
    Path(__file__).with_name("magnumnp_fields.npz"),
    n=N,
    cell=CELL,
    Msat=MS,
    Aex=A,
    Ku1=KU,
    anisU=AXIS,
    fill=inside.transpose(2, 1, 0).astype(float),
    m=np.moveaxis(m, -1, 0).transpose(0, 3, 2, 1),
    demag=field(DemagField()),
    exch=field(ExchangeField()),
    anis=field(UniaxialAnisotropyField()),
    magnumnp_version="2.2.0",
)
