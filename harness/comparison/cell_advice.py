"""What coarse lattices tell of the cells a sphere needs: the numbers, a table, a drawing, sentences.

In: the laws of the mesh errors, the runs they rest on. Out: a `CellAdvice`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.comparison.cell_error import MOST_ACROSS, ErrorLaw, radius_excess
from harness.comparison.cell_runs import CellRun, Reference
from reduced_model.materials import Material
from reduced_model.results import (
    BLUE,
    GOLD,
    GREEN,
    ORANGE,
    PURPLE,
    Result,
    Table,
    axes_for,
    notebook_html,
    table,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NUCLEATION = "nucleation_field_T"
WORDS = {
    "m": "m",
    NUCLEATION: "nucleation field",
    "core_angle_deg": "core angle",
    "nu": "nu",
    "total_J": "energy",
}
"""In the order of the answer: what most people want to know first."""
FAR = 2.0
"""How many times finer than the finest cell run an advised cell may be before it is called far."""
STYLES = (
    (BLUE, "-", "o"),
    (ORANGE, (0, (4, 1.5)), "s"),
    (GREEN, (0, (1, 1)), "^"),
    (PURPLE, (0, (5, 1.5, 1, 1.5)), "v"),
    (GOLD, (0, (8, 2)), "D"),
)
"""Colour, line and mark of each observable, dark to light as printed in grey."""
NO_LAW = {
    "scatter": "it goes from {low:.2g} to {high:.2g}{unit} on the lattices run, by no power of the cell "
    "that could be told: how they cut the sphere counts for more",
    "few": "{n} of the {all} lattices hold the continuum's {kind} (they hold: {held})",
    "continuum": "the continuum's own error, {error:.2g}{unit}, is more than a third of the wanted one",
}
"""Why an error follows no law, by its outcome."""


@dataclass(frozen=True, eq=False, repr=False)
class CellAdvice(Result):
    """The largest cells that keep a sphere's observables within an error, as far as coarse runs can tell."""

    radius_m: float
    material: Material
    error: float
    """Wanted: of m, of the core's angle in radians, of energies in mu0 Ms^2 V/2, and of nu and the nucleation
    field relative to their value in the continuum."""
    references: tuple[Reference, ...]
    runs: tuple[CellRun, ...]
    """Coarsest first."""
    laws: tuple[ErrorLaw, ...]
    """One an observable and field, in the order of WORDS."""
    left_out: tuple[str, ...]
    """Why some fields have no advice."""

    @property
    def decided(self) -> tuple[ErrorLaw, ...]:
        """The errors for which a cell is known."""
        return tuple(law for law in self.laws if math.isfinite(law.advised_m))

    @property
    def undecided(self) -> tuple[ErrorLaw, ...]:
        """The others."""
        return tuple(law for law in self.laws if not math.isfinite(law.advised_m))

    @property
    def limit(self) -> ErrorLaw | None:
        """Of the errors for which a cell is known, the one that asks for the smallest."""
        return min(self.decided, key=lambda law: law.advised_m, default=None)

    @property
    def cell_m(self) -> float:
        """The largest cell that keeps every error for which one is known; nan if there is none."""
        return self.limit.advised_m if self.limit else math.nan

    @property
    def expected_cell_m(self) -> float:
        """The same by the laws alone, without their bounds."""
        return min((law.expected_m for law in self.decided), default=math.nan)

    @property
    def title(self) -> str:
        """Sphere and wanted error in a few words."""
        return f"{self.material.name}, R = {self.radius_m * 1e9:g} nm, cells for an error of {self.error:g}"

    def to_dict(self) -> dict[str, Any]:
        """The advice for programs."""
        exchange_m = self.material.exchange_length_m
        return {
            "radius_nm": round(self.radius_m * 1e9, 9),
            "material": self.material.name,
            "error": self.error,
            "exchange_length_nm": exchange_m * 1e9,
            "cell_nm": self.cell_m * 1e9,
            "expected_cell_nm": self.expected_cell_m * 1e9,
            "cells_across": self._across(self.cell_m),
            "in_exchange_lengths": self.cell_m / exchange_m,
            "finer_than_run": self.runs[-1].cell_m / self.cell_m,
            "cost": self._cost(self.cell_m),
            "cells": {name: self._cell_of(name) for name in WORDS if self._of(name)},
            "limited_by": _name(self.limit) if self.limit else None,
            "undecided": [_name(law) for law in self.undecided],
            "observables": [self._record(law) for law in self.laws],
            "runs": [self._run_record(run) for run in self.runs],
            "left_out": self.left_out,
            "sentences": self.sentences,
        }

    def to_table(self) -> Table:
        """A row an observable and field: title, header, rows."""
        header = (
            *("error of", "B (T)", "wanted", "finest run", "power"),
            *("cell by law (nm)", "by bound (nm)", "across", "cost"),
        )
        return self.title, header, [self._row(law) for law in self.laws]

    def _row(self, law: ErrorLaw) -> tuple[str, ...]:
        last = f"{law.difference[-1]:+.2g}" if law.value.size else ""
        power = f"{law.law.power:.1f} ± {law.law.power_error:.1f}" if law.law else "none"
        known = law in self.decided
        return (
            *(
                f"{WORDS[law.observable]} ({law.unit})" if law.unit else WORDS[law.observable],
                f"{law.B_T:.3g}",
            ),
            *(f"{law.wanted:.2g}", last, power, _in_nm(law.expected_m), _in_nm(law.advised_m)),
            f"{self._across(law.advised_m):g}" if known else "",
            f"{self._cost(law.advised_m):.2g}" if known else "",
        )

    def to_dataframe(self) -> pd.DataFrame:
        """A row an observable, field and cell run: what was measured, the volume's part, the law's bounds."""
        rows = []
        for law in self.laws:
            parts = (law.cell_m, law.value, law.difference, law.volume_part, *law.predicted(law.cell_m))
            for h, value, difference, volume, expected, low, high in zip(*parts, strict=True):
                rows.append(
                    {
                        **{"observable": law.observable, "B_T": law.B_T, "unit": law.unit, "cell_m": h},
                        **{"value": value, "continuum": law.continuum, "difference": difference},
                        **{"volume_part": volume, "expected": expected, "low": low, "high": high},
                        "wanted": law.wanted,
                    }
                )
        return table(rows)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What follows, a line each."""
        return tuple(self._sentences())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each observable's most demanding error against the cell, its law and bounds; return axes."""
        from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # only a drawing needs it

        ax = axes_for(ax)
        for law, (color, dashes, marker) in zip(_tightest(self.laws), STYLES, strict=False):
            unit, name = law.wanted / self.error, f"{WORDS[law.observable]}, {law.B_T:.3g} T"
            shown: dict[str, Any] = {"color": color, "label": name}
            ax.plot(law.cell_m * 1e9, np.abs(law.difference) / unit, marker, **shown)
            if law.law is None:
                continue
            h = np.geomspace(
                0.9 * np.nanmin([law.advised_m, law.expected_m, law.cell_m[-1]]), law.cell_m[0], 60
            )
            low, high = law.law.bounds(h)
            ax.plot(h * 1e9, law.law.expected(h) / unit, color=color, linestyle=dashes, linewidth=0.8)
            ax.fill_between(h * 1e9, low / unit, high / unit, color=color, alpha=0.15, linewidth=0)
        ax.axhline(self.error, color="0.3", linestyle="--", linewidth=0.8, label="wanted")
        marks = {"exchange length": (self.material.exchange_length_m, ":"), "advised": (self.cell_m, "-.")}
        for words, (cell_m, style) in marks.items():
            if math.isfinite(cell_m):
                ax.axvline(cell_m * 1e9, color="0.3", linestyle=style, linewidth=0.8, label=words)
        ax.set(xscale="log", yscale="log", xlabel="cell (nm)", ylabel="error", title=self.title)
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.legend(fontsize="small")
        return ax

    def __repr__(self) -> str:
        cell = f"{self.cell_m * 1e9:.3g} nm" if self.limit else "none"
        return f"CellAdvice({self.title}: {cell}, {len(self.undecided)} of {len(self.laws)} undecided)"

    def _repr_html_(self) -> str:
        """The drawing and the table, for a notebook."""
        return notebook_html(self.plot, (4.8, 3.6), self.to_table())

    def _across(self, cell_m: float) -> float:
        return round(2 * self.radius_m / cell_m, 3) if math.isfinite(cell_m) else math.nan

    def _cost(self, cell_m: float) -> float:
        """Cells, in those of the coarsest run."""
        return (self.runs[0].cell_m / cell_m) ** 3

    def _record(self, law: ErrorLaw) -> dict[str, Any]:
        fit = law.law
        return {
            **{"observable": law.observable, "B_T": law.B_T, "unit": law.unit, "outcome": law.outcome},
            **{"continuum": law.continuum, "continuum_error": law.continuum_error, "wanted": law.wanted},
            **{"cell_nm": law.advised_m * 1e9, "expected_cell_nm": law.expected_m * 1e9},
            **{"cost": self._cost(law.advised_m), "per_log_radius": law.per_log_radius},
            "power": [fit.power, fit.power_error] if fit else None,
            "measured_power": [fit.measured, fit.measured_error] if fit else None,
            "scatter": fit.scatter if fit else None,
            "cells_nm": law.cell_m * 1e9,
            **{"difference": law.difference, "volume_part": law.volume_part},
        }

    def _run_record(self, run: CellRun) -> dict[str, Any]:
        return {
            **{"cell_nm": run.cell_m * 1e9, "cells_across": self._across(run.cell_m)},
            **{"n_cells": run.n_cells, "seconds": run.seconds},
            "volume_excess": math.expm1(3 * float(radius_excess(self.radius_m, run.cell_m)[0])),
            "states": {f"{B:g}": state for B, state in run.kinds.items()},
        }

    def _sentences(self) -> Iterator[str]:
        yield (
            f"largest cells that keep an error within {self.error:g}, by bounds of 95 % (exchange length "
            f"{_in_nm(self.material.exchange_length_m)} nm):"
        )
        yield from (self._cell_sentence(name) for name in WORDS if self._of(name))
        if self.limit:
            yield from self._all_of_them(self.limit)
        yield from (f"{_name(law)}: no cell is known; {self._why(law)}" for law in self.undecided)
        cells = [run.cell_m for run in self.runs]
        filled = [100 * math.exp(3 * excess) for excess in radius_excess(self.radius_m, cells)]
        yield (
            f"the lattices run fill {min(filled):.1f} to {max(filled):.1f} % of the sphere's volume; what "
            "that makes of their errors was taken out before a power was fitted, and put back for every size"
        )
        yield from self.left_out
        for run in self.runs:
            yield from (f"cells of {_in_nm(run.cell_m)} nm: {warning}" for warning in run.warnings)

    def _of(self, name: str) -> list[ErrorLaw]:
        """The errors of an observable."""
        return [law for law in self.laws if law.observable == name]

    def _cell_of(self, name: str) -> dict[str, float]:
        """The largest cell that keeps an observable's known errors, by bound and by law; nan for none."""
        known = [law for law in self._of(name) if law in self.decided]
        bound, law = (
            min((getattr(each, of) for each in known), default=math.nan) for of in ("advised_m", "expected_m")
        )
        return {"cell_nm": bound * 1e9, "expected_cell_nm": law * 1e9}

    def _cell_sentence(self, name: str) -> str:
        """An observable's cell, by bound and by law, and at how many of its fields it is known."""
        laws, cell = self._of(name), self._cell_of(name)
        known = sum(law in self.decided for law in laws)
        if not known:
            return f"  {WORDS[name]}: unknown"
        bound_m = cell["cell_nm"] * 1e-9
        some = f", at {known} of {len(laws)} fields" if known < len(laws) else ""
        return (
            f"  {WORDS[name]}: {_in_nm(bound_m)} nm ({self._across(bound_m):g} across, "
            f"{bound_m / self.material.exchange_length_m:.2g} exchange lengths; by the law itself "
            f"{cell['expected_cell_nm']:.3g} nm){some}"
        )

    def _all_of_them(self, limit: ErrorLaw) -> Iterator[str]:
        """The cell for all observables, what it rests on and costs."""
        finest_m = self.runs[-1].cell_m
        kept = "all that could be told" if self.undecided else "all of them"
        yield (
            f"  {kept}: {_in_nm(self.cell_m)} nm ({self._across(self.cell_m):g} across; by the laws "
            f"themselves {_in_nm(self.expected_cell_m)} nm); {_name(limit)} decides"
        )
        if finest_m > FAR * self.cell_m:
            yield (
                f"extrapolated far: {finest_m / self.cell_m:.2g} times finer than the finest cell run, "
                f"{_in_nm(finest_m)} nm"
            )
        yield f"cost: {self._cost(self.cell_m):.3g} times the cells of the coarsest run"

    def _why(self, law: ErrorLaw) -> str:
        """Why an error has no cell."""
        if law.law is not None:
            words = f"its bound stays above {law.wanted:.2g} {law.unit}".rstrip()
            law_alone = f"by the law itself {law.expected_m * 1e9:.3g} nm would do"
            more = f"; {law_alone}" if math.isfinite(law.expected_m) else ""
            return f"{words} down to {MOST_ACROSS} cells across{more}"
        if law.outcome == "few" and law.observable == NUCLEATION:
            return (
                f"on {law.value.size} of the {len(self.runs)} lattices circulation sets in little by little"
            )
        kinds = {reference.B_T: reference.kind for reference in self.references}
        held = [run.kinds.get(law.B_T, "a row at fault") for run in self.runs]
        return NO_LAW[law.outcome].format(
            low=min(law.difference, default=math.nan),
            high=max(law.difference, default=math.nan),
            unit=f" {law.unit}".rstrip(),
            error=law.continuum_error,
            kind=kinds.get(law.B_T, ""),
            n=law.value.size,
            all=len(self.runs),
            held=", ".join(f"{name} {held.count(name)}" for name in dict.fromkeys(held)),
        )


def _tightest(laws: Sequence[ErrorLaw]) -> list[ErrorLaw]:
    """Of each observable the error that asks for the smallest cell, one without a law before all others."""
    first: dict[str, ErrorLaw] = {}
    for law in sorted(laws, key=lambda law: law.advised_m if math.isfinite(law.advised_m) else 0.0):
        if law.value.size:
            first.setdefault(law.observable, law)
    return list(first.values())


def _in_nm(length_m: float) -> str:
    return f"{length_m * 1e9:.3g}" if math.isfinite(length_m) else "unknown"


def _name(law: ErrorLaw) -> str:
    return WORDS[law.observable] + ("" if law.observable == NUCLEATION else f" at {law.B_T:g} T")
