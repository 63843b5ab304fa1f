"""Material parameters, applied fields and settings of the physics.

In: the session. Out: what `Msat`, `Aex`, `B_ext` … stand for. Effects this engine lacks are present with the
one value that switches them off, so that scripts which spell out MuMax3's defaults run; settings that cannot
matter here are taken and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.mx3.errors import ScriptError
from harness.mx3.language.expressions import Variable
from harness.mx3.language.values import Switch
from harness.mx3.names.entries import Entries, Entry, constant, quantity, variable
from harness.mx3.session.parameters import Excitation, Rule, ScalarParameter
from harness.mx3.session.session import Session

ADVICE = "run this script with MuMax3"

_SWITCHED_OFF = (
    ("Dind", "J/m2", 0.0, "the Dzyaloshinskii-Moriya interaction"),
    ("Dbulk", "J/m2", 0.0, "the Dzyaloshinskii-Moriya interaction"),
    ("Temp", "K", 0.0, "temperature"),
    ("B1", "J/m3", 0.0, "magnetoelastic coupling"),
    ("B2", "J/m3", 0.0, "magnetoelastic coupling"),
)
_WITHOUT_CURRENT = (
    ("xi", "", 0.0, "Non-adiabaticity of the spin-transfer torque."),
    ("Pol", "", 1.0, "Polarisation of the electrical current."),
    ("Lambda", "", 1.0, "Slonczewski parameter."),
    ("EpsilonPrime", "", 0.0, "Secondary Slonczewski term."),
    ("FreeLayerThickness", "m", 0.0, "Thickness of the free layer."),
)
_STRAIN = ("exx", "eyy", "ezz", "exy", "exz", "eyz")
_NO_EFFECT = "no effect without a current"


def _fixed_rule(reason: str, value: float = 0.0) -> Rule:
    return Rule(only=(value,), reason=f"{reason} is not supported here; {ADVICE}")


def _positive(name: str) -> Callable[[Any], None]:
    def accept(value: float) -> None:
        if not value > 0:
            raise ScriptError(None, f"{name} must be positive, got {value:g}")

    return accept


def objects(session: Session) -> Entries:
    """Parameters, excitations and settings."""
    parameter = "parameter"
    yield quantity(session.msat, "Saturation magnetisation in A/m.", kind=parameter)
    yield quantity(session.aex, "Exchange stiffness in J/m.", kind=parameter)
    yield quantity(session.ku1, "First-order uniaxial anisotropy in J/m³.", kind=parameter)
    yield quantity(session.ku2, "Second-order uniaxial anisotropy in J/m³.", kind=parameter)
    yield quantity(session.anis_u, "Uniaxial anisotropy axis, of any length.", kind=parameter)
    for order, constant_of_order in enumerate((session.kc1, session.kc2, session.kc3), 1):
        yield quantity(constant_of_order, f"Cubic anisotropy constant {order} in J/m³.", kind=parameter)
    for axis in (session.anis_c1, session.anis_c2):
        yield quantity(axis, "Cubic anisotropy axis, of any length.", kind=parameter)
    yield quantity(session.alpha, "Damping.", kind=parameter)
    no_demag = "Regions where it is not 0 neither make nor feel the demagnetising field."
    yield quantity(session.no_demag_spins, no_demag, kind=parameter)
    yield quantity(session.frozen_spins, "Regions where it is not 0 do not turn.", kind=parameter)
    yield quantity(session.b_ext, "Applied field in T.", kind="excitation")
    yield from _switched_off(session)
    yield from _settings(session)


def _switched_off(session: Session) -> Entries:
    for name, unit, value, reason in _SWITCHED_OFF:
        entry = ScalarParameter(session, name, unit, (value,), _fixed_rule(reason))
        yield quantity(entry, f"Not supported ({reason}).", f"{value:g} only", kind="parameter")
    for name in _STRAIN:
        strain = ScalarParameter(session, name, "", (0.0,), _fixed_rule("magnetoelastic coupling"))
        yield quantity(strain, "Not supported (magnetoelastic coupling).", "0 only", kind="parameter")
    current = Excitation(session, "J", "A/m2", _fixed_rule("spin-transfer torque"))
    yield quantity(
        current, "Not supported (spin-transfer torque).", "vector(0, 0, 0) only", kind="excitation"
    )
    fixed_layer = Excitation(session, "FixedLayer", "")
    yield quantity(
        fixed_layer,
        "Fixed-layer polarisation; a vector field to store masks in.",
        _NO_EFFECT,
        kind="excitation",
    )
    for name, unit, value, doc in _WITHOUT_CURRENT:
        yield quantity(ScalarParameter(session, name, unit, (value,)), doc, _NO_EFFECT, kind="parameter")


def _settings(session: Session) -> Entries:
    yield variable("EnableDemag", session.enable_demag, "Whether the magnet's own stray field acts.")
    accuracy = Variable(float, 6.0, _positive("DemagAccuracy"))
    yield variable(
        "DemagAccuracy", accuracy, "Accuracy of the demagnetising kernel.", "no effect: the kernel is exact"
    )
    yield variable(
        "OpenBC",
        Variable(bool, False),
        "Open boundaries of the Dzyaloshinskii-Moriya term.",
        "no effect without DMI",
    )
    evolution = session.evolution
    yield variable("GammaLL", evolution.gamma, "Gyromagnetic ratio in rad/(T s).")
    yield variable("DoPrecess", evolution.precess, "Whether m precesses while time passes, or only relaxes.")
    for name in ("DisableZhangLiTorque", "DisableSlonczewskiTorque"):
        yield variable(name, Variable(bool, False), "Switch of a spin-transfer torque.", _NO_EFFECT)
    yield constant("FIXEDLAYER_TOP", Switch(1), "Fixed layer above the free layer.")
    yield constant("FIXEDLAYER_BOTTOM", Switch(2), "Fixed layer below the free layer.")
    yield Entry(
        "FixedLayerPosition", Variable(Switch, Switch(1)), "variable", "Side of the fixed layer.", _NO_EFFECT
    )
    for name, setting, doc in (
        ("MinDt", evolution.shortest_s, "Smallest time step in s; 0 for none."),
        ("MaxDt", evolution.longest_s, "Largest time step in s; 0 for none."),
        ("MaxErr", evolution.largest_error, "Largest error of a time step."),
        ("Headroom", evolution.headroom, "Share of the ideal time step that is taken."),
        ("FixDt", evolution.fixed_s, "Fixed time step in s; 0 adapts it."),
    ):
        yield variable(name, setting, doc)
