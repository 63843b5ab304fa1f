"""What an OOMMF script (MIF 2, as written by hand or by Ubermag) says of its problem in plain numbers.

In: a .mif file. Out: MifNumbers; what stands there as Tcl, or differs from place to place, is not told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness.inputs import InputError
from harness.runs.foreign.scripts import JUDGED
from harness.study.lattice import Triple
from reduced_model.materials import MU0

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_OTHER_ENERGY = re.compile(
    r"DMI|DMExchange|Cubic|MEL|Magnetoelastic|TwoSurfaceExchange|RandomSite|SpinXfer|Therm|RKKY"
)
_VECTOR = rf"\{{?\s*({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})\s*\}}?"


@dataclass(frozen=True)
class MifNumbers:
    """Numbers of a script; None where it does not say."""

    Ms_A_per_m: float | None
    A_J_per_m: float | None
    Ku_J_per_m3: float | None
    axis: Triple | None
    fixed_field_T: Triple | None
    """The field that does not change, of a drive at one field."""


def read_mif(path: Path) -> MifNumbers:
    """Read what a .mif file says; InputError if it cannot be read, or is of another energy."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    text = _with_parameters(re.sub(r"^\s*#.*$", "", text, flags=re.M))
    specified = re.split(r"^\s*Specify\s+", text, flags=re.M)[1:]
    blocks = {block.split(None, 1)[0]: block for block in specified}

    def of(kind: str) -> str:
        return next((block for name, block in blocks.items() if kind in name), "")

    anisotropy, exchange = of("Oxs_UniaxialAnisotropy"), of("Oxs_UniformExchange") + of("Oxs_Exchange6Ngbr")
    driver = of("Driver") or text
    ku = _number("K1", anisotropy) if anisotropy else 0.0
    energies = [name.partition(":")[0] for name in blocks if _OTHER_ENERGY.search(name)]
    other = [f"has {name}" for name in dict.fromkeys(energies)]
    if blocks and not any("Demag" in name for name in blocks):
        other.append("has no Oxs_Demag")
    if ku is not None and ku < 0:
        other.append("has an easy plane (K1 below 0)")
    if other:
        raise InputError(f"{path}: its energy {' and '.join(other)}: {JUDGED}")
    return MifNumbers(
        Ms_A_per_m=_number("Ms", driver) or _largest("values", _after("Ms", driver)) or _norm(blocks),
        A_J_per_m=_number("A", exchange) or _number("default_A", exchange),
        Ku_J_per_m3=ku,
        axis=_vector("axis", anisotropy) or _vector("vector", _after("axis", anisotropy)),
        fixed_field_T=_scaled(
            _vector("vector", of("Oxs_FixedZeeman")) or _vector("field", of("Oxs_FixedZeeman"))
        ),
    )


def _with_parameters(text: str) -> str:
    """The text with `set x 1` and `Parameter x 1` put in where $x stands."""
    given = dict(re.findall(rf"^\s*(?:set|Parameter)\s+(\w+)\s+({_NUMBER})\s*$", text, re.M))
    return re.sub(r"\$\{?(\w+)\}?", lambda name: given.get(name[1], name[0]), text)


def _number(key: str, text: str) -> float | None:
    found = re.search(rf"(?:^|[\s{{])(?:{key})\s+\{{?\s*({_NUMBER})[\s}}]", text)
    return float(found[1]) if found else None


def _vector(key: str, text: str) -> Triple | None:
    found = re.search(rf"(?:^|[\s{{]){key}\s+{_VECTOR}", text)
    return (float(found[1]), float(found[2]), float(found[3])) if found else None


def _after(key: str, text: str) -> str:
    return (
        re.split(rf"(?:^|[\s{{]){key}\s", text, maxsplit=1)[-1] if re.search(rf"[\s{{]{key}\s", text) else ""
    )


def _largest(key: str, text: str) -> float | None:
    """The largest number of a list of regions and their values."""
    found = re.search(rf"(?:^|[\s{{]){key}\s+\{{([^}}]*)\}}", text)
    numbers = re.findall(rf"\s({_NUMBER})(?=[\s]|$)", found[1]) if found else []
    return max(map(float, numbers), default=None)


def _norm(blocks: dict[str, str]) -> float | None:
    """Ms of a field of moments by its norm, as Ubermag writes it."""
    return next((n for block in blocks.values() if (n := _number("norm", block)) and n > 1), None)


def _scaled(field_A_per_m: Triple | None) -> Triple | None:
    if field_A_per_m is None:
        return None
    x, y, z = (MU0 * h for h in field_A_per_m)
    return (x, y, z)
