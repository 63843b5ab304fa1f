"""The tables of docs/results/cells.md are its CSV files, rounded."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

RESULTS = Path(__file__).parents[2] / "docs" / "results"
PAGE = (RESULTS / "cells.md").read_text(encoding="utf-8")
SETTINGS = {
    "offset ½": "offset 1/2",
    "cells drawn to the sphere's volume": "volume",
    "both": "offset 1/2, volume",
    "Aex / (1 + 0.65 h/R)²": "softened exchange",
}
LATTICES = (
    [("iron 20 nm", h) for h in (4, 2.5, 2, 1.25)],
    [("iron 12 nm", 2.4), ("iron 12 nm", 1.2), ("permalloy 25 nm", 5), ("permalloy 25 nm", 2.5)],
)


def rows(title):
    """Cells of the tables of a section, as text, table by table."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    for block in re.findall(r"(?:^\|.*\n)+", section, flags=re.MULTILINE):
        yield [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines()[2:]]


def shown(text, value):
    """Whether a number of the page is a value, rounded to its digits; a dash is none."""
    if text == "—":
        return np.isnan(value)
    text = text.replace("−", "-")
    return float(text) == pytest.approx(value, abs=0.5001 * 10 ** -len(text.partition(".")[2]))


def test_errors_by_setting():
    found = pd.read_csv(RESULTS / "cells" / "settings.csv").set_index(["sphere", "cell_nm", "setting"])
    for table, lattices in zip(rows("Settings"), LATTICES, strict=True):
        assert len(table) >= 10
        for name, *cells in table:
            for lattice, cell in zip(lattices, cells, strict=True):
                known = found.loc[*lattice, SETTINGS.get(name, name.replace("½", "1/2"))]
                error, nucleation_mT = cell.split(", ")
                assert shown(error, known["rms, upright"]), (name, lattice)
                assert shown(nucleation_mT, 1e3 * known["nucleation_T"]), (name, lattice)


@pytest.mark.parametrize(
    ("title", "file", "columns", "unit"),
    [
        ("The causes, and that they add up", "split", (1, 2, 3, 4, 5, 6, 7, 10, 13), 1e3),
        ("EdgeSmooth", "smooth", (1, 3, 5, 7, 8), 1.0),
    ],
)
def test_causes_and_partly_filled_cells(title, file, columns, unit):
    found = pd.read_csv(RESULTS / "cells" / f"{file}.csv")
    ((*table,),) = rows(title)
    for line, known in zip(table, found.to_numpy(), strict=True):
        units = [1.0 if file == "split" and column == 1 else unit for column in columns]
        for text, column, scale in zip(line[1:], columns, units, strict=True):
            assert shown(text, scale * known[column]), (line[0], found.columns[column])
