"""What the saved states of a case were certified to be, as a line of small marks along the field.

In: a case with certificates. Out: marks that can be told apart in grey, and what they mean.
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from harness.analysis.certificate import Certificate
from harness.analysis.result import CaseResult

LOOKS: dict[str, dict[str, Any]] = {
    "maximum": {"marker": "^", "markersize": 3.0},
    "saddle": {"marker": "x", "markersize": 3.2},
    "undecided": {"marker": "_", "markersize": 4.0},
    "soft": {"marker": "o", "markersize": 2.6, "markerfacecolor": "white"},
    "minimum": {"marker": "s", "markersize": 2.2},
}
"""Of the states, gravest first."""
WORDS = {
    "maximum": "a maximum",
    "saddle": "a saddle",
    "undecided": "minimum or saddle: undecided",
    "soft": "a minimum but for a turn that only the cells resist",
    "minimum": "a minimum",
    "": "not certified",
}
"""What they are, in a sentence."""
MARKS = (
    f"filled square, minimum; open circle, {WORDS['soft'][2:]}; cross, saddle; "
    "triangle, maximum; dash, undecided"
)
MEANING = f"{MARKS}; the gravest where several states were saved at one field"


def draw_ribbon(axes: Axes, result: CaseResult, y: float, color: str) -> None:
    """A mark at every field with a certified state, at a height y."""
    for name, fields in marks(result).items():
        look = LOOKS[name] | {"color": color, "linestyle": "none", "markeredgewidth": 0.6}
        axes.plot(fields, [y] * len(fields), **look)


def marks(result: CaseResult) -> dict[str, Sequence[float]]:
    """The fields at which the gravest saved state is of a kind, by its mark; rows at fault have none."""
    found = result.certified.found if result.certified else {}
    gravest: dict[float, str] = {}
    order = list(LOOKS)
    for row, step in enumerate(result.loop.step.tolist()):
        if step in found and result.sound[row]:
            B_T, kind = round(float(result.loop.B_T[row]), 9), kind_of(found[step])
            gravest[B_T] = min(kind, gravest.get(B_T, kind), key=order.index)
    return {name: [B_T for B_T, kind in gravest.items() if kind == name] for name in order}


def kind_of(certificate: Certificate) -> str:
    """The mark of a certified state."""
    return "soft" if certificate.verdict == "minimum" and certificate.soft_T else certificate.verdict
