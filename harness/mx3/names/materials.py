"""Material parameters, applied fields and settings of the physics.

In: the session. Out: what `Msat`, `Aex`, `B_ext` … stand for. Effects this engine lacks are present with the
one value that switches them off, so that scripts which spell out MuMax3's defaults run; settings that cannot
matter here are taken and kept.
"""

from __future__ import annotations

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.expressions import Variable
from harness.mx3.language.signatures import script
from harness.mx3.language.values import Switch
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.names.entries import Entries, constant, quantity, variable
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.parameters import Excitation, Rule, ScalarExcitation, ScalarParameter
from harness.mx3.session.sample import Sample

_PARAMETERS = (
    ("msat", "Saturation magnetisation in A/m."),
    ("aex", "Exchange stiffness in J/m."),
    ("ku1", "First-order uniaxial anisotropy in J/m³."),
    ("ku2", "Second-order uniaxial anisotropy in J/m³."),
    ("anis_u", "Uniaxial anisotropy axis, of any length."),
    ("kc1", "Cubic anisotropy constant 1 in J/m³."),
    ("kc2", "Cubic anisotropy constant 2 in J/m³."),
    ("kc3", "Cubic anisotropy constant 3 in J/m³."),
    ("anis_c1", "Cubic anisotropy axis, of any length."),
    ("anis_c2", "Cubic anisotropy axis, of any length."),
    ("alpha", "Damping."),
    ("no_demag_spins", "Regions where it is not 0 neither make nor feel the demagnetising field."),
    ("frozen_spins", "Regions where it is not 0 do not turn."),
)
_STRAINS = ("exx", "eyy", "ezz", "exy", "exz", "eyz")
MAGNETOELASTIC = "magnetoelastic coupling"
_SWITCHED_OFF = (
    ("Dind", "J/m2", "the Dzyaloshinskii-Moriya interaction"),
    ("Dbulk", "J/m2", "the Dzyaloshinskii-Moriya interaction"),
    ("Temp", "K", "temperature"),
    ("B1", "J/m3", MAGNETOELASTIC),
    ("B2", "J/m3", MAGNETOELASTIC),
    *((strain, "", MAGNETOELASTIC) for strain in _STRAINS),
)
_WITHOUT_CURRENT = (
    ("xi", "", 0.0, "Non-adiabaticity of the spin-transfer torque."),
    ("Pol", "", 1.0, "Polarisation of the electrical current."),
    ("Lambda", "", 1.0, "Slonczewski parameter."),
    ("EpsilonPrime", "", 0.0, "Secondary Slonczewski term."),
    ("FreeLayerThickness", "m", 0.0, "Thickness of the free layer."),
)
_NO_EFFECT = "no effect without a current"


def _vet_ends(region: int | None, mx_left: float | None, mx_right: float | None) -> str | None:
    odd = [mx for mx in (mx_left, mx_right) if mx not in (None, 1, -1)]
    return f"ext_rmSurfaceCharge needs mx = 1 or -1 at either end, got {odd[0]:g}" if odd else None


@script(
    "ext_rmSurfaceCharge",
    "Add to B_ext what cancels the magnetic charges of a wire's ends: mx there, and the region of its Msat.",
    vet=_vet_ends,
)
def remove_surface_charge(sample: Sample, region: int, mx_left: float, mx_right: float) -> None:
    from harness.mx3.magnet.fields.demag import MU0  # compiled code: checking a script needs none

    saturation_T = MU0 * sample.msat.get_region(region)
    if not saturation_T:
        raise ScriptError(None, f"ext_rmSurfaceCharge: Msat is 0 in region {region}")
    mesh = sample.grid.mesh
    left = mesh.axis_centres(0) + mesh.size[0] / 2
    ends = mx_left * _charged_face(mesh, left) - mx_right * _charged_face(mesh, left - mesh.size[0])
    sample.b_ext.add_cells(saturation_T * ends)


def _charged_face(mesh: Mesh, distance: np.ndarray) -> np.ndarray:
    """Field of a charge of 1 T on a grid's whole y-z face, shape (3, nz, ny, nx).

    Each cell's face counts as a point charge, as in MuMax3; `distance`, shape (nx,), is along x, in m.
    """
    _, dy, dz = mesh.cell
    _, ny, nz = mesh.n
    y, z = (np.arange(1 - n, n) * d for n, d in ((ny, dy), (nz, dz)))
    r = np.stack(np.broadcast_arrays(distance, y[:, None], z[:, None, None]))
    field = dy * dz / (4 * np.pi) * r / np.sqrt((r**2).sum(axis=0)) ** 3
    for axis in (1, 2):  # a cell sees the charges of its row at offsets from its place back to the first's
        low, high = np.split(np.insert(field.cumsum(axis), 0, 0, axis), 2, axis)
        field = high - low
    return field


def objects(sample: Sample, evolution: Evolution) -> Entries:
    """Parameters, excitations and settings."""
    for name, doc in _PARAMETERS:
        yield quantity(getattr(sample, name), doc)
    yield quantity(sample.b_ext, "Applied field in T.")
    yield from _switched_off(sample)
    yield from _settings(sample, evolution)


def _switched_off(sample: Sample) -> Entries:
    grid = sample.grid

    def rule(effect: str) -> Rule:
        return Rule(absent="" if sample.only_followed else effect)

    for name, unit, effect in _SWITCHED_OFF:
        kind = ScalarExcitation if name in _STRAINS else ScalarParameter
        off = kind(grid, name, unit, (0.0,), rule(effect))
        sample.lacking[name] = off, effect
        yield quantity(off, f"Not supported ({effect}).", "0 only")
    effect = "spin-transfer torque"
    current = Excitation(grid, "J", "A/m2", rule(effect))
    sample.lacking["J"] = current, effect
    yield quantity(current, f"Not supported ({effect}).", "vector(0, 0, 0) only")
    stored = "Fixed-layer polarisation; a vector field to store masks in."
    yield quantity(Excitation(grid, "FixedLayer", ""), stored, _NO_EFFECT)
    for name, unit, value, doc in _WITHOUT_CURRENT:
        yield quantity(ScalarParameter(grid, name, unit, (value,)), doc, _NO_EFFECT)


def _settings(sample: Sample, evolution: Evolution) -> Entries:
    yield variable("EnableDemag", sample.enable_demag, "Whether the magnet's own stray field acts.")
    accuracy = "Accuracy of MuMax3's demagnetising kernel, taken where the grid's is first needed."
    yield variable("DemagAccuracy", sample.demag_accuracy, accuracy, "only with --demag mumax3")
    boundaries = "Open boundaries of the Dzyaloshinskii-Moriya term."
    yield variable("OpenBC", Variable(bool, False), boundaries, "no effect without DMI")
    for name in ("DisableZhangLiTorque", "DisableSlonczewskiTorque"):
        yield variable(name, Variable(bool, False), "Switch of a spin-transfer torque.", _NO_EFFECT)
    side = Variable(Switch, Switch(1))
    yield variable("FixedLayerPosition", side, "Side of the fixed layer.", _NO_EFFECT)
    yield constant("FIXEDLAYER_TOP", Switch(1), "Fixed layer above the free layer.")
    yield constant("FIXEDLAYER_BOTTOM", Switch(2), "Fixed layer below the free layer.")
    for name, setting, doc in (
        ("GammaLL", evolution.gamma, "Gyromagnetic ratio in rad/(T s)."),
        ("DoPrecess", evolution.precess, "Whether m precesses while time passes, or only relaxes."),
        ("MinDt", evolution.shortest_s, "Smallest time step in s; 0 for none."),
        ("MaxDt", evolution.longest_s, "Largest time step in s; 0 for none."),
        ("MaxErr", evolution.largest_error, "Largest error of a time step."),
        ("Headroom", evolution.headroom, "Share of the ideal time step that is taken."),
        ("FixDt", evolution.fixed_s, "Fixed time step in s; 0 adapts it."),
    ):
        yield variable(name, setting, doc)
